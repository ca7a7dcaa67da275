"""The bounds a user set for one agent: converted to a run's bounds, and to a link and back."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from core.config.bounds import Bounds
from core.dataset.annotation_set import AI
from core.scenarios.amount import NOTHING, Amount, Unit

BOUNDS = ("minimum", "maximum")
MARKS: Mapping[str, str] = {"l": "minimum", "g": "maximum"}  # in links; in JSON other words
_DECIMALS = 12  # of a share: hundreds of equal shares still add up to everything


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBounds:
    """The bounds a user set for one agent.

    Attributes:
      on_duty: whether the agent takes cases at all.
      minimum: fewest cases, in its own unit.
      maximum: most cases, in its own unit; None for no limit.
    """

    on_duty: bool = True
    minimum: Amount = NOTHING
    maximum: Amount | None = None

    @property
    def bounded(self) -> bool:
        """Whether there is a minimum or a maximum."""
        return self.minimum.value > 0 or self.maximum is not None

    @property
    def idle(self) -> bool:
        """Whether the agent gets no cases: off duty, or with a maximum of 0."""
        return not self.on_duty or (self.maximum is not None and self.maximum.value == 0)

    @property
    def units(self) -> set[Unit]:
        """Units of the minimum and the maximum, where there are any."""
        bounds = (self.minimum if self.minimum.value > 0 else None, self.maximum)
        return {bound.unit for bound in bounds if bound is not None}

    def shares(self, day: int = 1) -> tuple[float, float]:
        """Minimum and maximum share of a day's cases, in [0, 1]; off duty (0, 0)."""
        if not self.on_duty:
            return 0.0, 0.0
        maximum = 1.0 if self.maximum is None else self.maximum.share(day)
        return min(self.minimum.share(day), 1.0), min(maximum, 1.0)

    def held(self, day: int) -> bool:
        """Whether minimum and maximum are the same number of a day's cases."""
        if self.maximum is None:
            return False
        return self.maximum.share(day) - self.minimum.share(day) < 1e-9

    def moved(self, bound: str, to: Amount | None, day: int = 1) -> Self:
        """A copy with one bound moved; the other one moves too where they would cross.

        Args:
          bound: of `BOUNDS`.
          to: where to; None for no minimum, or no limit.
          day: cases per day; shares do not depend on it.
        """
        given: dict[str, Any] = {"minimum": self.minimum, "maximum": self.maximum}
        given[bound] = to or NOTHING if bound == "minimum" else to
        low, high = given.values()
        if high is not None and low.share(day) > high.share(day):
            given = dict.fromkeys(BOUNDS, given[bound])
        return replace(self, **given)


def run_bounds(
    agents: Mapping[str, AgentBounds], day: int = 1, away: Collection[str] = ()
) -> Bounds:
    """The bounds of a run, in shares: the AI's, and those of whoever is not free.

    Args:
      agents: what is set for each. An AI that is off duty gets a maximum of 0; experts that are
        off duty are listed in `TrainConfig.off_duty` instead.
      day: cases per day.
      away: experts who take part only when bounds are set for them.
    """
    lower, upper = {}, {}
    for name, own in agents.items():
        low, up = (round(share, _DECIMALS) for share in own.shares(day))
        if name == AI or low > 0:
            lower[name] = low
        if name == AI or (own.on_duty and (up < 1 or name in away)):
            upper[name] = up
    return Bounds(lower=tuple(lower.items()), upper=tuple(upper.items()))


Agent = TypeVar("Agent", bound=AgentBounds)


def write_marks(
    own: AgentBounds, usual: AgentBounds, marks: Mapping[str, str], text: Callable[[Any], str]
) -> str:
    """The fields of an agent that differ from the defaults, as text for a link: `x~l5~g20`.

    Args:
      own: of the agent.
      usual: of the same class, with the default values.
      marks: a letter per field.
      text: writes a field's value.
    """
    said = [] if own.on_duty == usual.on_duty else ["o" if own.on_duty else "x"]
    for mark, name in marks.items():
        if (value := getattr(own, name)) != getattr(usual, name) and value is not None:
            said.append(mark + text(value))
    return "~".join(said)


def read_marks(
    usual: Agent, said: Iterable[str], marks: Mapping[str, str], read: Callable[[str, str], Any]
) -> Agent:
    """The agent that `write_marks` wrote.

    Args:
      usual: the default values.
      said: the marks of an agent.
      marks: a letter per field.
      read: reads the value of a field, by its name.

    Raises:
      ValueError: nothing that was written here.
    """
    values: dict[str, Any] = {}
    for mark in said:
        kind, value = mark[:1], mark[1:]
        if kind in ("o", "x") and not value:
            values["on_duty"] = kind == "o"
        elif kind in marks:
            values[marks[kind]] = read(marks[kind], value)
        else:
            raise ValueError(f"no mark {mark!r}")
    return replace(usual, **values)
