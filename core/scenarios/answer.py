"""A scenario's answer: every figure the workload table shows, with its interval.

Figures are measured on the test cases by the same estimator as everywhere (`core.evaluation.team`,
`core.evaluation.classes`): nothing is imputed. What a scenario merely assumes, fatigue, is
kept beside them and never mixed into them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from core.evaluation.intervals import (
    SHOWN,
    SHOWN_AREA,
    BootstrapWeights,
    Difference,
    fitted_interval,
    outside,
    paired_difference,
)
from core.evaluation.team import agent_intervals, workload_cases
from core.results.figure import Figure
from core.scenarios.groups import GroupColumn, group_columns
from core.scenarios.outcomes import ClassOutcome, Outcome, outcome_of
from core.scenarios.promise import coming
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario
from core.scenarios.solution import Solution
from core.scenarios.worth import capacity_worth


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAnswer:
    """What a scenario means for one agent.

    Attributes:
      name: of the agent.
      on_duty: whether it takes cases at all.
      share: of the test cases it gets, in [0, 1].
      share_interval: 95 % of that share, for the validation cases that prices were fitted to and
        the test cases together (`fitted_interval`); off duty exactly (0, 0).
      coming: 95 % prediction interval for its share of the upcoming n cases.
      lower: minimum share. upper: maximum share.
      cases: per day, at `share`. minutes: per day. cost: per day.
      accuracy: on the test cases assigned to it that it annotated (all it annotated where those
        are fewer than five), Wilson's interval; without a value where it cannot be measured or
        gets no cases.
      measured_cases: on how many.
      everywhere: whether it was measured on all cases it annotated, because too few of those
        are assigned to it.
      fatigue_loss: percentage points of accuracy lost per case to fatigue, as the scenario assumes;
        0 without fatigue.
      worth: percentage points of expected team accuracy gained by raising its maximum by one case a
        day; 0 where its maximum is not binding.
      outside: whether `share_interval` lies outside the bounds.
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
    fatigue_loss: float
    worth: float
    outside: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """All figures of one scenario, beside those of a baseline on the same resamples.

    Attributes:
      scenario: what was asked. solution: how it is met.
      outcome: the scenario measured; another answer's baseline.
      baseline: what the changes are against.
      class_index: the class of sensitivity, specificity and misses.
      accuracy: of the team.
      accuracy_with_fatigue: the same less the loss to fatigue that the scenario assumes; None
        without fatigue.
      change: of the accuracy against the baseline, paired by case; None where one of the two
        cannot be measured. The other changes likewise.
      sensitivity: of the cases of the class, the share decided as it.
      specificity: of all other cases, the share decided as something else.
      misses: cases of the class decided as something else, per 1,000 cases.
      misses_change: in cases per 1,000.
      agents: experts first, the AI last.
      moved: test cases that go to a different agent than in the baseline; None where the baseline
        does not assign cases to single agents.
      groups: accuracy and deferral rate per group column.
      unplaced: share of the test cases that nobody may take; they are in no figure but this.
      measured: share of the test cases whose decision could be scored.
      coming_cases: n of every agent's `coming`.
      minutes: per day, of all agents. cost: per day.
    """

    scenario: Scenario
    solution: Solution
    outcome: Outcome
    baseline: Outcome
    class_index: int
    accuracy: Figure
    accuracy_with_fatigue: Figure | None
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


def answer(
    solution: Solution,
    scores: Scores,
    weights: BootstrapWeights,
    *,
    baseline: Outcome,
    class_index: int,
    coming_cases: int | None = None,
) -> Answer:
    """Every figure of a solved scenario.

    Args:
      solution: of `scores`.
      scores: of one trained model.
      weights: of resamples of the test cases, those the baseline was measured with.
      baseline: what to compare with (`core.scenarios.outcomes`).
      class_index: the class of sensitivity, specificity and misses.
      coming_cases: how many upcoming cases the prediction intervals are for; a day's cases by
        default.

    Raises:
      ValueError: the baseline was measured on other resamples.
    """
    if len(baseline.replicates) != weights.resamples or baseline.weights != weights:
        raise ValueError("the baseline was measured on other resamples; measure it on these")
    outcome = outcome_of(solution, scores, weights, class_index)
    ours, theirs = outcome.of_class(class_index), baseline.of_class(class_index)
    ahead = coming_cases or solution.scenario.cases_per_day
    lost = _lost(solution, outcome, len(scores.classes))
    agents = _agents(solution, scores, outcome, ahead, lost)

    def change(name: str, scale: float = 1.0) -> Difference | None:
        if not (outcome.accuracy.known and baseline.accuracy.known):
            return None  # part of a team cannot be compared with a whole one
        first, second = figure(name, ours, scale).value, figure(name, theirs, scale).value
        drawn = [scale * getattr(one.replicates, name) for one in (ours, theirs)]
        # Percentages and cases per 1,000 are both shown with one decimal.
        step = SHOWN if scale == 1.0 else SHOWN_AREA
        return paired_difference(first, second, drawn[0], drawn[1], step)

    def figure(name: str, one: ClassOutcome = ours, scale: float = 1.0) -> Figure:
        share = getattr(one, name)
        return Figure(share.share, share.interval).times(scale)

    return Answer(
        scenario=solution.scenario,
        solution=solution,
        outcome=outcome,
        baseline=baseline,
        class_index=class_index,
        accuracy=outcome.accuracy,
        accuracy_with_fatigue=_with_fatigue(solution, outcome, lost),
        change=paired_difference(
            outcome.accuracy.value,
            baseline.accuracy.value,
            outcome.replicates,
            baseline.replicates,
        ),
        sensitivity=figure("sensitivity"),
        sensitivity_change=change("sensitivity"),
        specificity=figure("specificity"),
        specificity_change=change("specificity"),
        misses=figure("missed", scale=1000.0),
        misses_change=change("missed", 1000.0),
        agents=agents,
        moved=None if baseline.chosen is None else baseline.chosen != solution.chosen,
        groups=group_columns(scores, outcome),
        unplaced=outcome.unplaced,
        measured=outcome.measured,
        coming_cases=ahead,
        minutes=sum(agent.minutes for agent in agents),
        cost=sum(agent.cost for agent in agents),
    )


