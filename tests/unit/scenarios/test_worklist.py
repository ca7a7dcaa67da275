import numpy as np
import pytest

from core.scenarios.guards import permitted
from core.scenarios.settings import ReadByExpert, ScenarioError
from core.scenarios.solution import assign, solve
from core.scenarios.worklist import capacities, online, worklist
from tests.unit.scenarios.synthetic import CLASSES, agents_of, cases_of, day, scores_of

AGENTS = agents_of(3)
NORTH = ReadByExpert(column="site", value="north")


def test_capacities_are_exact_numbers_or_pairs_and_free_for_who_is_left_out() -> None:
    least, most = capacities({"AI": 120, "expert A": [20, 60]}, AGENTS, 160)
    assert least.tolist() == [20, 0, 120]
    assert most.tolist() == [60, 160, 120]


def test_a_pair_may_be_written_with_names() -> None:
    least, most = capacities({"AI": {"least": 10}, "expert A": {"most": 5}}, AGENTS, 160)
    assert least.tolist() == [0, 0, 10]
    assert most.tolist() == [5, 160, 160]


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (
            {"AI": 100, "expert A": 40, "expert B": 0},
            "at most 140 of 200 cases can be placed, .* by 60 in total",
        ),
        (
            {"AI": 180, "expert A": 40},
            "200 cases, but the capacities ask for 220; .* by 20 in total",
        ),
        ({"Z": 200}, "capacities name 'Z'; the agents are expert A, expert B, AI"),
        ({"AI": 1.5}, "capacity of AI is 1.5; expected a whole number"),
        ({"AI": -1}, "capacity of AI is -1"),
        ({"AI": True}, "capacity of AI is True"),
        ({"AI": "many"}, "capacity of AI is 'many'"),
        ({"AI": float("nan")}, "capacity of AI is nan"),
        ({"AI": [5, 2]}, r"capacity of AI is \[5, 2\]"),
        ({"AI": [1, 2, 3]}, "pair"),
        ([1], r"capacities are \[1\]; expected an object"),
    ],
)
def test_capacities_that_cannot_be_meant_are_refused(plain: object, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        capacities(plain, AGENTS, 200)


def test_capacities_are_met_exactly_and_rules_kept() -> None:
    cases = cases_of(150, 3, 4)
    least, most = capacities({"AI": 40, "expert A": 30, "expert B": 80}, AGENTS, 150)
    may = permitted(day(3, guards=(NORTH,)), cases, CLASSES)
    found = worklist(cases, least, most, may)
    assert np.bincount(found.chosen).tolist() == [30, 80, 40]
    assert may[np.arange(150), found.chosen].all()
    total = cases.value[np.arange(150), found.chosen].astype(float).sum()
    assert found.expected == pytest.approx(total)


def test_cases_worth_the_same_are_handed_out_in_whole_numbers() -> None:
    cases = cases_of(60, 3, 4)
    cases.value[:] = 0.5
    found = worklist(cases, np.array([20, 20, 20]), np.array([20, 20, 20]))
    assert np.bincount(found.chosen).tolist() == [20, 20, 20]
    assert found.expected == pytest.approx(30.0)


def test_what_rules_leave_no_room_for_says_how_many_can_be_placed() -> None:
    cases = cases_of(100, 3, 4)
    cases.groups["site"][:] = np.where(np.arange(100) < 70, "north", "south")
    may = permitted(day(3, B={"on_duty": False}, guards=(NORTH,)), cases, CLASSES)
    with pytest.raises(ScenarioError, match="at most 80 of 100 cases can be placed"):
        worklist(cases, np.array([0, 0, 0]), np.array([50, 0, 50]), may)
    with pytest.raises(ScenarioError, match="the AI can be given at most 30 of the 50 cases"):
        worklist(cases, np.array([50, 0, 50]), np.array([100, 0, 50]), may, agents=AGENTS)
    nobody = permitted(
        day(3, A={"on_duty": False}, B={"on_duty": False}, guards=(NORTH,)), cases, CLASSES
    )
    with pytest.raises(ScenarioError, match="at most 30 of 100 cases can be placed"):
        worklist(cases, np.array([0, 0, 0]), np.array([50, 0, 100]), nobody)


def test_a_case_without_scores_is_refused() -> None:
    cases = cases_of(10, 3, 4)
    cases.value[2] = np.nan
    with pytest.raises(ScenarioError, match="1 of 10 cases lack a score"):
        worklist(cases, np.array([0, 0, 0]), np.array([10, 10, 10]))


def test_no_cases_make_an_empty_list() -> None:
    found = worklist(cases_of(0, 3, 4), np.zeros(3, int), np.zeros(3, int))
    assert len(found.chosen) == 0
    assert online(cases_of(0, 3, 4), np.zeros(3), np.zeros((0, 3), bool)).load.shape == (0, 3)


def test_online_follows_the_prices_and_says_the_load_so_far() -> None:
    scores = scores_of(agents=3)
    scenario = day(3, AI={"minimum": 0.3, "maximum": 0.3}, guards=(NORTH,))
    found = solve(scenario, scores)
    cases = cases_of(400, 3, 8)
    may = permitted(scenario, cases, CLASSES)
    got = online(cases, found.prices.prices, may, seed=found.seed)
    np.testing.assert_array_equal(got.chosen, assign(found, cases, CLASSES))
    np.testing.assert_allclose(got.load.sum(1), 1.0)
    np.testing.assert_allclose(got.load[-1], np.bincount(got.chosen, minlength=3) / 400)
    assert got.load[0].tolist() == (np.arange(3) == got.chosen[0]).tolist()
    # Three standard errors of fitting on 300 and measuring on 400 cases.
    assert abs(got.load[-1, -1] - 0.3) < 3 * np.sqrt(0.21 * (1 / 300 + 1 / 400))


def test_online_sends_a_case_nobody_may_take_to_nobody() -> None:
    cases = cases_of(4, 3, 8)
    may = np.ones((4, 3), bool)
    may[1] = False
    got = online(cases, np.zeros(3), may)
    assert got.chosen[1] == -1
    assert got.load[-1].sum() == 0.75
