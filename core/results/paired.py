"""A point's team against single agents, and one rule against another."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from core.dataset.annotation_set import AI
from core.evaluation.intervals import SHOWN, distinguishable, unpaired_interval
from core.results.curve import Single, singles
from core.results.figure import Figure
from core.results.models import Paired, PairedWith, Point, RunResult
from core.results.over_seeds import ai_alone, wider
from core.results.point_figures import PointFigures


class AgainstAlone(NamedTuple):
    """The team's accuracy minus that of one agent that decides every case alone.

    Attributes:
      name: of the expert, or `AI`. alone: its accuracy.
      difference: the team's accuracy minus its accuracy.
      paired: by test case; otherwise the two intervals are combined, which has less power.
    """

    name: str
    alone: Figure
    difference: Figure
    paired: bool

    @property
    def distinguishable(self) -> bool:
        """Whether the interval, as displayed, excludes zero."""
        return distinguishable(self.difference.interval, SHOWN)


def against_ai(result: RunResult, rule: str, point: PointFigures) -> AgainstAlone | None:
    """The team minus the AI alone; None where the team could not be measured."""
    measured = _measured(result, rule, point)
    if not measured:
        return None
    paired = _over_seeds([one.against.AI for one in measured])
    if paired is None:
        return _unpaired(point, singles(result, rule)[0])
    # The AI that the team was paired with: every target may have its own classifier.
    alone = [
        one.accuracy - one.against.AI.difference
        for one in measured
        if one.accuracy is not None and one.against.AI is not None
    ]
    cases = (result.ai_accuracy_cases or {}).get(rule, result.cases.test)
    here = ai_alone([min(max(accuracy, 0.0), 1.0) for accuracy in alone], cases)
    return AgainstAlone(AI, here.figure, paired, True)


def against_best_expert(result: RunResult, rule: str, point: PointFigures) -> AgainstAlone | None:
    """The team minus the best expert alone, chosen on training and validation cases.

    Where that expert annotated no test cases, the one who is best on test cases is used instead,
    unpaired. None where the team or no expert could be measured.
    """
    measured = _measured(result, rule, point)
    experts = {one.name: one for one in singles(result, rule) if one.name != AI}
    if not measured or not experts:
        return None
    found = [one.against.best_expert for one in measured]
    names = {one.name for one in found if one is not None}
    paired = _over_seeds(found) if len(names) == 1 else None
    if paired is not None and (best := experts.get(names.pop())):
        return AgainstAlone(best.name, Figure(best.accuracy, best.interval), paired, True)
    return _unpaired(point, max(experts.values(), key=lambda one: one.accuracy))


def against_rule(
    result: RunResult, rule: str, first: str, target: float | None, seeds: Collection[int]
) -> Figure | None:
    """A rule's accuracy minus that of the rule `first`, paired by case; None where unmeasured."""
    found = [point.against.rule for point in result.at(rule, target, seeds)]
    known = [one for one in found if one is not None and one.name == first]
    return _over_seeds(known) if len(known) == len(found) else None


def _measured(result: RunResult, rule: str, point: PointFigures) -> list[Point]:
    points = result.at(rule, point.target, point.seeds)
    return [one for one in points if one.accuracy is not None]


def _over_seeds(found: Sequence[Paired | PairedWith | None]) -> Figure | None:
    """Mean over seeds of paired differences; None where one is missing."""
    known = [one for one in found if one is not None and one.interval is not None]
    if not known or len(known) < len(found):
        return None
    return Figure(*wider([one.difference for one in known], [one.interval for one in known]))


def _unpaired(point: PointFigures, other: Single) -> AgainstAlone | None:
    team, alone = point.accuracy, Figure(other.accuracy, other.interval)
    if team.value is None:
        return None
    ends = None
    if team.interval is not None and other.interval is not None:
        ends = unpaired_interval((team.value, *team.interval), (other.accuracy, *other.interval))
    return AgainstAlone(other.name, alone, Figure(team.value - other.accuracy, ends), False)
