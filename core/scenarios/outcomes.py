"""Measured outcomes on the test cases: of a scenario, of current practice, of the AI alone.

All are measured on the same resamples, so any two can be compared case by case. An outcome that
assigns each case to one agent is measured by `core.evaluation.team`. Two baselines draw the agent
of a case at random; they are the mean of the same estimator over those draws:

- as recorded: each annotated case is decided by one of its annotators, AIs not among them. A
  decision of one of k annotators counts 1/k.
- equal: M people on duty get n/M cases each at random, each as accurate as on all cases it
  annotated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from core.evaluation.classes import (
    ClassReplicates,
    Share,
    Tally,
    missed,
    resample_class,
    sensitivity,
    specificity,
    tally,
)
from core.evaluation.intervals import BootstrapWeights, percentile_interval
from core.evaluation.team import Team, handed, resample, team_of
from core.results.figure import Figure
from core.scenarios.mixture import Mixture
from core.scenarios.scores import Scores
from core.scenarios.solution import Solution

BASELINES: Mapping[str, str] = MappingProxyType(
    {
        "as_recorded": "Today's practice: as recorded, by whoever annotated a case",
        "equal": "Every expert on duty the same share, no AI",
        "ai_alone": "The AI alone",
    }
)


class ClassOutcome(NamedTuple):
    """How one class is decided.

    Attributes:
      sensitivity: of the cases of the class, the share decided as it.
      specificity: of the others, the share decided as something else.
      missed: of all cases, the share that is of the class and decided as something else.
      replicates: of the three, on the outcome's resamples.
    """

    sensitivity: Share
    specificity: Share
    missed: Share
    replicates: ClassReplicates


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """One way to decide the test cases, and what was measured.

    Attributes:
      name: of the scenario, or one of `BASELINES`.
      scores: with the test cases. weights: of the resamples; figures of a class are computed from
        them on first use.
      accuracy: of the team.
      replicates: its accuracy on each resample, for paired differences.
      workload: share of the cases per agent, the AI last.
      chosen: agent per case, −1 for nobody; None where cases are not assigned to single agents.
      team: of the cases an agent takes; None where cases are not assigned to single agents.
      measured: share of the test cases whose decision could be scored.
      unplaced: share of the test cases that nobody may take.
    """

    name: str
    scores: Scores
    weights: BootstrapWeights
    accuracy: Figure
    replicates: Float[np.ndarray, " R"]
    workload: Float[np.ndarray, " K"]
    chosen: Int[np.ndarray, " n"] | None
    team: Team | None
    measured: float
    unplaced: float
    _mixture: Mixture | None = None
    _classes: dict[int, ClassOutcome] = field(default_factory=dict, repr=False)

    @property
    def chances(self) -> Float[np.ndarray, "n K"]:
        """Probability that each agent takes each test case; a row of zeros where nobody does."""
        if self.chosen is not None:
            return (self.chosen[:, None] == np.arange(len(self.workload))).astype(float)
        if self._mixture is not None and self._mixture.pooled:
            return np.pad(self._mixture.pairs, ((0, 0), (0, 1)))
        return np.tile(self.workload, (len(self.scores.truth), 1))

    def of_class(self, c: int) -> ClassOutcome:
        """Its figures for class c, cached."""
        if c not in self._classes:
            found = self._handed_class(c) if self._mixture is None else self._mixed_class(c)
            self._classes[c] = found
        return self._classes[c]

    def _handed_class(self, c: int) -> ClassOutcome:
        assert self.team is not None
        assert self.chosen is not None
        cases = _Cases.of(self.scores, self.chosen, self.weights)
        counted = tally(self.team, *cases.known, len(self.scores.classes), cases.patients)
        drawn = resample_class(self.team, *cases.known, c, cases.weights)
        return _class_outcome(counted, c, drawn)

    def _mixed_class(self, c: int) -> ClassOutcome:
        assert self._mixture is not None
        counted = self._mixture.tally(self.scores)
        return _class_outcome(
            counted, c, self._mixture.resample_class(self.scores, c, self.weights)
        )


def outcome_of(
    solution: Solution, scores: Scores, weights: BootstrapWeights, class_index: int | None = None
) -> Outcome:
    """Measures a scenario's solution.

    Args:
      solution: of `scores`.
      scores: the test cases.
      weights: of resamples of the test cases.
      class_index: a class whose figures are computed in the same pass.
    """
    name = solution.scenario.name
    return measure(name, solution.chosen, scores, weights, class_index)


def measure(
    name: str,
    chosen: Int[np.ndarray, " n"],
    scores: Scores,
    weights: BootstrapWeights,
    class_index: int | None = None,
) -> Outcome:
    """Measures any assignment of every test case to one agent.

    Args:
      name: of the outcome.
      chosen: agent per test case, the AI last; −1 for nobody.
      scores: the test cases.
      weights: of resamples of the test cases.
      class_index: a class whose figures are computed too.
    """
    cases = _Cases.of(scores, chosen, weights)
    n, placed = len(chosen), len(cases.chosen)
    team = team_of(cases.chosen, cases.ai_answer, *cases.known[1:])
    c = -1 if class_index is None else class_index
    counted = handed(team, cases.chosen, cases.known[1], cases.weights, c)
    replicates = resample(team, *cases.known, cases.weights, counted).accuracy
    found = Outcome(
        name=name,
        scores=scores,
        weights=weights,
        accuracy=_figure(team.accuracy, replicates),
        replicates=replicates,
        workload=team.workload * (placed / max(n, 1)),
        chosen=chosen,
        team=team,
        measured=float(team.measured.sum()) / max(n, 1),
        unplaced=1.0 - placed / n if n else 0.0,
    )
    if class_index is not None:
        tallied = tally(team, *cases.known, len(scores.classes), cases.patients)
        drawn = resample_class(team, *cases.known, c, cases.weights, counted)
        found._classes[c] = _class_outcome(tallied, c, drawn)
    return found


def ai_alone(scores: Scores, weights: BootstrapWeights) -> Outcome:
    """The AI decides every case."""
    chosen = np.full(len(scores.truth), len(scores.agents) - 1)
    return measure("ai_alone", chosen, scores, weights)


def as_recorded(scores: Scores, weights: BootstrapWeights) -> Outcome:
    """Each case decided by one of the people who annotated it, all equally likely.

    What AIs say is no practice. Cases that nobody annotated are left out of all figures; `measured`
    is the share of the others.
    """
    made = scores.by_people.sum(1)
    pairs = scores.by_people / np.maximum(made, 1)[:, None]
    some = int((made > 0).sum())
    workload = pairs.sum(0) / max(some, 1)
    measured = some / max(len(made), 1)
    return _mixed("as_recorded", Mixture(pairs, pooled=True), workload, measured, scores, weights)


def equal(scores: Scores, weights: BootstrapWeights, on: Bool[np.ndarray, " M"]) -> Outcome:
    """Every expert on duty gets the same share of the cases at random, AIs none.

    The mean of the experts' accuracies, each on all cases it annotated; not measured where one of
    them annotated no cases.

    Args:
      scores: the test cases.
      weights: of resamples of the test cases.
      on: experts on duty; those that are AIs do not count.
    """
    on = on & np.array([name not in scores.machines for name in scores.agents[:-1]], bool)
    pairs = scores.annotated[:, on].astype(float)
    # A random expert's decision of a random case is known as often as that expert annotates.
    measured = float(pairs.mean()) if pairs.size else 0.0
    mixture = Mixture(pairs, pooled=False, columns=np.flatnonzero(on))
    return _mixed("equal", mixture, on / max(int(on.sum()), 1), measured, scores, weights)


def _mixed(
    name: str,
    mixture: Mixture,
    workload: Float[np.ndarray, " M"],
    measured: float,
    scores: Scores,
    weights: BootstrapWeights,
) -> Outcome:
    accuracy, replicates = mixture.accuracy(scores, weights)
    return Outcome(
        name=name,
        scores=scores,
        weights=weights,
        accuracy=_figure(accuracy, replicates),
        replicates=replicates,
        workload=np.append(workload, 0.0),
        chosen=None,
        team=None,
        measured=measured,
        unplaced=0.0,
        _mixture=mixture,
    )


class _Cases(NamedTuple):
    """The test cases an agent takes, with the resamples restricted to them."""

    chosen: np.ndarray
    ai_answer: np.ndarray
    truth: np.ndarray
    annotations: np.ndarray
    annotated: np.ndarray
    weights: BootstrapWeights
    patients: np.ndarray | None

    @classmethod
    def of(cls, scores: Scores, chosen: np.ndarray, weights: BootstrapWeights) -> "_Cases":
        whole = cls(
            chosen,
            scores.test.ai_answer,
            scores.truth,
            scores.annotations,
            scores.annotated,
            weights,
            scores.patients,
        )
        if not (chosen < 0).any():
            return whole
        rows = np.flatnonzero(chosen >= 0)
        known = whole.known
        chosen, truth, annotations, annotated = (part[rows] for part in known)
        answer = whole.ai_answer[rows]
        part, patients = weights.among(rows), whole.patients
        patients = None if patients is None else patients[rows]
        return cls(chosen, answer, truth, annotations, annotated, part, patients)

    @property
    def known(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        return self.chosen, self.truth, self.annotations, self.annotated


def _class_outcome(counted: Tally, c: int, drawn: ClassReplicates) -> ClassOutcome:
    return ClassOutcome(sensitivity(counted, c), specificity(counted, c), missed(counted, c), drawn)


def _figure(value: float | None, replicates: np.ndarray) -> Figure:
    return Figure(value, None if value is None else percentile_interval(replicates))
