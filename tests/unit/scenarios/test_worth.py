import numpy as np
import pytest

from core.scenarios.solution import solve
from core.scenarios.worth import capacity_worth
from tests.unit.scenarios.synthetic import day, scores_of


def test_room_that_is_not_used_up_is_worth_nothing() -> None:
    scores = scores_of()
    found = solve(day(4, A={"maximum": 0.9}, AI={"minimum": 0.3}), scores)
    np.testing.assert_array_equal(capacity_worth(found, scores), 0.0)


def test_only_what_binds_is_worth_something_and_off_duty_nothing() -> None:
    scores = scores_of()
    found = solve(day(4, A={"on_duty": False}, C={"maximum": 0.1}), scores)
    worth = capacity_worth(found, scores)
    assert worth[2] > 0
    np.testing.assert_array_equal(worth[[0, 1, 3]], 0.0)


def test_one_expert_and_the_ai_gain_the_next_cases_in_line() -> None:
    scores = scores_of(200, 10, 2, seed=3)
    found = solve(day(2, 100, A={"maximum": 0.1}), scores)
    ahead = np.asarray(scores.validation.value, float)
    ahead = np.sort(ahead[:, 0] - ahead[:, 1])[::-1]
    # One of 100 cases a day is two of 200 validation cases: the 21st and the 22nd.
    gain = 100 * ahead[20:22].sum() / 200
    assert capacity_worth(found, scores)[0] == pytest.approx(gain, abs=1e-6)


def test_part_of_a_validation_case_is_worth_its_part() -> None:
    scores = scores_of(200, 10, 2, seed=3)
    bounds = {"maximum": 0.1}
    few, many = (
        capacity_worth(solve(day(2, cases, A=bounds), scores), scores)[0] for cases in (200, 800)
    )
    assert many == pytest.approx(few / 4)


def test_where_nobody_may_give_a_case_up_more_room_is_worth_nothing() -> None:
    scores = scores_of()
    fixed = {"minimum": 0.25, "maximum": 0.25}
    found = solve(day(4, A=fixed, B=fixed, C=fixed, AI=fixed), scores)
    np.testing.assert_allclose(capacity_worth(found, scores), 0.0, atol=1e-9)


def test_a_tired_expert_is_worth_less() -> None:
    scores = scores_of(500)
    bound = {"maximum": 0.3, "comfortable": 50}
    rested, tired = (
        capacity_worth(solve(day(4, C=bound, fatigue=t), scores), scores)[2] for t in (None, 1.0)
    )
    assert 0 < tired < rested