def _agents(
    solution: Solution,
    scores: Scores,
    outcome: Outcome,
    ahead: int,
    lost: Float[np.ndarray, " K"],
) -> tuple[AgentAnswer, ...]:

    team = outcome.team
    assert team is not None
    promised = coming(solution, scores, ahead)
    worth = capacity_worth(solution, scores)
    seen = workload_intervals(solution, outcome.workload, scores)
    placed = np.flatnonzero(solution.chosen >= 0)
    patients = None if scores.patients is None else scores.patients[placed]
    ends = agent_intervals(
        team,
        solution.chosen[placed],
        scores.truth[placed],
        scores.annotations[placed],
        scores.annotated[placed],
        patients,
    )
    rows = []
    for k, (name, terms) in enumerate(solution.scenario.agents):
        share, of = float(outcome.workload[k]), int(team.cases[k])
        cases = share * solution.scenario.cases_per_day
        known = of > 0 and share > 0
        right = int(team.right[k])
        rows.append(
            AgentAnswer(
                name=name,
                on_duty=terms.on_duty,
                share=share,
                share_interval=seen[k],
                coming=(float(promised[k, 0]), float(promised[k, 1])),
                lower=float(solution.lower[k]),
                upper=float(solution.upper[k]),
                cases=cases,
                minutes=cases * terms.minutes,
                cost=cases * terms.cost,
                accuracy=Figure(right / of, ends[k]) if known else Figure(None, None),
                measured_cases=of,
                everywhere=bool(team.everywhere[k]),
                fatigue_loss=100.0 * float(lost[k]),
                worth=float(worth[k]),
                outside=outside(seen[k], solution.lower[k], solution.upper[k]),
            )
        )
    return tuple(rows)


def workload_intervals(
    solution: Solution, share: Float[np.ndarray, " K"], scores: Scores
) -> list[tuple[float, float]]:
    """95 % interval of each workload, for the fit of the prices and the test cases together.

    Args:
      solution: whose prices brought the workloads about.
      share: realised workloads.
      scores: the prices were fitted to its validation cases and used on its test cases.

    Returns:
      `fitted_interval` of each, with as many independent cases as the test cases of patients are
      worth, and as large a part of the validation cases; (0, 0) off duty.
    """
    worth = workload_cases(solution.chosen, len(share), scores.patients)
    validation, test = len(scores.validation), max(len(scores.test), 1)
    return [
        fitted_interval(float(one), validation * (n / test), n) if terms.on_duty else (0.0, 0.0)
        for one, n, terms in zip(share, worth, solution.scenario.terms, strict=True)
    ]


def _lost(solution: Solution, outcome: Outcome, classes: int) -> Float[np.ndarray, " K"]:
    """Accuracy lost per case to fatigue, capped so that no measured accuracy falls below guessing.

    An agent assigned harder cases than average has less to lose than the scenario assumes.
    """
    team = outcome.team
    assert team is not None
    measured = np.where(team.cases > 0, team.right / np.maximum(team.cases, 1), 1.0)
    return np.minimum(solution.fatigue_loss, np.clip(measured - 1.0 / classes, 0.0, None))


def _with_fatigue(
    solution: Solution, outcome: Outcome, lost: Float[np.ndarray, " K"]
) -> Figure | None:
    """The accuracy less Σ workload · loss: a stated assumption, so no sample widens it."""
    if solution.scenario.fatigue is None:
        return None
    placed = max(1.0 - outcome.unplaced, 1e-12)
    return outcome.accuracy.less(float(outcome.workload @ lost) / placed)
