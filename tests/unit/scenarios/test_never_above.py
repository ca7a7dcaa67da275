from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.intervals import BootstrapWeights, wilson
from core.scenarios import never_above as module
from core.scenarios.never_above import NeverAbove, never_above, whole_maximums
from core.scenarios.outcomes import outcome_of
from core.scenarios.scores import Scores
from core.scenarios.settings import ReadByExpert, Scenario
from core.scenarios.solution import Solution, solve
from tests.unit.scenarios.synthetic import day, scores_of

WEIGHTS = BootstrapWeights(cases=400, resamples=200)


def noisy(scores: Scores | None = None) -> Scores:
    """As synthetic, but experts are wrong as often as is expected of them."""
    scores = scores_of() if scores is None else scores
    wrong = np.random.default_rng(9).random(scores.annotations.shape) > scores.test.value[:, :-1]
    return replace(scores, annotations=(scores.annotations + wrong) % len(scores.classes))


def told(scenario: Scenario, scores: Scores | None = None, **more: int) -> NeverAbove:
    scores = noisy() if scores is None else scores
    return never_above(solve(scenario, scores), scores, WEIGHTS, **more)


def held(solution: Solution, *upper: float) -> Solution:
    """The same prices under maximums that no scenario could be solved for."""
    return replace(solution, upper=np.array(upper))


def test_without_a_maximum_it_is_what_prices_do() -> None:
    scores = noisy()
    found = told(day(4), scores)
    alone = outcome_of(solve(day(4), scores), scores, WEIGHTS)
    assert found.accuracy.value == pytest.approx(alone.accuracy.value, abs=1e-12)
    assert found.accuracy.interval == pytest.approx(alone.accuracy.interval, abs=1e-9)
    assert found.measured == pytest.approx(alone.measured)
    assert found.change.interval == (0.0, 0.0)
    assert not found.change.distinguishable
    assert found.waiting == (0.0, (0.0, 0.0))
    for agent, share in zip(found.agents, alone.workload, strict=True):
        assert agent.maximum is None
        assert agent.full.value is None
        # A day's load is binomial; 4 standard errors of the mean of 1,000 days.
        assert agent.mean.value == pytest.approx(200 * share, abs=4 * np.sqrt(50 / 1000) + 1e-9)
        assert agent.mean.interval[0] <= 200 * share <= agent.mean.interval[1]


def test_nobody_is_ever_above_and_prices_alone_are() -> None:
    scores = noisy()
    scenario = day(4, C={"maximum": 0.3})
    found = told(scenario, scores)
    c = found.agents[2]
    assert (c.maximum, c.highest) == (60, 60)
    assert c.usual[1] <= 60
    assert 0 < c.full.value < 1
    low, high = c.mean.interval
    assert low < c.mean.value < high <= 60
    # Prices alone: binomial, so some of 1,000 days end above.
    share = (solve(scenario, scores).chosen == 2).mean()
    assert np.random.default_rng(0).binomial(200, share, 1000).max() > 60


def test_too_little_room_leaves_exactly_the_rest_waiting() -> None:
    scores = noisy()
    solution = held(solve(day(4), scores), 0.1, 0.2, 0.05, 0.25)
    found = never_above(solution, scores, WEIGHTS, days=50)
    assert [a.maximum for a in found.agents] == [20, 40, 10, 50]
    for agent in found.agents:
        assert agent.mean == (agent.maximum, (agent.maximum, agent.maximum))
        assert agent.full.value == 1.0
    assert found.waiting == (80.0, (80.0, 80.0))
    assert found.waiting_days.value == 1.0
    assert found.most_waiting == 80


def test_a_maximum_below_one_case_gets_nothing() -> None:
    found = told(day(4, C={"maximum": 0.004}))
    assert found.agents[2].maximum == 0
    assert found.agents[2].mean == (0.0, (0.0, 0.0))
    assert found.waiting.value == 0.0


def test_an_agent_that_never_gets_a_case_may_still_get_one() -> None:
    scores = noisy()
    scores.test.value[:, 0] = 0.0
    a = told(day(4), scores, days=20).agents[0]
    assert (a.mean.value, a.highest) == (0.0, 0)
    assert a.mean.interval == (0.0, pytest.approx(200 * wilson(0, 400)[1]))


def test_cases_wait_where_rules_leave_only_a_full_agent() -> None:
    scores = noisy()
    north = ReadByExpert(column="site", value="north")
    on = {"maximum": 0.28}
    scenario = day(4, A=on, B=on, C={"on_duty": False}, guards=(north,))
    found = told(scenario, scores)
    assert [a.name for a in found.agents] == ["expert A", "expert B", "AI"]
    assert 0 < found.waiting.value < 30
    assert found.waiting.interval[0] < found.waiting.value < found.waiting.interval[1]
    assert 0 < found.waiting_days.value < 1
    assert found.most_waiting > found.waiting.value
    # Everything that arrives is decided or waits.
    decided = sum(a.mean.value for a in found.agents)
    assert decided + found.waiting.value == pytest.approx(200, abs=1e-9)


