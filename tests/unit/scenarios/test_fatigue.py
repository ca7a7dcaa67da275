import numpy as np
import pytest

from core.evaluation.intervals import BootstrapWeights
from core.scenarios.answer import answer
from core.scenarios.fatigue import curve_points, curves_of, most_lost
from core.scenarios.outcomes import as_recorded
from core.scenarios.solution import assign, solve
from tests.unit.scenarios.synthetic import CLASSES, day, scores_of

TIRED = day(3, 200, "cases", A={"comfortable": 50}, AI={"comfortable": 10}, fatigue=2.0)


ALL = np.ones(3)  # everything can be lost: the stated slope alone


def loads(*cases: float) -> np.ndarray:
    return np.array(cases, float)


def test_every_ten_per_cent_beyond_comfort_cost_the_stated_points() -> None:
    curves = curves_of(TIRED, ALL)
    assert curves.at(loads(50, 0, 0))[0] == 0.0
    assert curves.at(loads(55, 0, 0))[0] == pytest.approx(0.02)
    assert curves.at(loads(100, 0, 0))[0] == pytest.approx(0.2)


def test_a_loss_ends_where_it_may() -> None:
    curves = curves_of(TIRED, np.array([0.25, 0.3, 0.4]))
    assert curves.at(loads(10_000, 0, 0))[0] == 0.25
    assert curves.mean(loads(1e9, 0, 0))[0] == pytest.approx(0.25, abs=1e-6)


def test_nobody_falls_below_guessing_and_who_only_guesses_loses_nothing() -> None:
    scores = scores_of(agents=3)
    for cases in (scores.validation, scores.test):
        cases.value[:, 0] = 0.9
        cases.value[:, 1] = 0.2  # of three classes
    most = most_lost(scores)
    assert most[0] == pytest.approx(0.9 - 1 / 3)
    assert most[1] == 0.0
    # A case a day is comfortable and 200 have to be read.
    half = {"comfortable": 1, "minimum": 0.5, "maximum": 0.5}
    tired = solve(day(3, 200, "share", A=half, B=half, fatigue=100.0), scores)
    assert tired.fatigue_loss[0] <= 0.9 - 1 / 3
    assert tired.fatigue_loss[0] == pytest.approx(0.9 - 1 / 3, abs=0.02)
    assert tired.fatigue_loss[1] == 0.0


def test_a_scenario_of_the_most_tiredness_leaves_everybody_guessing() -> None:
    scores = scores_of(agents=4)
    terms = {k: {"comfortable": 0} for k in "ABC"}
    scenario = day(4, 200, **terms, AI={"on_duty": False}, fatigue=100.0)
    found = solve(scenario, scores)
    told = answer(
        found,
        scores,
        BootstrapWeights(400, 20),
        baseline=as_recorded(scores, BootstrapWeights(400, 20)),
        class_index=0,
    )
    for agent in told.agents:
        if agent.accuracy.value is not None and agent.fatigue_loss > 0:
            assert agent.accuracy.value - agent.fatigue_loss / 100 >= 1 / 3 - 1e-9
    assert told.accuracy_with_fatigue is not None
    assert told.accuracy_with_fatigue.value >= 1 / 3 - 1e-9
    assert told.accuracy_with_fatigue.value < told.accuracy.value


def test_the_ai_and_who_has_no_comfortable_load_never_tire() -> None:
    curves = curves_of(TIRED, ALL)
    np.testing.assert_array_equal(curves.at(loads(0, 200, 200))[1:], 0.0)
    assert curves_of(day(3, A={"comfortable": 5}), ALL).flat
    assert curves_of(day(3, fatigue=2.0), ALL).flat


def test_the_mean_is_what_the_cases_of_a_day_lose() -> None:
    curves = curves_of(TIRED, ALL)
    moments = (np.arange(20_000) + 0.5) / 100  # hundredths of a case, up to 200
    lost = curves.at(np.stack([moments, moments * 0, moments * 0], 1))[:, 0]
    for load in (30, 80, 150):
        assert curves.mean(loads(load, 0, 0))[0] == pytest.approx(lost[: load * 100].mean())
    steep = curves_of(day(2, 200, "cases", A={"comfortable": 50}, fatigue=20.0), ALL[:2])
    beyond = np.clip(0.04 * (moments - 50), 0, 1)
    assert steep.mean(loads(150, 0))[0] == pytest.approx(beyond[:15_000].mean(), abs=1e-6)


def test_a_comfortable_load_of_nothing_loses_everything_at_once() -> None:
    curves = curves_of(day(2, 200, "cases", A={"comfortable": 0}, fatigue=1.0), ALL[:2])
    assert curves.mean(loads(10, 0))[0] == pytest.approx(1.0, abs=1e-4)


def test_curve_points_are_for_drawing() -> None:
    load, moment, mean = curve_points(TIRED, "expert A", ALL, 5)
    assert load.tolist() == [0, 50, 100, 150, 200]
    np.testing.assert_allclose(moment, [0, 0, 0.2, 0.4, 0.6])
    np.testing.assert_allclose(mean, [0, 0, 0.05, 0.4 * 100 / 2 / 150, 0.6 * 150 / 2 / 200])


def test_a_tiring_expert_gets_less_and_says_what_is_lost() -> None:
    scores = scores_of()
    rested = day(4, C={"comfortable": 40})
    tired = day(4, C={"comfortable": 40}, fatigue=1.0)
    before, after = solve(rested, scores), solve(tired, scores)
    assert after.prices.workloads[2] < before.prices.workloads[2] - 0.05
    load = np.bincount(after.chosen, minlength=4) / len(after.chosen) * 200
    np.testing.assert_allclose(after.fatigue_loss, curves_of(tired, most_lost(scores)).mean(load))
    assert after.fatigue_loss[2] > 0
    np.testing.assert_array_equal(after.fatigue_loss[[0, 1, 3]], 0.0)
    np.testing.assert_array_equal(before.fatigue_loss, 0.0)


def test_within_comfort_nothing_changes() -> None:
    scores = scores_of()
    terms = {letter: {"comfortable": 200} for letter in "ABC"}
    bounds = {"AI": {"minimum": 0.4, "maximum": 0.4}}
    plain, comfortable = day(4, **bounds), day(4, **terms, **bounds, fatigue=5.0)
    first, second = solve(plain, scores), solve(comfortable, scores)
    np.testing.assert_array_equal(first.chosen, second.chosen)


def test_bounds_hold_exactly_with_tiring_and_the_price_is_used_unseen() -> None:
    scores = scores_of()
    scenario = day(
        4,
        A={"comfortable": 20, "minimum": 0.2},
        B={"comfortable": 30, "maximum": 0.25},
        C={"comfortable": 30},
        AI={"maximum": 0.2},
        fatigue=3.0,
    )
    found = solve(scenario, scores)
    assert found.prices.converged
    chosen = assign(found, scores.validation, CLASSES)
    np.testing.assert_array_equal(np.bincount(chosen, minlength=4) / 300, found.prices.workloads)
    assert found.prices.workloads[0] >= 0.2 - 1e-9
    assert found.prices.workloads[1] <= 0.25 + 1e-9
    assert found.prices.workloads[3] <= 0.2 + 1e-9
    # Inside its bounds an agent's whole price is what its last case loses.
    lost = curves_of(scenario, most_lost(scores)).at(found.prices.workloads * 200)
    assert found.prices.prices[2] == pytest.approx(lost[2], abs=0.01)
