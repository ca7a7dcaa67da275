"""The settings of a scenario: cases per day, agents, guard rules, fatigue. No arrays here."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from core.base.numbers import is_number
from core.base.report import clip
from core.dataset.annotation_set import AI
from core.scenarios.agent_bounds import BOUNDS, AgentBounds
from core.scenarios.amount import MOST_CASES, NOTHING, UNITS, Amount, ScenarioError, Unit

MOST_COST, MOST_MINUTES = 1e9, 1440.0
MOST_GUARDS = 20
LONGEST_NAME = 80

# The names of the bounds in files, which are older than the names here. So is "tiring".
_IN_FILES: Mapping[str, str] = {"minimum": "least", "maximum": "greatest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTerms(AgentBounds):
    """The settings of one agent.

    Attributes:
      on_duty, minimum, maximum: as in `AgentBounds`; a bound that is a plain number gets the unit
        of the scenario that the terms become part of.
      minutes: working time per case.
      cost: per case, in any currency.
      comfortable: cases per day without fatigue; None for no limit.
    """

    minutes: float = 0.0
    cost: float = 0.0
    comfortable: float | None = None

    def __post_init__(self) -> None:
        for name in BOUNDS:
            if (bound := getattr(self, name)) is not None and not isinstance(bound, Amount):
                _number(name, bound, MOST_CASES)
        _number("minutes", self.minutes, MOST_MINUTES)
        _number("cost", self.cost, MOST_COST)
        if self.comfortable is not None:
            _number("comfortable", self.comfortable, MOST_CASES)
        low, high = self.minimum, self.maximum
        if isinstance(low, Amount) and not low.value:
            object.__setattr__(self, "minimum", NOTHING)  # in any unit
        # Whether bounds in two units cross depends on the cases a day: `feasible` checks them.
        if isinstance(low, Amount) and isinstance(high, Amount):
            if low.unit == high.unit and low.value > high.value + 1e-9:
                raise ScenarioError(
                    f"the minimum, {low.words()}, is above the maximum, {high.words()}"
                )

    def in_unit(self, unit: Unit) -> Self:
        """A copy in which bounds that are plain numbers have a unit."""
        given: dict[str, Any] = {name: getattr(self, name) for name in BOUNDS}
        plain = {n: v for n, v in given.items() if v is not None and not isinstance(v, Amount)}
        return replace(self, **_amounts(plain, unit)) if plain else self


@dataclass(frozen=True, slots=True, kw_only=True)
class AINever:
    """The AI never decides a case it would classify as `calls` where `risk` is too likely.

    Attributes:
      calls: class the AI would decide; None for any class but `risk`.
      risk: class that must not be missed.
      above: the highest probability of `risk` allowed, by the AI's calibrated ensemble.
    """

    risk: str
    calls: str | None = None
    above: float = 0.02

    def __post_init__(self) -> None:
        _share("above", self.above)
        if self.calls == self.risk:
            raise ScenarioError(
                f"the AI's class and the class at risk are both {self.risk!r}; "
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
      expert: name.
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
    """A day's workload: the agents' bounds on a number of cases, and guard rules.

    Attributes:
      agents: (name, terms) of every agent of the data set in its order, the AI last.
      name: may be empty.
      cases_per_day: cases per day.
      unit: of bounds that are plain numbers, shares of the day's cases or cases a day. Every
        bound keeps the unit that it was given in.
      guards: rules no assignment may break.
      fatigue: percentage points of accuracy lost for every 10 % beyond the comfortable load that
        the reader has read so far that day, until the reader is as good as guessing; None for no
        fatigue.
    """

    agents: tuple[tuple[str, AgentTerms], ...]
    name: str = ""
    cases_per_day: int = 100
    unit: Unit = "share"
    guards: tuple[Guard, ...] = ()
    fatigue: float | None = None

    def __post_init__(self) -> None:
        if not self.agents or self.agents[-1][0] != AI:
            raise ScenarioError(f"the agents are {list(self.names)}; expected {AI!r} as the last")
        if len(set(self.names)) < len(self.agents):
            raise ScenarioError(f"an agent is listed twice in {list(self.names)}")
        if not 1 <= self.cases_per_day <= MOST_CASES:
            raise ScenarioError(
                f"cases per day is {clip(self.cases_per_day, 40)}; expected 1 to {MOST_CASES:,}"
            )
        _check_unit(self.unit)
        if len(self.guards) > MOST_GUARDS:
            raise ScenarioError(f"{len(self.guards)} guard rules; expected at most {MOST_GUARDS}")
        if len(self.name) > LONGEST_NAME:
            raise ScenarioError(
                f"the name has {len(self.name)} letters; expected at most {LONGEST_NAME}"
            )
        if self.fatigue is not None:
            _number("tiring", self.fatigue, 100.0)
        agents = []
        for name, terms in self.agents:
            try:
                agents.append((name, terms.in_unit(self.unit)))
            except ScenarioError as error:
                raise ScenarioError(f"a bound of {name}: {error}") from None
        object.__setattr__(self, "agents", tuple(agents))

    @classmethod
    def usual(cls, agents: Sequence[str], off_duty: Sequence[str] = (), **more: Any) -> Self:
        """All agents without bounds, some of them off duty."""
        return cls(agents=tuple((a, AgentTerms(on_duty=a not in off_duty)) for a in agents), **more)

    @property
    def names(self) -> tuple[str, ...]:
        """The agents, the AI last."""
        return tuple(name for name, _ in self.agents)

    @property
    def terms(self) -> tuple[AgentTerms, ...]:
        """The terms of each agent, in the order of `names`."""
        return tuple(terms for _, terms in self.agents)

    def with_terms(self, agent: str, **changes: Any) -> Self:
        """A copy with changed terms of one agent; bounds may be numbers in the scenario's unit.

        Raises:
          KeyError: there is no such agent. ScenarioError: the terms are invalid.
        """
        terms = dict(self.agents)[agent]
        return self.having(agent, replace(terms, **_amounts(changes, self.unit)))

    def having(self, agent: str, terms: AgentTerms) -> Self:
        """A copy with these terms of one agent."""
        agents = tuple((name, terms if name == agent else old) for name, old in self.agents)
        return replace(self, agents=agents)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them."""
        kinds = {kind: name for name, kind in GUARDS.items()}
        return {
            "name": self.name,
            "cases_per_day": self.cases_per_day,
            "unit": self.unit,
            "tiring": self.fatigue,
            "agents": {name: _plain_terms(terms, self.unit) for name, terms in self.agents},
            "guards": [{"kind": kinds[type(guard)], **asdict(guard)} for guard in self.guards],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The scenario that `to_dict` wrote; values from a file are checked throughout.

        Raises:
          ScenarioError: it is not a valid scenario; the message names the place.
        """
        if not isinstance(plain, Mapping):
            raise ScenarioError(f"found {type(plain).__name__}; expected an object")
        agents = plain.get("agents")
        if not isinstance(agents, Mapping):
            raise ScenarioError("there are no agents; expected an object of agents by name")
        guards = plain.get("guards", [])
        if not isinstance(guards, Sequence) or isinstance(guards, str):
            raise ScenarioError("guards is not a list")
        cases = plain.get("cases_per_day", 100)
        if not isinstance(cases, int) or isinstance(cases, bool):
            raise ScenarioError(
                f"cases_per_day is {clip(repr(cases), 40)}; expected a whole number"
            )
        name = plain.get("name", "")
        if not isinstance(name, str):
            raise ScenarioError(f"name is {clip(repr(name), 40)}; expected text")
        unit = plain.get("unit", "share")
        _check_unit(unit)
        return cls(
            agents=tuple(
                (str(agent), _terms(terms, unit, f"agent {agent!r}"))
                for agent, terms in agents.items()
            ),
            name=name,
            cases_per_day=cases,
            unit=unit,
            guards=tuple(_guard(guard, number) for number, guard in enumerate(guards, 1)),
            fatigue=plain.get("tiring"),
        )


def _check_unit(unit: Any) -> None:
    if unit not in UNITS:
        raise ScenarioError(f"unit is {clip(repr(unit), 40)}; expected 'share' or 'cases'")


def _amounts(changes: Mapping[str, Any], unit: Unit) -> dict[str, Any]:
    """Changes of terms, with bounds that are plain numbers in a unit."""
    plain = {n: v for n, v in changes.items() if n in BOUNDS and isinstance(v, int | float)}
    checked = {name: Amount(value, unit).value for name, value in plain.items()}
    return {**changes, **{name: Amount(float(value), unit) for name, value in checked.items()}}


def _plain_terms(terms: AgentTerms, unit: Unit) -> dict[str, Any]:
    plain = {_IN_FILES.get(name, name): value for name, value in asdict(terms).items()}
    bounds = {key: getattr(terms, name) for name, key in _IN_FILES.items()}
    return plain | {key: None if a is None else a.plain(unit) for key, a in bounds.items()}


def _terms(plain: Any, unit: Unit, place: str) -> AgentTerms:
    """An agent's terms from a file, whose bounds are numbers in a unit or name their own unit."""
    if isinstance(plain, Mapping):
        bounds = {}
        for key in _IN_FILES.values():
            given = plain.get(key)
            if isinstance(given, int | float | str | Mapping) and not isinstance(given, bool):
                try:
                    bounds[key] = Amount.read(given, unit)
                except ScenarioError as error:
                    raise ScenarioError(f"{place}: {key}: {error}") from None
        plain = {**plain, **bounds}
    terms: AgentTerms = _made(AgentTerms, plain, place)
    return terms


def _guard(plain: Any, number: int) -> Guard:
    kind = plain.get("kind") if isinstance(plain, Mapping) else None
    if not isinstance(kind, str) or kind not in GUARDS:
        raise ScenarioError(
            f"guard rule {number} is of kind {clip(repr(kind), 40)}; expected one of "
            f"{', '.join(GUARDS)}"
        )
    rest = {key: value for key, value in plain.items() if key != "kind"}
    return _made(GUARDS[kind], rest, f"guard rule {number}")


def _made(kind: type[Any], plain: Any, place: str) -> Any:
    """A dataclass made from a file's values."""
    if not isinstance(plain, Mapping):
        raise ScenarioError(f"{place} is {clip(repr(plain), 40)}; expected an object")
    named = {_IN_FILES.get(field.name, field.name): field for field in fields(kind)}
    known = {key: str(field.type) for key, field in named.items()}
    if unknown := sorted(set(plain) - set(known)):
        raise ScenarioError(
            f"{place} has unknown fields: {', '.join(unknown)}; expected {', '.join(known)}"
        )
    for key, value in plain.items():
        allowed = [name for name, types in _PLAIN.items() if name in known[key]]
        good = value is None and "None" in known[key]
        good |= any(isinstance(value, _PLAIN[name]) for name in allowed)
        good &= not (isinstance(value, bool) and "bool" not in allowed)
        if not good:
            wanted = " or ".join(_WORDS[name] for name in allowed)
            raise ScenarioError(f"{place}: {key} is {clip(repr(value), 40)}; expected {wanted}")
    try:
        return kind(**{named[key].name: value for key, value in plain.items()})
    except TypeError as error:
        raise ScenarioError(f"{place} is not complete: {error}") from None
    except ScenarioError as error:
        raise ScenarioError(f"{place}: {error}") from None


_PLAIN: Mapping[str, tuple[type, ...]] = {
    "bool": (bool,),
    "float": (int, float),
    "str": (str,),
    "Amount": (Amount,),
}

_WORDS: Mapping[str, str] = {
    "bool": "true or false",
    "float": "a number",
    "str": "text",
    "Amount": "a number, or a text such as '40 %' or '60 cases'",
}


def _number(name: str, value: float, maximum: float) -> None:
    if not is_number(value, 0, maximum):
        raise ScenarioError(
            f"{name} is {clip(repr(value), 40)}; expected a number from 0 to {maximum:,.10g}"
        )


def _share(name: str, value: float) -> None:
    if not is_number(value, 0, 1) or value >= 1:
        raise ScenarioError(
            f"{name} is {clip(repr(value), 40)}; expected a share from 0 to below 1"
        )
