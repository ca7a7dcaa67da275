"""A scenario's answer: every figure the workload table shows, with what a sample can say of it.

Figures are measured on the test cases by the house's one estimator (`core.evaluation.team`,
`core.evaluation.classes`): nothing is filled in. What a scenario merely assumes, tiredness, is
kept beside them and never mixed into them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from core.evaluation.intervals import Difference
from core.scenarios.figure import Figure
from core.scenarios.groups import GroupColumn
from core.scenarios.outcomes import Outcome
from core.scenarios.settings import Scenario

if TYPE_CHECKING:
    from core.scenarios.solution import Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAnswer:
    """What a scenario means for one agent.

    Attributes:
      name: of the agent.
      on_duty: whether it takes cases at all.
      share: of the test cases it gets, in [0, 1].
      share_interval: 95 %, Wilson's, of that share.
      coming: low and high share between which its workload of the coming n cases will lie.
      lower: least share it was to get. upper: greatest.
      cases: per day, at `share`. minutes: per day. cost: per day.
      accuracy: on the test cases handed to it that it annotated (all it annotated where those
        are fewer than five), Wilson's interval; without a value where it cannot be measured or
        gets nothing.
      measured_cases: on how many.
      everywhere: whether it was measured on all it annotated, having too few handed to it.
      tired: points of accuracy (per cent) lost per case by tiring, as the scenario assumes;
        0 where nobody tires.
      worth: points of expected team accuracy (per cent) that one more case a day of its greatest
        is worth; 0 where its greatest does not bind.
      outside: whether `share` breaches its bounds by more than 0.02 + 2 standard errors.
    """

    name: str
    on_duty: bool
    share: float
    share_interval: tuple[float, float]
    coming: tuple[float, float]
    lower: float
    upper: float
    cases: float
    minutes: float
    cost: float
    accuracy: Figure
    measured_cases: int
    everywhere: bool
    tired: float
    worth: float
    outside: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """All figures of one scenario, beside those of a baseline on the same resamples.

    Attributes:
      scenario: what was asked. solution: how it is met.
      outcome: the scenario measured; another answer's baseline.
      baseline: what the changes are against.
      class_index: of the class that sensitivity, specificity and misses tell of.
      accuracy: of the team.
      accuracy_tired: the same less what the scenario assumes tiring to cost; None: nobody tires.
      change: of the accuracy against the baseline, paired by case; None where one of the two
        cannot be measured. So are the other changes.
      sensitivity: of the cases of the class, the share decided as it.
      specificity: of all other cases, the share decided as something else.
      misses: cases of the class decided as something else, per 1,000 cases.
      misses_change: in cases per 1,000.
      agents: experts first, the AI last.
      moved: test cases that go to somebody else than in the baseline; None where the baseline
        hands nobody in particular a case.
      groups: accuracy and deferral rate per group column.
      unplaced: share of the test cases that nobody may take; they are in no figure but this.
      measured: share of the test cases whose decision could be scored.
      coming_cases: n of every agent's `coming`.
      minutes: per day, of everybody. cost: per day.
    """

    scenario: Scenario
    solution: "Solution"
    outcome: Outcome
    baseline: Outcome
    class_index: int
    accuracy: Figure
    accuracy_tired: Figure | None
    change: Difference | None
    sensitivity: Figure
    sensitivity_change: Difference | None
    specificity: Figure
    specificity_change: Difference | None
    misses: Figure
    misses_change: Difference | None
    agents: tuple[AgentAnswer, ...]
    moved: Bool[np.ndarray, " n"] | None
    groups: tuple[GroupColumn, ...]
    unplaced: float
    measured: float
    coming_cases: int
    minutes: float
    cost: float
