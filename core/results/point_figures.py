"""One operating point of a run as mean over seeds: workloads, accuracy per agent and class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from core.dataset.annotation_set import AI
from core.evaluation.intervals import combined_interval, outside
from core.results.figure import Figure
from core.results.models import Interval, Point, RunResult
from core.results.over_seeds import mean_workload, over_seeds


class AgentAt(NamedTuple):
    """An agent at a point.

    Attributes:
      name: of the agent.
      share: of the test cases it gets. lower, upper: its bounds.
      accuracy: on the cases assigned to it, over the seeds that could be measured there.
      cases: test cases that it is based on, mean over seeds.
      elsewhere: whether it is measured on all test cases it annotated, because too few of those
        assigned to it are among them.
      outside: whether it misses its bounds by more than chance explains.
    """

    name: str
    share: Figure
    lower: float
    upper: float
    accuracy: Figure
    cases: int
    elsewhere: bool
    outside: bool


class ClassAt(NamedTuple):
    """A class at a point; `cases` counts its scored decisions, mean over seeds."""

    name: str
    recall: Figure
    specificity: Figure
    cases: int


class Partial(NamedTuple):
    """What is known about a team whose accuracy is unknown.

    Attributes:
      accuracy: of the agents that could be measured, weighted by their workload.
      interval: 95 %, combined from those of the agents.
      share: of the cases that these agents get.
    """

    accuracy: float
    interval: Interval | None
    share: float


class MixUp(NamedTuple):
    """Measured test cases of class `truth` classified as `decided`; `share` is of that class."""

    truth: str
    decided: str
    cases: int
    share: float


@dataclass(frozen=True, kw_only=True, eq=False)
class PointFigures:
    """All figures of a point, as means over the chosen seeds.

    Attributes:
      target: coverage target; None where own bounds were set.
      seeds: of the mean. known_seeds: how many of them could be measured.
      coverage: realised share of the AI, for the validation cases that prices were fitted to and
        the test cases together.
      accuracy: of the team.
      measured: share of test cases whose decision could be scored.
      agents: the experts in order, then the AI. classes: in their order.
      answers: names of the decisions: the classes, then experts' answers that are no classes.
      confusion: counts over the seeds, rows truth, columns decision.
      unmeasured: agents with cases but no annotations to measure them by, at any of the seeds.
      partial: where the team's accuracy is unknown, that of the agents who could be measured.
    """

    target: float | None
    seeds: tuple[int, ...]
    known_seeds: int
    coverage: Figure
    accuracy: Figure
    measured: float
    agents: tuple[AgentAt, ...]
    classes: tuple[ClassAt, ...]
    answers: tuple[str, ...]
    confusion: Int[np.ndarray, "C A"]
    unmeasured: tuple[str, ...]
    partial: Partial | None

    @property
    def counted_right(self) -> np.ndarray:
        """Per class, the share of the counted cases that is decided right; NaN without any."""
        total = self.confusion.sum(axis=1)
        empty = np.full(len(total), np.nan)
        return np.divide(self.confusion.diagonal(), total, out=empty, where=total > 0)

    def mix_ups(self) -> list[MixUp]:
        """Wrong decisions, the most common first."""
        names, counts = self.answers, self.confusion
        found = [
            MixUp(names[i], names[j], int(counts[i, j]), float(counts[i, j] / counts[i].sum()))
            for i, j in zip(*counts.nonzero(), strict=True)
            if i != j
        ]
        return sorted(found, key=lambda one: -one.cases)


def point_figures(
    result: RunResult, rule: str, target: float | None, only_seed: int | None = None
) -> PointFigures:
    """The point of one rule at one target, as mean over seeds or of one seed.

    Raises:
      KeyError: the run has no such point.
    """
    points = result.at(rule, target, None if only_seed is None else (only_seed,))
    if not points:
        raise KeyError(f"no point of rule {rule} at target {target}")
    agents = tuple(_agent(result, rule, points, agent) for agent in result.agents)
    accuracy = over_seeds([point.figure for point in points])
    return PointFigures(
        target=target,
        seeds=tuple(point.seed for point in points),
        known_seeds=sum(point.accuracy is not None for point in points),
        coverage=_workload(result, rule, points, AI, [point.coverage for point in points]),
        accuracy=accuracy,
        measured=float(np.mean([point.measured_share for point in points])),
        agents=agents,
        classes=tuple(_class(name, points) for name in result.classes),
        answers=result.answers,
        confusion=np.sum([np.asarray(point.confusion, int) for point in points], axis=0),
        unmeasured=tuple(a for a in result.agents if any(_in_the_dark(p, a) for p in points)),
        partial=None if accuracy.known else _partial(agents),
    )


def best_target(result: RunResult, rule: str) -> float | None:
    """The target that is most accurate on *validation* cases: no test case is used to choose it."""
    scores = {}
    for target in result.targets:
        found = [point.validation.accuracy for point in result.at(rule, target)]
        if known := [accuracy for accuracy in found if accuracy is not None]:
            scores[target] = float(np.mean(known))
    return max(scores, key=lambda target: scores[target]) if scores else result.targets[0]


def _agent(result: RunResult, rule: str, points: Sequence[Point], agent: str) -> AgentAt:
    share = _workload(result, rule, points, agent, [point.workload[agent] for point in points])
    lower, upper = np.mean([point.bounds[agent] for point in points], axis=0)
    entries = [point.agent_accuracy[agent] for point in points]
    # Prefer seeds that could be measured on assigned cases.
    own = [entry for entry in entries if entry.cases and entry.measured_on == "handed"]
    accuracy = over_seeds([entry.figure for entry in own or entries])
    return AgentAt(
        name=agent,
        share=share,
        lower=float(lower),
        upper=float(upper),
        accuracy=accuracy,
        cases=round(float(np.mean([entry.cases for entry in own or entries]))),
        elsewhere=not own and accuracy.known,
        outside=share.interval is not None and outside(share.interval, lower, upper),
    )


def _workload(
    result: RunResult, rule: str, points: Sequence[Point], agent: str, shares: Sequence[float]
) -> Figure:
    return mean_workload(shares, result.cases, rule, [point.worth(agent) for point in points])


def _class(name: str, points: Sequence[Point]) -> ClassAt:
    return ClassAt(
        name=name,
        recall=over_seeds([point.recall[name].figure for point in points]),
        specificity=over_seeds([point.specificity[name].figure for point in points]),
        cases=round(float(np.mean([point.recall[name].cases for point in points]))),
    )


def _in_the_dark(point: Point, agent: str) -> bool:
    """Whether the agent has cases but no annotations to measure it by."""
    return point.workload[agent] > 0 and point.agent_accuracy[agent].accuracy is None


def _partial(agents: Sequence[AgentAt]) -> Partial | None:
    """Workload-weighted accuracy of the agents that could be measured."""
    values, weights, parts = [], [], []
    for agent in agents:
        if agent.accuracy.value is not None and agent.share.value:
            values.append(agent.accuracy.value)
            weights.append(agent.share.value)
            if agent.accuracy.interval is not None:
                parts.append((agent.accuracy.value, *agent.accuracy.interval))
    if not values:
        return None
    interval = combined_interval(parts, weights) if len(parts) == len(values) else None
    return Partial(float(np.average(values, weights=weights)), interval, sum(weights))
