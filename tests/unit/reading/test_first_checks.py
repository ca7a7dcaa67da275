import dataclasses

import numpy as np
import pytest

from core.dataset.annotation_set import AnnotationSet, Split
from core.insight.drift import date_column, drift, expert_trends
from core.insight.first_checks import first_checks
from core.insight.how_many import cases_for, half_width
from core.library.samples import load_sample
from tests.unit.reading.builders import bundle, read_set

N = 600


def panel(seed: int = 0, experts: int = 3) -> AnnotationSet:
    """600 cases in three classes, all annotated by all, each wrong in a fifth."""
    rng = np.random.default_rng(seed)
    truth = (np.arange(N) % 3).astype(np.int32)
    wrong = rng.random((N, experts)) < 0.2
    said = np.where(wrong, (truth[:, None] + rng.integers(1, 3, (N, experts))) % 3, truth[:, None])
    return AnnotationSet(
        name="made",
        case_ids=np.array([f"c{i}" for i in range(N)]),
        split=np.where(np.arange(N) % 2, Split.TEST, Split.TRAIN).astype(np.int8),
        inputs=None,
        truth=truth,
        annotations=said.astype(np.int32),
        annotated=np.ones((N, experts), bool),
        classes=("no", "AF", "SB"),
        experts=tuple(f"Reader {i + 1}" for i in range(experts)),
    )


def kinds(data: AnnotationSet) -> dict[str, str]:
    return {f.kind: f.text for f in first_checks(data)}


def test_a_good_panel_has_nothing_to_tell() -> None:
    assert kinds(panel()) == {}


def test_an_expert_with_few_annotations_is_named_with_their_number() -> None:
    data = panel()
    data.annotated[24:, 2] = False  # 12 of the first 24 cases are training cases
    assert kinds(data)["few_annotations"].startswith("Reader 3 annotated 12 training cases")


def test_two_who_never_read_the_same_case_are_named() -> None:
    data = panel(experts=4)
    data.annotated[:300, 0] = False
    data.annotated[300:, 3] = False
    assert kinds(data)["never_together"] == "Reader 1 and Reader 4 never read the same case."


def test_a_rare_class_has_the_width_of_its_sensitivity() -> None:
    data = panel()
    rare = (data.truth == 1) & (np.arange(N) >= 78)
    data.truth[rare] = 0
    data.annotations[rare] = 0
    found = [f for f in first_checks(data) if f.kind == "few_of_class"]
    assert len(found) == 1
    assert "Class AF has 26 cases, 13 of them test cases" in found[0].text
    share = (data.annotations == data.truth[:, None])[data.truth == 1].mean()
    assert f"± {100 * half_width(share, 13):.0f} points" in found[0].text
    assert f"{cases_for(share, 0.1)} test cases" in found[0].remedy


@pytest.mark.parametrize("simulated", [False, True])
def test_copies_constant_answers_and_swapped_ones_are_serious(simulated: bool) -> None:
    data = dataclasses.replace(panel(experts=5), simulated=simulated)
    data.annotations[:, 1] = data.annotations[:, 0]
    data.annotations[:, 2] = 1
    data.annotations[:, 3] = (data.truth + 1) % 3
    found = {f.kind: f for f in first_checks(data)}
    assert "Reader 1 and Reader 2 (600 cases)" in found["copies"].text
    assert found["constant"].text == "Reader 3 always answers AF."
    assert "Reader 4" in found["below_chance"].text
    assert all(found[kind].serious for kind in ("copies", "constant", "below_chance"))
    order = [f.serious for f in first_checks(data)]
    assert order == sorted(order, reverse=True)


def test_groups_are_compared_and_counted() -> None:
    data = dataclasses.replace(panel(), groups={"group_site": np.array(["A"] * 300 + ["B"] * 300)})
    assert "group_accuracy" not in kinds(data)
    data.annotations[300:420] = (data.truth[300:420, None] + 1) % 3
    assert "for site B" in kinds(data)["group_accuracy"]
    small = dataclasses.replace(data, groups={"group_site": np.array(["A"] * 590 + ["B"] * 10)})
    assert "site B (10)" in kinds(small)["small_groups"]


