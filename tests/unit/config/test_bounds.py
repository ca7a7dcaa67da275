import json
from typing import Any

import pytest

from core.config.bounds import Bounds
from core.em.bounds import BoundsError, WorkloadBounds

AGENTS = ["ann", "bob", "AI"]


def test_names_left_out_are_free() -> None:
    bounds = Bounds(lower=(("ann", 0.1),), upper=(("AI", 0.5),)).in_order(AGENTS)
    assert bounds.lower.tolist() == [0.1, 0.0, 0.0]
    assert bounds.upper.tolist() == [1.0, 1.0, 0.5]


def test_who_is_away_takes_part_only_with_a_maximum_of_their_own_and_off_duty_never() -> None:
    bounds = Bounds(upper=(("ann", 0.5), ("bob", 0.5)))
    assert bounds.in_order(AGENTS, away=["ann"]).upper.tolist() == [0.5, 0.5, 1.0]
    assert Bounds().in_order(AGENTS, away=["ann"]).upper.tolist() == [0.0, 1.0, 1.0]
    assert bounds.in_order(AGENTS, off=["ann"]).upper.tolist() == [0.0, 0.5, 1.0]


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(BoundsError, match=r"'zoe'.*ann, AI"):
        Bounds(lower=(("zoe", 0.1),)).in_order(["ann", "AI"])


def test_who_is_bound_both_ways_at_once_is_named_with_the_nearest() -> None:
    crossed = Bounds(lower=(("ann", 0.6),), upper=(("ann", 0.4),))
    with pytest.raises(BoundsError, match="ann's minimum workload of 60") as found:
        crossed.in_order(AGENTS)
    assert found.value.nearest is not None
    assert found.value.nearest.lower[0] == pytest.approx(0.5)


def test_bounds_come_back_from_json_in_the_order_of_names() -> None:
    bounds = Bounds(lower=(("bob", 0.1), ("ann", 0.0)), upper=(("AI", 1),))
    assert bounds.lower == (("ann", 0.0), ("bob", 0.1))
    assert Bounds.read(json.loads(json.dumps(bounds.plain()))) == bounds


def test_only_shares_that_bind_are_offered() -> None:
    bounds = WorkloadBounds.feasible((0.0, 0.25, 0.0), (1.0, 1.0, 0.5))
    assert Bounds.named(bounds, AGENTS) == Bounds(lower=(("bob", 0.25),), upper=(("AI", 0.5),))


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ([1], 'found a list; expected {"lower"'),
        ({"least": {}}, "found 'least'; expected"),
        ({"lower": [1]}, '"lower" is a list; expected {agent: share}'),
        ({"upper": {"ann": 40}}, "\"upper\" of 'ann' is 40; expected a share between 0 and 1"),
        ({"upper": {"ann": True}}, "is true; expected a share"),
        ({"upper": {}}, "found no bounds"),
    ],
    ids=str,
)
def test_what_a_file_cannot_mean_is_refused(plain: Any, said: str) -> None:
    with pytest.raises(BoundsError) as found:
        Bounds.read(plain)
    assert said in str(found.value)
