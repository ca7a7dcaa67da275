from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from core.scenarios.room import NoRoomError
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


def with_outside(count: int, outside: int, *, people_only: bool = True) -> CaseScores:
    """The first so many cases are outside by an age; the AI is always the best."""
    value = np.tile(np.float32([0.7, 0.6, 0.996]), (count, 1))
    names = (("age", "dose"),) * outside + ((),) * (count - outside)
    return replace(cases(count), value=value, outside=names, people_only=people_only)


def test_cases_outside_the_range_go_to_people_within_the_capacities() -> None:
    limits = np.array([3, 9, 8])
    routed = in_one_go(with_outside(20, 12), limits, limits, AGENTS, CLASSES)
    assert (routed.chosen[:12] < 2).all()
    assert routed.loads.tolist() == limits.tolist()


def test_the_ai_may_get_cases_outside_the_range_if_that_is_chosen() -> None:
    scores = with_outside(20, 12, people_only=False)
    routed = in_one_go(scores, np.array([0, 0, 20]), np.array([0, 0, 20]), AGENTS, CLASSES)
    assert routed.loads.tolist() == [0, 0, 20]
    assert routed.expected_accuracy == pytest.approx(0.996, abs=1e-6)  # of the other eight
    assert len(routed.supported()) == 8
    assert len(routed.supported(14)) == 2


def test_without_room_for_them_among_people_the_refusal_says_so() -> None:
    for assign, more in ((in_one_go, {}), (one_by_one, {"validation": cases(30), "seed": 0})):
        with pytest.raises(NoRoomError, match="12 of 20 cases lie outside the range of training"):
            assign(
                with_outside(20, 12), np.array([0, 0, 0]), np.array([3, 3, 20]), AGENTS, CLASSES,
                **more,
            )  # fmt: skip


def test_one_at_a_time_the_prices_leave_people_room_for_them() -> None:
    scores = with_outside(400, 200)
    scores = replace(scores, value=cases(400).value)
    low = high = np.array([100, 100, 200])
    routed = one_by_one(scores, low, high, AGENTS, CLASSES, validation=cases(400, seed=1), seed=0)
    assert (routed.chosen[:200] < 2).all()
    assert routed.loads == pytest.approx([100, 100, 200], abs=25)


def test_nothing_is_expected_of_cases_outside_the_range() -> None:
    limits = np.array([4, 4, 1])
    routed = in_one_go(with_outside(10, 9), limits, np.array([9, 9, 9]), AGENTS, CLASSES)
    assert routed.expected_accuracy == pytest.approx(0.996, abs=1e-6)
    assert [("(age; dose)" in r, "expected right" in r) for r in routed.reasons] == [
        *[(True, False)] * 9,
        (False, True),
    ]
    table = routed.frame()
    assert table["outside_training_range"].tolist() == ["age; dose"] * 9 + [""]
    assert table["expected AI"].isna().tolist() == [True] * 9 + [False]


def test_a_range_that_is_not_known_is_said_so() -> None:
    assert set(given(4, [0, 0, 4], [0, 0, 4]).frame()["outside_training_range"]) == {"not known"}


def test_where_every_case_is_outside_no_accuracy_is_expected() -> None:
    routed = in_one_go(
        with_outside(5, 5), np.array([0, 0, 0]), np.array([5, 5, 5]), AGENTS, CLASSES
    )
    assert (routed.expected_accuracy, routed.expected_interval()) == (None, None)


def test_an_expert_that_is_an_ai_gets_no_case_that_goes_to_people() -> None:
    limits = np.array([12, 6, 2])
    scores = replace(with_outside(20, 12), ais=(1, 2))
    routed = in_one_go(scores, limits, limits, AGENTS, CLASSES)
    assert (routed.chosen[:12] == 0).all()
    limits = np.array([400, 400, 400])
    many = replace(with_outside(400, 200), value=cases(400).value, ais=(1, 2))
    none, more = np.zeros(3, int), {"validation": cases(30), "seed": 0}
    routed = one_by_one(many, none, limits, AGENTS, CLASSES, **more)
    assert (routed.chosen[:200] == 0).all()
    with pytest.raises(NoRoomError, match="12 of 20"):
        in_one_go(scores, none, np.array([11, 20, 20]), AGENTS, CLASSES)
