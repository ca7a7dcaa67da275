import numpy as np
import pytest

from core.scenarios.reasons import (
    capacity_reasons,
    goes_to,
    kept_away,
    price_reasons,
    without_agent,
)

AGENTS = ("Ann", "Bob", "AI")


def one(value: list[float], mine: int, most: list[int], others: list[int] = []) -> str:  # noqa: B006
    """The reason of the first case; `others` are who gets the cases beside it."""
    values = np.array([value, *([0.5] * 3 for _ in others)])
    chosen = np.array([mine, *others])
    permitted = np.ones(values.shape, bool)
    return capacity_reasons(values, chosen, AGENTS, np.array(most), permitted)[0]


def test_whoever_is_most_likely_right_is_said_to_be_with_the_next() -> None:
    assert one([0.91, 0.6, 0.74], 0, [9, 9, 9]) == (
        "Goes to Ann: expected right in 91.0\u202f% against the AI's 74.0\u202f%"
    )


def test_places_of_the_better_agent_that_are_taken_are_the_reason() -> None:
    assert one([0.91, 0.6, 0.94], 0, [9, 9, 1], [2]) == (
        "Goes to Ann: expected right in 91.0\u202f% against the AI's 94.0\u202f%; "
        "the AI's capacity is used for cases where it gains more"
    )


def test_least_load_is_the_reason_where_the_better_agent_has_places_left() -> None:
    assert one([0.71, 0.6, 0.94], 0, [9, 9, 9]) == (
        "Goes to Ann: expected right in 71.0\u202f% against the AI's 94.0\u202f%; "
        "Ann has to get 1 of the cases, and this is one of those where that costs least"
    )


def test_agents_who_take_nothing_are_not_compared_with() -> None:
    assert "AI" not in one([0.71, 0.6, 0.94], 0, [9, 9, 0])
    assert one([0.71, 0.6, 0.94], 2, [0, 0, 9]) == (
        "Goes to the AI: nobody else can get it; expected right in 94.0\u202f%"
    )


def test_accuracies_that_look_the_same_are_said_to_be_near_or_equal() -> None:
    assert one([0.9123, 0.6, 0.9121], 0, [9, 9, 9]).endswith("ahead by less than 0.1 points")
    assert one([0.9, 0.9, 0.1], 0, [9, 9, 9]).endswith("right in 90.0\u202f%, as often as Bob")


def test_nobody_is_said_to_be_always_right_where_the_model_only_nearly_thinks_so() -> None:
    assert one([0.9999, 0.6, 0.1], 0, [9, 9, 9]).startswith(
        "Goes to Ann: expected right in more than 99.9\u202f% against"
    )


def test_price_is_said_in_points() -> None:
    value, prices = np.array([[0.91, 0.6, 0.94]]), np.array([0.0, 0.02, 0.05])
    line = price_reasons(value, np.array([0]), AGENTS, prices, np.ones((1, 3), bool))[0]
    assert line == (
        "Goes to Ann: expected right in 91.0\u202f% against the AI's 94.0\u202f%, at a price "
        "per case that is 5.0 points higher for the AI; prices keep the loads near the capacities"
    )


@pytest.mark.parametrize("reasons", [capacity_reasons, price_reasons])
def test_no_cases_have_no_reasons(reasons) -> None:
    nothing = np.zeros((0, 3))
    third, permitted = np.ones(3), nothing > 0
    assert reasons(nothing, np.zeros(0, int), AGENTS, third, permitted) == []


@pytest.mark.parametrize("agent", ["Ann", "AI", "Ann: B", "Goes to: x", "https://a.example"])
def test_the_agent_is_left_out_whatever_its_name(agent: str) -> None:
    line = goes_to(agent, 0.9, "Bob: C", 0.8)
    short = "xpected right in 90.0\u202f% against Bob: C's 80.0\u202f%"
    assert without_agent(line, agent) == f"E{short}"
    away = "A guard rule keeps Goes to Bob: C away. "
    assert without_agent(kept_away("Goes to Bob: C", "", line), agent) == f"{away}E{short}"


@pytest.mark.parametrize("reasons", [capacity_reasons, price_reasons])
def test_where_all_cases_look_alike_no_case_gains_more(reasons) -> None:
    value = np.tile([0.9, 0.6, 0.8], (3, 1))
    chosen, third = np.array([0, 2, 1]), np.ones(3, int)
    lines = reasons(value, chosen, AGENTS, third, np.ones((3, 3), bool))
    assert "alike" not in lines[0]  # the best agent needs no other reason
    for line in lines[1:]:
        assert "all cases look alike" in line
        assert "gains more" not in line
        assert "price per case" not in line
    value[2, 1] = 0.7  # one case is another
    assert not any("alike" in r for r in reasons(value, chosen, AGENTS, third, value > 0))
