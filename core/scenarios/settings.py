"""What a scenario says: the day, the agents, the guard rules, tiredness. No arrays here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self

from core.data.annotation_set import AI

MOST_CASES, MOST_COST, MOST_MINUTES = 1_000_000, 1e9, 1440.0
MOST_GUARDS = 20
LONGEST_NAME = 80


class ScenarioError(ValueError):
    """A scenario that cannot be meant; the message says found, expected, remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTerms:
    """What a scenario says of one agent.

    Attributes:
      on_duty: whether the agent takes cases at all.
      least: fewest cases, in the scenario's `unit`.
      greatest: most cases, in the scenario's `unit`; None for no limit.
      minutes: working time per case.
      cost: per case, in whatever currency the reader thinks.
      comfortable: cases per day up to which accuracy holds; None: never tires.
    """

    on_duty: bool = True
    least: float = 0.0
    greatest: float | None = None
    minutes: float = 0.0
    cost: float = 0.0
    comfortable: float | None = None

    def __post_init__(self) -> None:
        _number("least", self.least, MOST_CASES)
        _number("minutes", self.minutes, MOST_MINUTES)
        _number("cost", self.cost, MOST_COST)
        for name in ("greatest", "comfortable"):
            if (value := getattr(self, name)) is not None:
                _number(name, value, MOST_CASES)
        if self.greatest is not None and self.least > self.greatest + 1e-9:
            raise ScenarioError(
                f"the least, {self.least:g}, is above the greatest, {self.greatest:g}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AINever:
    """The AI never decides a case it would call `calls` while `risk` is not unlikely enough.

    Attributes:
      calls: class the AI would decide; None for any other than `risk`.
      risk: class that must not be missed.
      above: the probability of `risk`, by the AI's calibrated ensemble, that is too much.
    """

    risk: str
    calls: str | None = None
    above: float = 0.02

    def __post_init__(self) -> None:
        _share("above", self.above)
        if self.calls == self.risk:
            raise ScenarioError(
                f"the class the AI calls and the class at risk are both {self.risk!r}; "
                "expected two different classes"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadByExpert:
    """Cases whose group `column` is `value` are never decided by the AI."""

    column: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuspects:
    """An expert does not read cases that are suspect of a class.

    Attributes:
      expert: who.
      suspect: the class; a case is suspect when its probability, by the AI's calibrated
        ensemble, is above `above`.
      above: that probability.
    """

    expert: str
    suspect: str
    above: float = 0.5

    def __post_init__(self) -> None:
        _share("above", self.above)


Guard = AINever | ReadByExpert | NoSuspects
GUARDS: Mapping[str, type[Guard]] = {
    "ai_never": AINever,
    "read_by_expert": ReadByExpert,
    "no_suspects": NoSuspects,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A day's workload: who may get how much of how many cases, under which guard rules.

    Attributes:
      agents: (name, terms) of every agent of the data set in its order, the AI last.
      name: what people call it.
      cases_per_day: how many cases a day brings.
      unit: whether `least` and `greatest` are shares of the day's cases or cases per day.
      guards: rules no assignment may break.
      tiring: points of accuracy (per cent) that a case loses for every 10 % its reader is beyond
        the comfortable load at that moment of the day, until the reader is as good as guessing;
        None: nobody tires.
    """

    agents: tuple[tuple[str, AgentTerms], ...]
    name: str = ""
    cases_per_day: int = 100
    unit: Literal["share", "cases"] = "share"
    guards: tuple[Guard, ...] = ()
    tiring: float | None = None

    def __post_init__(self) -> None:
        if not self.agents or self.agents[-1][0] != AI:
            raise ScenarioError(f"the agents are {list(self.names)}; expected {AI!r} as the last")
        if len(set(self.names)) < len(self.agents):
            raise ScenarioError(f"an agent stands twice among {list(self.names)}")
        if not 1 <= self.cases_per_day <= MOST_CASES:
            raise ScenarioError(
                f"cases per day is {self.cases_per_day}; expected 1 to {MOST_CASES:,}"
            )
        if self.unit not in ("share", "cases"):
            raise ScenarioError(f"unit is {self.unit!r}; expected 'share' or 'cases'")
        if len(self.guards) > MOST_GUARDS:
            raise ScenarioError(f"{len(self.guards)} guard rules; expected at most {MOST_GUARDS}")
        if len(self.name) > LONGEST_NAME:
            raise ScenarioError(
                f"the name has {len(self.name)} letters; expected at most {LONGEST_NAME}"
            )
        if self.tiring is not None:
            _number("tiring", self.tiring, 100.0)
        if self.unit == "share":
            for agent, terms in self.agents:
                if max(terms.least, terms.greatest or 0.0) > 1.0 + 1e-9:
                    raise ScenarioError(
                        f"{agent}'s bounds are above 1; expected shares of the day's cases"
                    )

    @classmethod
    def usual(cls, agents: Sequence[str], off_duty: Sequence[str] = (), **more: Any) -> Self:
        """Everybody free, but who is off duty."""
        return cls(agents=tuple((a, AgentTerms(on_duty=a not in off_duty)) for a in agents), **more)

    @property
    def names(self) -> tuple[str, ...]:
        """The agents, the AI last."""
        return tuple(name for name, _ in self.agents)

    @property
    def terms(self) -> tuple[AgentTerms, ...]:
        """Of each agent, in the order of `names`."""
        return tuple(terms for _, terms in self.agents)

    def with_terms(self, agent: str, **changes: Any) -> Self:
        """The same with other terms of one agent.

        Raises:
          KeyError: there is no such agent. ScenarioError: the terms cannot be meant.
        """
        if agent not in self.names:
            raise KeyError(agent)
        return replace(
            self,
            agents=tuple(
                (name, replace(terms, **changes) if name == agent else terms)
                for name, terms in self.agents
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them."""
        kinds = {kind: name for name, kind in GUARDS.items()}
        return {
            "name": self.name,
            "cases_per_day": self.cases_per_day,
            "unit": self.unit,
            "tiring": self.tiring,
            "agents": {name: asdict(terms) for name, terms in self.agents},
            "guards": [{"kind": kinds[type(guard)], **asdict(guard)} for guard in self.guards],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The scenario that `to_dict` wrote; what comes from a file is checked throughout.

        Raises:
          ScenarioError: it is none; the message names the place.
        """
        if not isinstance(plain, Mapping):
            raise ScenarioError(f"found {type(plain).__name__}; expected an object")
        agents = plain.get("agents")
        if not isinstance(agents, Mapping):
            raise ScenarioError("there are no agents; expected an object of agents by name")
        guards = plain.get("guards", [])
        if not isinstance(guards, Sequence) or isinstance(guards, str):
            raise ScenarioError("guards is no list")
        cases = plain.get("cases_per_day", 100)
        if not isinstance(cases, int) or isinstance(cases, bool):
            raise ScenarioError(f"cases_per_day is {cases!r}; expected a whole number")
        name = plain.get("name", "")
        if not isinstance(name, str):
            raise ScenarioError(f"name is {name!r}; expected text")
        return cls(
            agents=tuple(
                (str(agent), _made(AgentTerms, terms, f"agent {agent!r}"))
                for agent, terms in agents.items()
            ),
            name=name,
            cases_per_day=cases,
            unit=plain.get("unit", "share"),
            guards=tuple(_guard(guard, number) for number, guard in enumerate(guards, 1)),
            tiring=plain.get("tiring"),
        )


def _guard(plain: Any, number: int) -> Guard:
    kind = plain.get("kind") if isinstance(plain, Mapping) else None
    if not isinstance(kind, str) or kind not in GUARDS:
        raise ScenarioError(
            f"guard rule {number} is of kind {kind!r}; expected one of {', '.join(GUARDS)}"
        )
    rest = {key: value for key, value in plain.items() if key != "kind"}
    return _made(GUARDS[kind], rest, f"guard rule {number}")


def _made(kind: type[Any], plain: Any, place: str) -> Any:
    """A dataclass of a file's values."""
    if not isinstance(plain, Mapping):
        raise ScenarioError(f"{place} is {plain!r}; expected an object")
    known = {field.name: str(field.type) for field in fields(kind)}
    if unknown := sorted(set(plain) - set(known)):
        raise ScenarioError(f"{place} says {', '.join(unknown)}; expected {', '.join(known)}")
    for key, value in plain.items():
        allowed = [name for name, types in _PLAIN.items() if name in known[key]]
        good = value is None and "None" in known[key]
        good |= any(isinstance(value, _PLAIN[name]) for name in allowed)
        good &= not (isinstance(value, bool) and "bool" not in allowed)
        if not good:
            wanted = " or ".join(_WORDS[name] for name in allowed)
            raise ScenarioError(f"{place}: {key} is {value!r}; expected {wanted}")
    try:
        return kind(**plain)
    except TypeError as error:
        raise ScenarioError(f"{place} is not complete: {error}") from None
    except ScenarioError as error:
        raise ScenarioError(f"{place}: {error}") from None


_PLAIN: Mapping[str, tuple[type, ...]] = {"bool": (bool,), "float": (int, float), "str": (str,)}

_WORDS: Mapping[str, str] = {"bool": "true or false", "float": "a number", "str": "text"}


def _number(name: str, value: float, most: float) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not 0 <= value <= most:
        raise ScenarioError(f"{name} is {value!r}; expected a number from 0 to {most:,.10g}")


def _share(name: str, value: float) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not 0 <= value < 1:
        raise ScenarioError(f"{name} is {value!r}; expected a share from 0 to below 1")
