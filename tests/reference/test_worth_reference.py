"""The worth of capacity against re-solving by HiGHS with one more case."""

from dataclasses import replace

import numpy as np
import pytest

from core.allocation import exact, worth
from core.allocation.problem import Problem, whole_cases
from core.allocation.routing import jittered
from core.scenarios.fatigue import curves_of, most_lost
from core.scenarios.scores import Scores
from core.scenarios.settings import ReadByExpert, Scenario
from core.scenarios.solution import Solution, solve
from core.scenarios.worth import capacity_worth
from tests.unit.scenarios.synthetic import day, scores_of


def solved(cases: int, cases_per_day: int, seed: int) -> tuple[Solution, Scores]:
    scores = scores_of(cases, 10, 4, seed)
    scenario = day(
        4,
        cases_per_day,
        A={"maximum": 0.25, "minimum": 0.1},
        B={"maximum": 0.3},
        C={"maximum": 0.2},
        AI={"maximum": 0.45},
        guards=(ReadByExpert(column="site", value="north"),) if seed % 2 else (),
    )
    return solve(scenario, scores), scores


def by_highs(found: Solution, scores: Scores) -> np.ndarray:
    value = jittered(scores.validation.value, seed=found.seed)
    value[~found.allowed_validation] = -50.0
    least, most = whole_cases(found.lower, found.upper, len(value))
    more = len(value) / found.scenario.cases_per_day

    def total(agent: int, cases: int) -> float:
        wider = most.copy()
        wider[agent] += cases
        chosen = exact.assign(Problem.single(value, least, wider))
        assert chosen is not None
        return value[np.arange(len(value)), chosen].sum()

    before, whole, gains = total(0, 0), int(more), []
    for agent in range(value.shape[1]):
        gain = total(agent, whole) - before
        if more > whole:
            gain += (more - whole) * (total(agent, whole + 1) - before - gain)
        gains.append(100 * gain / len(value))
    return np.array(gains)


@pytest.mark.parametrize(("cases", "cases_per_day"), [(80, 100), (80, 60), (100, 20)])
@pytest.mark.parametrize("seed", range(3))
def test_worth_is_the_gain_of_a_re_solve(cases: int, cases_per_day: int, seed: int) -> None:
    found, scores = solved(cases, cases_per_day, seed)
    expected = by_highs(found, scores)
    assert expected.max() > 0.01
    np.testing.assert_allclose(capacity_worth(found, scores), expected, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_many_cases_at_once_are_worth_nearly_the_gain_of_a_re_solve(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worth, "_PATHS", {False: 0, True: 0})
    monkeypatch.setattr(worth, "_LARGE", {False: 1.0, True: 1.0})
    found, scores = solved(240, 60, seed)
    expected, got = by_highs(found, scores), capacity_worth(found, scores)
    # An upper bound, but for the jitter that both are solved with.
    assert (got >= expected - 1e-5).all()
    np.testing.assert_allclose(got, expected, atol=0.03 * expected.max())


def held_by(ai: dict[str, float], **expert: float) -> Scenario:
    """Every agent at a bound: all experts alike, and the AI."""
    return day(4, 200, A=expert, B=expert, C=expert, AI=ai)


HELD = {
    "by their maximum": held_by({"maximum": 0.4}, maximum=0.2),
    "the AI by its least": held_by({"minimum": 0.4}, maximum=0.2),
    "exactly": held_by({"minimum": 0.4, "maximum": 0.4}, minimum=0.2, maximum=0.2),
}


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("held", HELD)
def test_where_every_agent_is_held_worth_is_the_gain_of_a_re_solve(
    held: str, many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worth, "_PATHS", {False: 0, True: 0})
    monkeypatch.setattr(worth, "_MANY", 100 if many else 1000)
    scores = scores_of(400, 10, 4, 2)
    found = solve(HELD[held], scores)
    expected, got = by_highs(found, scores), capacity_worth(found, scores)
    assert (got >= expected - 1e-5).all()
    np.testing.assert_allclose(got, expected, atol=0.13 * expected.max() + 1e-5)


@pytest.mark.parametrize("held", HELD)
def test_a_case_that_is_a_large_part_of_the_day_is_solved_again(
    held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worth, "_PATHS", {False: 0, True: 0})
    scores = scores_of(130, 10, 4, 3)
    found = solve(replace(HELD[held], cases_per_day=12), scores)
    np.testing.assert_allclose(capacity_worth(found, scores), by_highs(found, scores), atol=1e-4)


def right(found: Solution, scores: Scores) -> float:
    """Expected correctness on validation cases less what tiring takes."""
    curves = curves_of(found.scenario, most_lost(scores))
    value, load = np.asarray(scores.validation.value, float), found.prices.workloads
    chosen = (jittered(value, seed=found.seed) - found.prices.prices).argmax(1)
    return value[np.arange(len(value)), chosen].mean() - curves.mean(curves.day * load) @ load


def test_with_tiring_worth_is_the_gain_of_solving_again() -> None:
    scores = scores_of(2400, 10, 4, 1)
    scenario = day(
        4, 60, "cases", A={"comfortable": 10}, C={"comfortable": 12, "maximum": 18}, fatigue=1.0
    )
    found = solve(scenario, scores)
    wider = solve(scenario.with_terms("expert C", maximum=19.0), scores)
    gain = 100 * (right(wider, scores) - right(found, scores))
    assert gain > 0.01
    assert capacity_worth(found, scores)[2] == pytest.approx(gain, rel=0.05)


def test_with_tiring_where_every_agent_is_held() -> None:
    scores = scores_of(2400, 10, 4, 1)
    # Experts nearly alike, and an AI so weak that it takes its least and no more.
    value = scores.validation.value
    value = (value - value.mean(0) + [0.80, 0.81, 0.82, 0.4]).astype(np.float32)
    scores = replace(scores, validation=replace(scores.validation, value=value))
    expert = {"comfortable": 30, "maximum": 40}
    scenario = day(4, 200, "cases", A=expert, B=expert, C=expert, AI={"minimum": 80}, fatigue=1.0)
    found = solve(scenario, scores)
    wider = [solve(scenario.with_terms(n, maximum=41.0), scores) for n in scenario.names[:-1]]
    gains = [100 * (right(one, scores) - right(found, scores)) for one in wider]
    assert max(gains) > 0.001
    # An upper bound, loose where other bounds come to bind: without the constant it was 0.15.
    np.testing.assert_allclose(capacity_worth(found, scores)[:-1], gains, atol=0.3 * max(gains))
