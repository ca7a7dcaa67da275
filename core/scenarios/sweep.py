"""Accuracy as one setting of a scenario varies, everything else fixed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from core.dataset.annotation_set import AI
from core.evaluation.intervals import BootstrapWeights
from core.results.figure import Figure
from core.scenarios.amount import Amount
from core.scenarios.feasible import examine
from core.scenarios.outcomes import outcome_of
from core.scenarios.scores import Scores
from core.scenarios.settings import MOST_CASES, Scenario, ScenarioError
from core.scenarios.solution import Solution, solve

Kind = Literal["ai_share", "maximum", "minimum", "comfortable", "fatigue", "cases_per_day"]

SETTINGS: Mapping[Kind, str] = MappingProxyType(
    {
        "ai_share": "The AI's share",
        "maximum": "An agent's maximum",
        "minimum": "An agent's minimum",
        "comfortable": "An agent's comfortable load",
        "fatigue": "Points lost to fatigue",
        "cases_per_day": "Cases per day",
    }
)
PER_AGENT: frozenset[Kind] = frozenset({"maximum", "minimum", "comfortable"})
POINTS = 21


class Setting(NamedTuple):
    """The setting that is varied.

    Attributes:
      kind: of `SETTINGS`. agent: for kinds in `PER_AGENT`.
    """

    kind: Kind
    agent: str | None = None

    def on(self, scenario: Scenario, value: float) -> Scenario:
        """The scenario with the setting at a value.

        Args:
          scenario: everything else.
          value: a share for the AI's share; cases for cases per day and comfortable loads; points
            for fatigue; for maximum and minimum in the scenario's unit.

        Raises:
          ScenarioError: the value is invalid. KeyError: there is no such agent.
        """
        if self.kind == "cases_per_day":
            return replace(scenario, cases_per_day=round(value))
        if self.kind == "fatigue":
            return replace(scenario, fatigue=value)
        if self.kind == "ai_share":
            each = Amount(value)
            return scenario.with_terms(AI, on_duty=True, minimum=each, maximum=each)
        if self.agent is None:
            raise ScenarioError(f"{SETTINGS[self.kind]} needs an agent; name one")
        terms = dict(scenario.agents).get(self.agent)
        if self.kind == "comfortable" or terms is None:
            return scenario.with_terms(self.agent, **{self.kind: value})
        each = Amount(value, scenario.unit)
        # The other bound moves too: a sweep of one bound should not stop at the other.
        terms = terms.moved(self.kind, each, scenario.cases_per_day)
        return scenario.having(self.agent, terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """One point of a sweep.

    Attributes:
      value: of the setting.
      accuracy: of the team. coverage: the AI's share of the test cases, None without a solution.
      why: why it is infeasible, empty where it is feasible.
    """

    value: float
    accuracy: Figure
    coverage: float | None
    why: str = ""


def values_of(scenario: Scenario, setting: Setting, points: int = POINTS) -> tuple[float, ...]:
    """Default values for a sweep of this setting, in its own unit."""
    cases = float(scenario.cases_per_day)
    top: float = 1.0 if scenario.unit == "share" else cases
    low, high = {
        "ai_share": (0.0, 1.0),
        "maximum": (0.0, top),
        "minimum": (0.0, top),
        "comfortable": (0.0, cases),
        "fatigue": (0.0, 10.0),
        "cases_per_day": (max(cases / 2, 1.0), min(2 * cases, float(MOST_CASES))),
    }[setting.kind]
    grid = np.linspace(low, high, points)
    if setting.kind == "cases_per_day":
        return tuple(float(v) for v in np.unique(np.round(grid)))
    return tuple(round(float(v), 9) for v in grid)


def sweep(
    scenario: Scenario,
    scores: Scores,
    weights: BootstrapWeights,
    setting: Setting,
    values: Sequence[float] | None = None,
    start: Solution | None = None,
) -> Iterator[SweepRow]:
    """Accuracy at each value, row by row; each fit starts from the previous one's prices.

    Args:
      scenario: everything else.
      scores: of one trained model.
      weights: of resamples of the test cases; the same for all rows.
      setting: to vary.
      values: of it, in order; `values_of` by default.
      start: solution of a scenario near the first value, for speed only.
    """
    before = start
    for value in values_of(scenario, setting) if values is None else values:
        try:
            there = setting.on(scenario, value)
            # The same check as for a single scenario: a test case that nobody may take makes it
            # infeasible too.
            found = examine(there, scores)
            why = "" if found is None else found.reason
        except ScenarioError as error:
            why = str(error)
        if why:
            yield SweepRow(value=value, accuracy=Figure(None, None), coverage=None, why=why)
            continue
        before = solution = solve(there, scores, start=before)
        outcome = outcome_of(solution, scores, weights)
        yield SweepRow(value=value, accuracy=outcome.accuracy, coverage=float(outcome.workload[-1]))
