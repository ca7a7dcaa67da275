"""Any scenario is either met on validation cases, case by case, or explained and mended."""

from dataclasses import replace

import numpy as np
import pytest

from core.allocation.problem import whole_cases
from core.scenarios.amount import NOTHING, Amount
from core.scenarios.feasible import shares
from core.scenarios.guards import permitted
from core.scenarios.nearest import obstacle
from core.scenarios.settings import AINever, NoSuspects, ReadByExpert, Scenario
from core.scenarios.solution import assign, solve
from tests.unit.scenarios.synthetic import CLASSES, day, scores_of

SCORES = scores_of(90, 60, 4, seed=5)


def random_scenario(rng: np.random.Generator) -> Scenario:
    unit = str(rng.choice(["share", "cases"]))
    cases = int(rng.integers(10, 300))
    terms = {}
    for name in ("A", "B", "C", "AI"):
        minimum, maximum = np.sort(rng.random(2) * [0.5, 0.6])
        if unit == "cases":
            minimum, maximum = np.floor(minimum * cases), np.ceil(maximum * cases)
        terms[name] = {
            "on_duty": bool(rng.random() < 0.7),
            "minimum": float(minimum) if rng.random() < 0.5 else 0.0,
            "maximum": float(maximum) if rng.random() < 0.7 else None,
            "comfortable": float(rng.integers(1, 50)) if rng.random() < 0.5 else None,
        }
    rules = (
        ReadByExpert(column="site", value="north"),
        AINever(risk="cancer", calls="normal", above=0.05),
        NoSuspects(expert="expert A", suspect="benign", above=0.3),
        NoSuspects(expert="expert C", suspect="normal", above=0.2),
    )
    kept = tuple(rule for rule in rules if rng.random() < 0.4)
    fatigue = 1.0 if rng.random() < 0.3 else None
    return day(4, cases, unit, **terms, guards=kept, fatigue=fatigue)


def in_two_units(scenario: Scenario, rng: np.random.Generator) -> Scenario:
    """The same bounds, some of them in the other unit; each is rounded as people round."""
    day = scenario.cases_per_day

    def other(bound: Amount | None) -> Amount | None:
        if bound is None or rng.random() < 0.5:
            return bound
        if bound.unit == "share":
            return Amount(float(round(bound.cases(day))), "cases")
        return Amount(round(bound.share(day), 3))

    for name, terms in scenario.agents:
        terms = replace(terms, minimum=NOTHING, maximum=other(terms.maximum)).moved(
            "minimum", other(terms.minimum), day
        )
        scenario = scenario.having(name, terms)
    return scenario


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_met_to_the_case_or_explained_with_one_that_is(seed: int, mixed: bool) -> None:
    scenario = random_scenario(np.random.default_rng(seed))
    if mixed:
        scenario = in_two_units(scenario, np.random.default_rng(seed))
    found = obstacle(scenario, SCORES)
    if found is not None:
        assert found.placed <= found.cases == scenario.cases_per_day
        assert found.nearest is not None
        assert found.fix
        assert found.nearest.guards == scenario.guards
        scenario = found.nearest
        assert obstacle(scenario, SCORES) is None
    solution = solve(scenario, SCORES)
    chosen = assign(solution, SCORES.validation, CLASSES)
    load = np.bincount(chosen, minlength=4)
    least, most = whole_cases(*shares(scenario), 90)
    assert (least <= load).all()
    assert (load <= most).all()
    assert permitted(scenario, SCORES.validation, CLASSES)[np.arange(90), chosen].all()
