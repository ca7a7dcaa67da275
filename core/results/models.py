"""The result of a run: the one definition of its JSON.

The command line prints it, a run's folder keeps it, and the pages read it. Shares and accuracies
are in [0, 1], areas and their differences × 100, times in seconds; every interval is 95 %. None
means that a value could not be measured.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.dataset.annotation_set import AI
from core.methods.rules import ordered
from core.results.figure import Figure

VERSION: Literal[1] = 1  # of the JSON; see `core.results.stored` for others
Interval = tuple[float, float]
Shares = dict[str, float]  # per agent


class Part(BaseModel):
    """A part of a result: frozen, without unknown or missing fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        # Unset fields are those that only some points have, such as `Against.rule`.
        return self.model_dump(mode="json", exclude_unset=True)


class ByConsensus(Part):
    """Where the ground truth is a consensus of the experts; `core.dataset.consensus`.

    Attributes:
      method: `majority`, `dawid-skene` or `crowdlab`.
      cases: whose truth is the consensus. of: all cases of the set.
      confidence: mean probability that it is right, if experts err independently.
      checked: cases with a known truth on which it was checked. agreed: of these, right.
      checked_worth: independent cases that they are worth; unset where no patients are known.
    """

    method: str
    cases: int
    of: int
    confidence: float
    checked: int
    agreed: int
    checked_worth: float | None = None


class Dataset(Part):
    """The data set of a run.

    Attributes:
      test_cases: `core.evaluation.areas.cases_key`.
      consensus: unset where the ground truth is known for all cases.
      machines: experts that are AIs, too; unset without any.
    """

    name: str
    content_hash: str
    simulated: bool
    test_cases: str
    consensus: ByConsensus | None = None
    machines: tuple[str, ...] = ()


class Cases(Part):
    """How many cases each split has; of the first seed where seeds differ.

    `patients` counts those of the test cases, unset where none are known.
    """

    train: int
    validation: int
    test: int
    patients: int | None = None


class RuleArea(Part):
    """AUC-CAC of a rule: mean over seeds, and every seed's."""

    mean: float | None
    interval: Interval | None
    per_seed: tuple[float | None, ...]


class Paired(Part):
    """The difference of two figures on the same cases."""

    difference: float
    interval: Interval | None
    distinguishable: bool


class PairedWith(Paired):
    """The same, with the name of what was compared with: an expert or a rule."""

    name: str


class Against(Part):
    """A point's accuracy minus that of the AI alone, the best expert alone and the first rule.

    Attributes:
      AI: the AI that decides every case alone.
      best_expert: the expert who is best on training and validation cases.
      rule: the rule `value` at the same target and seed; left out of its own points.
    """

    AI: Paired | None
    best_expert: PairedWith | None
    rule: PairedWith | None = None


class AgentAccuracy(Part):
    """An agent's accuracy on `cases` cases assigned to it, or on all it annotated."""

    accuracy: float | None
    interval: Interval | None
    cases: int
    measured_on: Literal["handed", "all annotated"]

    @property
    def figure(self) -> Figure:
        """The accuracy with its interval."""
        return Figure(self.accuracy, self.interval)


class Recall(Part):
    """Of the cases of a class, the share classified as it (sensitivity)."""

    recall: float | None
    interval: Interval | None
    cases: int

    @property
    def figure(self) -> Figure:
        """The share with its interval."""
        return Figure(self.recall, self.interval)


class Specificity(Part):
    """Of the cases of all other classes, the share not classified as it."""

    specificity: float | None
    interval: Interval | None
    cases: int

    @property
    def figure(self) -> Figure:
        """The share with its interval."""
        return Figure(self.specificity, self.interval)


class Held(Part):
    """A point on validation cases, which prices were fitted to."""

    coverage: float
    accuracy: float | None
    workload: Shares


class Measured(Part):
    """One rule at one target and seed, on some cases.

    Attributes:
      target: coverage target; None with own bounds.
      seed, rule: of the point.
      coverage: realised share of the AI.
      accuracy: of the team.
      workload: share per agent. bounds: minimum and maximum of each.
      prices: per agent, None for one that may get no cases; None for a rule without prices.
      measured_share: of the cases whose decision could be scored.
      agent_accuracy: per agent. recall, specificity: per class.
      confusion: measured cases by truth (rows) and decision (columns): the classes, then the
        run's `extra_answers`.
      workload_cases: how many independent cases each workload is measured on, where cases of one
        patient are alike; unset without patients: all test cases.
    """

    target: float | None
    seed: int
    rule: str
    coverage: float
    accuracy: float | None
    accuracy_interval: Interval | None
    workload: Shares
    bounds: dict[str, Interval]
    prices: dict[str, float | None] | None
    measured_share: float
    agent_accuracy: dict[str, AgentAccuracy]
    recall: dict[str, Recall]
    specificity: dict[str, Specificity]
    confusion: tuple[tuple[int, ...], ...]
    workload_cases: Shares | None = None

    @property
    def figure(self) -> Figure:
        """The team's accuracy with its interval."""
        return Figure(self.accuracy, self.accuracy_interval)

    def worth(self, agent: str) -> float | None:
        """How many independent cases the agent's workload is measured on; None for all."""
        return (self.workload_cases or {}).get(agent)


class Point(Measured):
    """A point on test cases, with its validation figures and comparisons."""

    validation: Held
    against: Against


class RandomPoint(Part):
    """Accuracy of random deferral at a coverage."""

    coverage: float
    accuracy: float
    interval: Interval | None


