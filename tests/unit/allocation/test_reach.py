"""Whether whole cases find room, by subsets of agents and by flow."""

import numpy as np
import pytest

from core.allocation import reach


def test_as_many_cases_as_possible_are_placed() -> None:
    may = np.array([[True, False], [True, False], [True, True]])
    assert reach.most_placed(may, np.array([1, 5])).tolist() == [1, 1]
    assert reach.most_placed(may, np.array([2, 5])).tolist() == [2, 1]


@pytest.mark.parametrize("seed", range(60))
def test_subsets_and_flow_say_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    may = rng.random((12, 4)) < 0.6
    least = rng.integers(0, 4, 4)
    most = np.maximum(least, rng.integers(2, 6, 4))
    by_subsets = reach.can_be_met(may, least, most)
    monkeypatch.setattr(reach, "_SUBSETS", 0)
    assert reach.can_be_met(may, least, most) == by_subsets
    if by_subsets and least.sum() <= 12:
        missed = reach.nearest_reachable(may, least / 12, np.minimum(most / 12, 1.0))[2]
        assert missed is None