def test_the_change_is_paired_on_the_cases_that_are_decided() -> None:
    """Where the only agent's room decides who waits, both ways decide alike."""
    scores = noisy()
    off = {"on_duty": False}
    solution = solve(day(4, A=off, B=off, C=off), scores)
    found = never_above(held(solution, 0, 0, 0, 0.4), scores, WEIGHTS)
    assert found.agents[-1].mean.value == 80
    assert found.waiting.value == 120
    assert found.change.difference == pytest.approx(0.0, abs=1e-12)
    assert not found.change.distinguishable
    whole = outcome_of(solution, scores, WEIGHTS)
    assert found.accuracy.value == pytest.approx(whole.accuracy.value)


def test_an_agent_that_cannot_be_measured_leaves_no_accuracy() -> None:
    scores = noisy()
    nobody = scores.annotated.copy()
    nobody[:, 2] = False
    found = told(day(4, AI={"maximum": 0.2}), replace(scores, annotated=nobody))
    assert found.accuracy == (None, None)
    assert found.change is None
    assert found.measured < 1


def test_room_that_costs_accuracy_is_told_apart_from_none() -> None:
    """Every case suits one agent by far, who has room for a fifth of them."""
    scores = noisy()
    for cases in (scores.validation, scores.test):
        cases.value[:] = 0.4
        cases.value[:, -1] = 0.95
    truth, wrong = scores.truth, (scores.truth + 1) % 3
    test = replace(scores.test, ai_answer=truth)
    scores = replace(scores, test=test, annotations=np.repeat(wrong[:, None], 3, axis=1))
    solution = solve(day(4), scores)
    found = never_above(held(solution, 1, 1, 1, 0.2), scores, WEIGHTS)
    assert found.accuracy.value == pytest.approx(0.2, abs=0.005)
    assert found.change.difference == pytest.approx(-0.8, abs=0.005)
    assert found.change.distinguishable


def test_the_same_seed_tells_the_same() -> None:
    scenario = day(4, C={"maximum": 0.3})
    assert told(scenario, days=30) == told(scenario, days=30)
    assert told(scenario, days=30, seed=5) != told(scenario, days=30)
    assert told(scenario, days=30).seed == 0


def test_very_many_cases_a_day_are_fewer_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORK", 100_000)
    found = told(day(4, cases_per_day=1000, C={"maximum": 0.3}))
    assert found.days == 25
    assert found.agents[2].maximum == 300


def test_a_day_too_large_for_the_intervals_is_one_of_the_same_kind() -> None:
    found = told(day(4, cases_per_day=12_000, C={"maximum": 0.3}), days=20)
    c = found.agents[2]
    assert c.maximum == 3600
    assert 2000 < c.mean.interval[0] < c.mean.value < c.mean.interval[1] <= 3600


@pytest.mark.parametrize(
    ("upper", "cases", "expected"),
    [
        (60 / 200, 200, 60),
        (0.1 + 0.2, 10, 3),
        (0.857142857, 70_000, 60_000),  # 60,000 of 70,000, rounded to nine digits
        (0.333, 100, 33),
        (0.0, 100, 0),
        (0.999, 100, 99),
    ],
)
def test_maximums_are_whole_cases(upper: float, cases: int, expected: int) -> None:
    room, capped = whole_maximums(np.array([upper, 1.0]), cases)
    assert room.tolist() == [expected, cases + 1]
    assert capped.tolist() == [True, False]


def test_minimums_and_fatigue_are_said_to_be_left_out() -> None:
    plain = told(day(4, C={"maximum": 0.3}), days=20)
    assert (plain.minimum, plain.fatigue) == (False, False)
    more = told(day(4, A={"minimum": 0.1, "comfortable": 30.0}, fatigue=1.0), days=20)
    assert (more.minimum, more.fatigue) == (True, True)


def test_intervals_hold_what_is_true_of_all_cases() -> None:
    """Samples of 150 from 5,000 cases; chances kept per case would miss the loads."""
    scores = noisy(scores_of(100, 5000, seed=3))
    scenario = day(4, B={"maximum": 0.25}, C={"maximum": 0.3}, AI={"maximum": 0.3})
    solution = solve(scenario, scores)
    true = figures(never_above(solution, scores, BootstrapWeights(5000, 2), days=4000))
    samples, inside = 60, 0
    for seed in range(samples):
        rows = np.random.default_rng(seed).integers(0, 5000, 150)
        test = replace(
            scores.test,
            value=scores.test.value[rows],
            probabilities=scores.test.probabilities[rows],
            ai_answer=scores.test.ai_answer[rows],
            case_ids=scores.test.case_ids[rows],
            groups={},
        )
        part = replace(
            scores,
            test=test,
            truth=scores.truth[rows],
            annotations=scores.annotations[rows],
            annotated=scores.annotated[rows],
        )
        found = figures(never_above(solution, part, BootstrapWeights(150, 100), seed=seed))
        ends = [interval for _, interval in found]
        inside += np.array(
            [low <= value <= high for (low, high), (value, _) in zip(ends, true, strict=True)]
        )
    # Three standard errors, and 0.03 that percentiles of samples this small fall short by; 120
    # samples with 300 resamples left 0.92 to 0.98 of them inside, 150 others 0.90 to 0.96.
    least = 0.95 - 0.03 - 3 * np.sqrt(0.95 * 0.05 / samples)
    assert (inside / samples >= least).all(), inside / samples


def figures(found: NeverAbove) -> list[tuple[float, tuple[float, float]]]:
    change = found.change
    loads = [agent.mean for agent in found.agents]
    full = [agent.full for agent in found.agents if agent.maximum is not None]
    return [*loads, *full, found.accuracy, (change.difference, change.interval)]
