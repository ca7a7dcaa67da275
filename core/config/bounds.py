"""Own workload bounds of a run by agent name, as settings and files hold them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from core.base.numbers import is_number
from core.base.percents import percent
from core.base.report import clip
from core.em.bounds import BoundsError, WorkloadBounds, nearest_feasible

EXPECTED = 'expected {"lower": {agent: share}, "upper": {agent: share}}'


def _pairs(given: Any) -> tuple[Any, ...]:
    return tuple(sorted(given.items() if isinstance(given, Mapping) else given or ()))


# NaN is refused later, by name.
_Share = Annotated[float, Field(allow_inf_nan=True)]
# A share per agent, in the order of names; made from an object by names, too.
Shares = Annotated[tuple[tuple[str, _Share], ...], BeforeValidator(_pairs)]


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Bounds:
    """Minimum and maximum share of the cases by agent name; who is not named is free.

    Attributes:
      lower: the minimum (ε_l) per agent, a share in [0, 1].
      upper: the maximum (ε_u) per agent. An expert who annotated no train case takes part only
        when named here.
    """

    lower: Shares = ()
    upper: Shares = ()

    def __bool__(self) -> bool:
        """Whether anybody is named."""
        return bool(self.lower or self.upper)

    def of(self, agents: Sequence[str]) -> list[tuple[float, float]]:
        """Minimum and maximum of each agent."""
        lower, upper = dict(self.lower), dict(self.upper)
        return [(lower.get(agent, 0.0), upper.get(agent, 1.0)) for agent in agents]

    def binding(self) -> Iterator[tuple[str, float, float]]:
        """The agents that are bound, by name, with minimum and maximum."""
        names = sorted(dict((*self.lower, *self.upper)))
        for name, (low, up) in zip(names, self.of(names), strict=True):
            if low > 0 or up < 1:
                yield name, low, up

    def near(self, other: "Bounds") -> bool:
        """Whether the other bounds are the same but for rounding."""
        names = sorted(dict((*self.lower, *self.upper, *other.lower, *other.upper)))
        return bool(np.allclose(self.of(names), other.of(names), rtol=0, atol=1e-9))

    def in_order(
        self, agents: Sequence[str], off: Sequence[str] = (), away: Sequence[str] = ()
    ) -> WorkloadBounds:
        """The bounds of a run.

        Args:
          agents: the experts in order, then the AI.
          off: agents that get nothing, whatever their bounds.
          away: agents that get nothing unless they have a maximum.

        Raises:
          BoundsError: an agent is unknown, or nobody can meet the bounds; holds the nearest.
        """
        lower, upper = dict(self.lower), dict(self.upper)
        if unknown := sorted({*lower, *upper} - set(agents)):
            raise BoundsError(
                f"bounds name {', '.join(map(repr, unknown))}, the agents are {', '.join(agents)}"
            )
        nothing = dict.fromkeys(off, 0.0)
        lower, upper = lower | nothing, dict.fromkeys(away, 0.0) | upper | nothing
        low = np.array([lower.get(agent, 0.0) for agent in agents])
        up = np.array([upper.get(agent, 1.0) for agent in agents])
        for agent, minimum, maximum in zip(agents, low, up, strict=True):
            if 0 <= maximum < minimum <= 1:
                raise BoundsError(
                    f"{agent}'s minimum workload of {percent(minimum)} is above the maximum, "
                    f"{percent(maximum)}",
                    nearest_feasible(low, up),
                )
        return WorkloadBounds.feasible(low, up)

    @classmethod
    def named(cls, bounds: WorkloadBounds, agents: Sequence[str]) -> Self:
        """Bounds in the order of agents by their names; shares that bind nothing are left out."""
        found = list(zip(agents, *(np.round(side, 9).tolist() for side in bounds), strict=True))
        return cls(
            lower=tuple((agent, low) for agent, low, _ in found if low > 0),
            upper=tuple((agent, up) for agent, _, up in found if up < 1),
        )

    def plain(self) -> dict[str, dict[str, float]]:
        """For JSON; `read` reads it."""
        return {"lower": dict(self.lower), "upper": dict(self.upper)}

    @classmethod
    def read(cls, plain: Any) -> Self:
        """The bounds that a file gives.

        Raises:
          BoundsError: there are none; the message says what was found and expected.
        """
        if not isinstance(plain, dict):
            raise BoundsError(f"found {_kind(plain)}; {EXPECTED}")
        if unknown := sorted(set(plain) - {"lower", "upper"}):
            raise BoundsError(f"found {', '.join(map(repr, unknown))}; {EXPECTED}")
        for side, shares in plain.items():
            if not isinstance(shares, dict):
                raise BoundsError(f'"{side}" is {_kind(shares)}; expected {{agent: share}}')
            for agent, share in shares.items():
                if not is_number(share, 0, 1):
                    raise BoundsError(
                        f'"{side}" of {agent!r} is {clip(json.dumps(share), 40)}; expected a share '
                        "between 0 and 1"
                    )
        if not (found := cls(**plain)):
            raise BoundsError(f"found no bounds; {EXPECTED}")
        return found


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return kinds.get(type(value), "nothing" if value is None else "a number")