class Accuracy(Part):
    """An accuracy that is always known."""

    accuracy: float
    interval: Interval

    @property
    def figure(self) -> Figure:
        """The accuracy with its interval."""
        return Figure(self.accuracy, self.interval)


class SameCases(Part):
    """Three accuracies on the cases that every included expert annotated."""

    team: Accuracy
    ai: Accuracy
    best: Accuracy


class OraclePoint(Accuracy):
    """The best possible accuracy of any rule within a target's bounds, mean over seeds."""

    target: float | None
    per_seed: tuple[float, ...]
    same_cases: SameCases


class Oracle(Part):
    """The best possible accuracy of any rule, on cases where every agent's answer is known.

    Attributes:
      cases: test cases that every included expert annotated. fewest: how many are needed.
      all_test_cases: whether these are all; if not, only `same_cases` can be compared with it.
      rules: per rule a point per target; empty where there are too few cases.
    """

    cases: int
    fewest: int
    all_test_cases: bool
    rules: dict[str, tuple[OraclePoint, ...]]


class Training(Part):
    """How many of a run's mixtures failed in training (`core.experiment.collapse`)."""

    points: int
    infinite: int
    exploded: int
    constant: int
    learning_rate: float
    weight_decay: float | None


class RunResult(Part):
    """The result of a finished run.

    Attributes:
      version: of this format.
      config: the settings, as `core.config.train_config.TrainConfig.to_dict` gives them.
      agents: the experts in order, then the AI.
      test_cases_per_class: by the classes' names.
      extra_answers: of experts, no classes and so always wrong; left out where there are none.
      auc_cac: per rule.
      areas_against: {rule: {other rule: area of the first minus that of the other}}.
      points: every rule, target and seed.
      ai_accuracy: of the AI alone, per rule, since each rule has its own AI.
      ai_accuracy_cases: how many independent cases it is measured on per rule; unset without
        patients: all test cases.
      expert_accuracy: of each expert alone, on the test cases it annotated; against the others'
        consensus where the truth is one.
      random: per rule a straight line; None where no included expert annotated a test case.
      training: None for methods that train no mixture.
      seconds: compile, train, correctness, pricing, total.
      versions: of the program and its libraries. created: when, ISO 8601.
    """

    version: Literal[1]
    dataset: Dataset
    method: str
    network: str
    config: dict[str, Any]
    classes: tuple[str, ...]
    experts: tuple[str, ...]
    agents: tuple[str, ...]
    cases: Cases
    test_cases_per_class: dict[str, int]
    auc_cac: Annotated[dict[str, RuleArea], Field(min_length=1)]
    areas_against: dict[str, dict[str, Paired]]
    points: Annotated[tuple[Point, ...], Field(min_length=1)]
    ai_accuracy: Shares
    ai_accuracy_interval: dict[str, Interval]
    ai_accuracy_per_seed: dict[str, tuple[float, ...]]
    expert_accuracy: dict[str, float | None]
    expert_accuracy_interval: dict[str, Interval | None]
    random: dict[str, tuple[RandomPoint, ...] | None]
    oracle: Oracle
    training: Training | None
    seconds: dict[str, float]
    device: str
    warnings: tuple[str, ...]
    versions: dict[str, str]
    created: str
    extra_answers: tuple[str, ...] = ()
    ai_accuracy_cases: Shares | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """What an expert may answer: the classes, then the answers that no truth has."""
        return self.classes + self.extra_answers

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """Rules it reports, the default one first."""
        return tuple(ordered(self.auc_cac))

    def rule_of(self, wanted: str) -> str:
        """The rule asked for, or the run's first one where it has no such rule."""
        return wanted if wanted in self.rules else self.rules[0]

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """Ascending."""
        return tuple(sorted({point.seed for point in self.points}))

    @cached_property
    def targets(self) -> tuple[float | None, ...]:
        """Ascending; only None where own bounds replaced them."""
        found = {point.target for point in self.points}
        return tuple(sorted(found, key=lambda t: -1.0 if t is None else t))

    @property
    def is_bounded(self) -> bool:
        """Whether own workload bounds replaced the coverage targets."""
        return self.targets == (None,)

    @cached_property
    def included_experts(self) -> tuple[str, ...]:
        """Experts whose bounds leave them any cases at some point."""
        return tuple(
            agent
            for agent in self.agents
            if agent != AI and any(point.bounds[agent][1] > 0 for point in self.points)
        )

    @cached_property
    def _places(self) -> Mapping[tuple[str, float | None], Sequence[Point]]:
        found: dict[tuple[str, float | None], list[Point]] = {}
        for point in self.points:
            found.setdefault((point.rule, point.target), []).append(point)
        return found

    def share_of(self, label: str) -> float:
        """How common a class is among the test cases."""
        return self.test_cases_per_class[label] / max(sum(self.test_cases_per_class.values()), 1)

    def of_rule(self, rule: str) -> list[Point]:
        """The points of a rule, in the order of the result."""
        return [point for point in self.points if point.rule == rule]

    def at(
        self, rule: str, target: float | None, seeds: Collection[int] | None = None
    ) -> list[Point]:
        """The points of a rule at a target, of all seeds or of some; empty where it has none."""
        found = self._places.get((rule, target), ())
        return [point for point in found if seeds is None or point.seed in seeds]

    def curves_only(self) -> "RunResult":
        """A copy without the details of single points, which are most of a result's size."""
        nothing: dict[str, Any] = {
            name: {} for name in ("workload", "bounds", "agent_accuracy", "recall", "specificity")
        } | {"confusion": (), "prices": None}
        points = tuple(point.model_copy(update=nothing) for point in self.points)
        return self.model_copy(update={"points": points})
