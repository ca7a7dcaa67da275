"""A stored result is read again, whichever version wrote it, or it is said that it cannot be."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from core.results.models import Accuracy, RunResult
from core.results.stored import UnknownVersionError, read
from tests.pages.fixtures import make_result


def plain(result: RunResult | None = None) -> dict[str, Any]:
    """The JSON of a result, to be changed."""
    return json.loads(json.dumps((result or make_result(seeds=2)).to_dict()))


def text(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_result_is_read_back_as_it_was() -> None:
    made = make_result(seeds=2)
    assert read(text(made.to_dict())) == made


def test_json_has_no_key_for_what_a_point_has_not() -> None:
    told = {point["rule"]: point["against"] for point in plain()["points"]}
    assert "rule" not in told["value"]
    assert told["gate"]["rule"] is None


def test_the_form_before_versions_gets_the_intervals_of_this_one() -> None:
    made, old = make_result(seeds=2), plain()
    del old["version"]
    old["ai_accuracy_interval"] = {rule: [0.1, 0.2] for rule in old["ai_accuracy_interval"]}
    assert read(text(old)) == made


@pytest.mark.parametrize("part", ["oracle", "random", "areas_against", "versions", "training"])
def test_before_versions_a_missing_part_is_another_version(part: str) -> None:
    old = plain()
    del old["version"], old[part]
    with pytest.raises(UnknownVersionError):
        read(text(old))


def test_a_later_version_is_not_guessed_at() -> None:
    with pytest.raises(UnknownVersionError, match="version 2"):
        read(text({**plain(), "version": 2}))


@pytest.mark.parametrize("value", [b"", b"{", b"[1]", b"3"])
def test_what_is_no_object_is_damage(value: bytes) -> None:
    with pytest.raises(ValueError) as found:  # noqa: PT011
        read(value)
    assert not isinstance(found.value, UnknownVersionError)


def test_a_missing_or_unknown_part_of_this_version_is_damage() -> None:
    lacking, more = plain(), plain()
    del lacking["points"][3]["confusion"]
    more["points"][3]["surprise"] = 1
    for value in (lacking, more, {**plain(), "points": []}):
        with pytest.raises(ValidationError):
            read(text(value))


def test_nothing_in_a_result_can_be_changed() -> None:
    made = make_result()
    with pytest.raises(ValidationError):
        made.points[0].coverage = 0.3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Accuracy(accuracy=0.5, interval=(0.4, 0.6), more=1)  # type: ignore[call-arg]


def test_curves_only_leave_out_what_a_point_alone_is_asked_for() -> None:
    made = make_result(seeds=2)
    small = made.curves_only()
    assert [p.figure for p in small.points] == [p.figure for p in made.points]
    assert small.points[0].confusion == ()
    assert len(text(small.to_dict())) < len(text(made.to_dict())) / 2