def test_an_overconfident_ai_and_drift_are_found() -> None:
    rng = np.random.default_rng(0)
    data = panel()
    given = np.full((N, 3), 0.01, np.float32)
    given[np.arange(N), rng.integers(0, 3, N)] = 0.98
    dates = (np.datetime64("2020-01-01") + np.arange(N)).astype(str)
    data.annotations[500:] = (data.truth[500:, None] + 1) % 3
    groups = {"group_date": dates}
    found = kinds(dataclasses.replace(data, ai_probabilities=given, groups=groups))
    assert "overconfident" in found["calibration"]
    assert "falls by" in found["drift"]


def test_without_test_annotations_nothing_can_be_measured() -> None:
    data = panel()
    data.annotated[data.split == Split.TEST] = False
    first = first_checks(data)[0]
    assert first.kind == "no_test_annotations"
    assert first.serious


@pytest.mark.parametrize("name", ["fna_panel", "digits_trio"])
def test_every_finding_says_what_to_do(name: str) -> None:
    data, _ = load_sample(name)
    found = first_checks(data)
    assert len(found) <= 8
    for finding in found:
        assert finding.text.endswith(".")
        assert finding.remedy.endswith(".")


def test_a_set_without_experts_or_annotations_stands() -> None:
    data = panel()
    assert first_checks(dataclasses.replace(
        data, experts=(), annotations=np.zeros((N, 0), np.int32), annotated=np.zeros((N, 0), bool)
    )) == []  # fmt: skip
    nobody = dataclasses.replace(data, annotated=np.zeros_like(data.annotated))
    assert first_checks(nobody)[0].kind == "no_test_annotations"


def test_one_class_that_is_nearly_everything_is_said() -> None:
    data = panel()
    data.truth[data.truth > 0] = np.where(np.arange(400) < 40, 1, 0)
    assert kinds(data)["one_sided"].startswith("93.3")


def test_a_column_of_dates_named_as_a_group_is_kept() -> None:
    files = bundle()
    lines = files["cases.csv"].decode().splitlines()
    dated = [f"{lines[0]},group_date", *(f"{row},2024-01-{i + 1:02d}" for i, row in
                                          enumerate(lines[1:]))]  # fmt: skip
    data, _ = read_set(files | {"cases.csv": "\n".join(dated).encode()})
    assert date_column(data.groups) == "group_date"
    found = drift(data)
    assert found is not None
    assert found.table["cases"].sum() == 24


def dated(data: AnnotationSet) -> AnnotationSet:
    days = (np.datetime64("2020-01-01") + np.arange(N)).astype(str)
    return dataclasses.replace(data, groups={"group_date": days})


def test_one_readers_drift_is_found_and_named() -> None:
    data = dated(panel(experts=6))
    late = np.arange(N) >= 400
    wrong = late & (np.arange(N) % 2 == 0)
    data.annotations[wrong, 4] = (data.truth[wrong] + 1) % 3
    found = [f.text for f in first_checks(data) if f.kind == "expert_drift"]
    assert len(found) == 1
    assert found[0].startswith("Reader 5: accuracy falls by")
    assert "6 experts looked at" in found[0]
    (mine,) = [t for t in expert_trends(data) if t.expert == 4]
    own = drift(data, 4)
    assert own is not None
    assert own.trend is not None
    # The same slope as under “Over time”, with an interval that allows for six experts.
    assert mine.trend.value == pytest.approx(own.trend.value)
    assert mine.trend.low < own.trend.low < own.trend.high < mine.trend.high < 0
    assert mine.annotations == N


def test_many_readers_do_not_drift_by_chance() -> None:
    found = [
        any(t.trend.low * t.trend.high > 0 for t in expert_trends(dated(panel(seed, experts=40))))
        for seed in range(20)
    ]
    assert sum(found) <= 3
    few = panel(experts=2)
    few.annotated[30:, 0] = False
    assert [t.expert for t in expert_trends(dated(few))] == [1]
    assert expert_trends(panel()) == []
