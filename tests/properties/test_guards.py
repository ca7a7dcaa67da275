"""Guard rules hold on every case, whatever the scenario."""

import numpy as np
import pytest

from core.scenarios.guards import permitted
from core.scenarios.settings import AINever, Guard, NoSuspects, ReadByExpert, ScenarioError
from core.scenarios.solution import assign, solve
from tests.unit.scenarios.synthetic import CLASSES, cases_of, day, scores_of

CASES = cases_of(10_000, 4, seed=77)
SCORES = [scores_of(200, 50, seed=seed) for seed in range(3)]


def random_guards(rng: np.random.Generator) -> tuple[Guard, ...]:
    found: list[Guard] = []
    for _ in range(rng.integers(1, 5)):
        risk, calls = rng.choice(CLASSES, 2, replace=False)
        above = float(np.round(rng.random() * 0.9, 3))
        kind = rng.integers(4)
        if kind < 2:
            found.append(AINever(risk=risk, calls=calls if kind else None, above=above))
        elif kind == 2:
            found.append(ReadByExpert(column="site", value=str(rng.choice(["north", "south"]))))
        else:
            expert = f"expert {rng.choice(list('ABC'))}"
            found.append(NoSuspects(expert=expert, suspect=risk, above=above))
    return tuple(found)


def breaks(guard: Guard, chosen: np.ndarray) -> np.ndarray:
    """The rule in its own words, case by case, apart from how it is kept."""
    p, ai = CASES.probabilities, chosen == 3
    match guard:
        case AINever(risk=risk, calls=calls, above=above):
            called = np.array(CLASSES)[CASES.ai_answer]
            wrong = called != risk if calls is None else called == calls
            return ai & wrong & (p[:, CLASSES.index(risk)] > above)
        case ReadByExpert(column=column, value=value):
            return ai & (CASES.groups[column] == value)
        case NoSuspects(expert=expert, suspect=suspect, above=above):
            reader = chosen == "ABC".index(expert[-1])
            return reader & (p[:, CLASSES.index(suspect)] > above)


@pytest.mark.parametrize("seed", range(20))
def test_no_rule_is_broken_on_ten_thousand_cases(seed: int) -> None:
    rng = np.random.default_rng(seed)
    off = {letter: {"on_duty": bool(rng.random() < 0.7)} for letter in "ABC"}
    scenario = day(
        4, **off, AI={"greatest": float(np.round(rng.random(), 2))}, guards=random_guards(rng)
    )
    try:
        found = solve(scenario, SCORES[seed % 3])
    except ScenarioError:
        scenario = day(4, guards=scenario.guards)
        found = solve(scenario, SCORES[seed % 3])
    chosen = assign(found, CASES, CLASSES)
    for guard in scenario.guards:
        assert not breaks(guard, chosen).any()
    for agent, terms in enumerate(scenario.terms):
        assert terms.on_duty or not (chosen == agent).any()
    may = permitted(scenario, CASES, CLASSES)
    np.testing.assert_array_equal(chosen == -1, ~may.any(1))
