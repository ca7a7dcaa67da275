from itertools import product

import numpy as np
import pytest

from core.scenarios.routed import Routed, in_one_go, one_by_one
from core.scenarios.scores import CaseScores

AGENTS, CLASSES = ("Ann", "Bob", "AI"), ("no", "yes")


def cases(count: int, seed: int = 0) -> CaseScores:
    rng = np.random.default_rng(seed)
    return CaseScores(
        value=rng.random((count, 3)).astype(np.float32),
        probabilities=np.full((count, 2), 0.5, np.float32),
        ai_answer=np.arange(count) % 2,
        case_ids=np.array([f"c{i}" for i in range(count)]),
    )


def given(count: int, least: list[int], most: list[int], seed: int = 0) -> Routed:
    return in_one_go(cases(count, seed), np.array(least), np.array(most), AGENTS, CLASSES)


@pytest.mark.parametrize("seed", range(5))
def test_assignment_is_the_best_of_all_that_meet_the_capacities(seed: int) -> None:
    least, most = [1, 0, 2], [2, 3, 3]
    routed = given(6, least, most, seed)
    value = routed.cases.value
    best = max(
        sum(value[i, k] for i, k in enumerate(way))
        for way in product(range(3), repeat=6)
        if all(low <= way.count(k) <= up for k, (low, up) in enumerate(zip(least, most)))  # noqa: B905
    )
    assert routed.expected.sum() == pytest.approx(best, abs=1e-4)
    assert all(least <= routed.loads) and all(routed.loads <= most)  # noqa: PT018


def test_the_expected_accuracy_has_the_interval_of_its_decisions() -> None:
    routed = given(400, [100, 100, 200], [100, 100, 200])
    low, high = routed.expected_interval()
    rng = np.random.default_rng(0)
    drawn = (rng.random((20_000, 400)) < routed.expected).mean(1)
    assert (low, high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=1 / 400 + 1e-9)
    few = routed.expected_interval(3)
    assert few[1] - few[0] > high - low


def test_exact_capacities_are_met_to_the_case() -> None:
    assert given(100, [20, 30, 50], [20, 30, 50]).loads.tolist() == [20, 30, 50]


def test_table_has_a_row_per_case_in_their_order() -> None:
    table = given(4, [0, 0, 4], [0, 0, 4]).frame()
    assert table["case_id"].tolist() == ["c0", "c1", "c2", "c3"]
    assert set(table["agent"]) == {"AI"}
    assert table["ai_answer"].tolist() == ["no", "yes", "no", "yes"]


def test_one_at_a_time_loads_come_close_and_do_not_depend_on_later_cases() -> None:
    new, seen = cases(1000, 1), cases(1000, 2)
    capacity = np.array([200, 300, 500])
    routed = one_by_one(new, capacity, capacity, AGENTS, CLASSES, validation=seen, seed=0)
    assert abs(routed.loads - capacity).max() <= 60  # two samples of 1,000
    assert routed.so_far is not None
    np.testing.assert_allclose(routed.so_far[-1], routed.loads / 1000)
    first = CaseScores(
        value=new.value[:10],
        probabilities=new.probabilities[:10],
        ai_answer=new.ai_answer[:10],
        case_ids=new.case_ids[:10],
    )
    part = capacity // 100
    early = one_by_one(first, part, part, AGENTS, CLASSES, validation=seen, seed=0)
    np.testing.assert_array_equal(early.chosen, routed.chosen[:10])


def test_agent_with_capacity_zero_gets_nothing_one_at_a_time() -> None:
    none = np.array([0, 400, 600])
    routed = one_by_one(
        cases(1000, 1), none, none, AGENTS, CLASSES, validation=cases(900, 2), seed=0
    )
    assert routed.loads[0] == 0


def test_no_cases_give_an_empty_worklist() -> None:
    routed = given(0, [0, 0, 0], [0, 0, 0])
    assert routed.expected_accuracy is None
    assert routed.expected_interval() is None
    assert len(routed.frame()) == 0
