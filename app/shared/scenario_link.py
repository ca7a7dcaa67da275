"""A workload scenario as one query parameter.

As in `settings_link`, agents, classes, groups and their values are identified by position, after
the first letters of the data set's content hash: a link contains no names, labels or cases, and is
ignored with another data set instead of misread.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from app.shared.settings_link import CHECKED, grouped, parts_of, places
from core.base.numbers import number, whole
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.agent_bounds import BOUNDS, MARKS, read_marks, write_marks
from core.scenarios.amount import Amount, Unit
from core.scenarios.settings import (
    AINever,
    Guard,
    NoSuspects,
    ReadByExpert,
    Scenario,
)

_MARKS: Mapping[str, str] = {**MARKS, "m": "minutes", "c": "cost", "f": "comfortable"}
_UNITS: Mapping[str, Unit] = {"s": "share", "c": "cases"}


def default(data: AnnotationSet) -> Scenario:
    """No bounds, and on duty except experts who annotated no train case."""
    return Scenario.usual(data.agents, off_duty=data.excluded_experts)


def write(scenario: Scenario, data: AnnotationSet) -> str:
    """The scenario without its name: `1a2b3c4d_d200_uc_0-2~g60_3~l0.4s~g80_Gn~r1~a0.02`.

    A bound that is not in the scenario's unit ends in its own, `s` for a share and `c` for cases.
    """
    usual = default(data)
    parts = [data.content_hash[:CHECKED], f"d{scenario.cases_per_day}"]
    if scenario.unit == "cases":
        parts.append("uc")
    if scenario.fatigue is not None:
        parts.append(f"t{_number(scenario.fatigue)}")
    text = partial(_value, unit=scenario.unit)
    parts += grouped(
        [write_marks(*two, _MARKS, text) for two in zip(scenario.terms, usual.terms, strict=True)]
    )
    parts += [_guard(guard, data) for guard in scenario.guards]
    return "_".join(parts)


def read(text: str, data: AnnotationSet) -> Scenario:
    """The scenario that `write` wrote.

    Raises:
      ValueError: the text is of another data set, or nothing that was written here.
    """
    usual = default(data)
    terms, guards = list(usual.terms), []
    day: dict[str, Any] = {}
    for part in parts_of(text, data):
        kind, rest = part[:1], part[1:]
        if kind == "d":
            day["cases_per_day"] = whole(rest)
        elif kind == "u":
            day["unit"] = _UNITS[rest] if rest in _UNITS else rest
        elif kind == "t":
            day["fatigue"] = number(rest)
        elif kind == "G":
            guards.append(_read_guard(rest.split("~"), data))
        else:
            who, *marks = part.split("~")
            among = places(who, len(terms))
            terms[among] = [read_marks(one, marks, _MARKS, _read_value) for one in terms[among]]
    return Scenario(agents=tuple(zip(data.agents, terms, strict=True)), guards=tuple(guards), **day)


def groups(data: AnnotationSet) -> dict[str, list[str]]:
    """The values of every group column, in the order in which links count them."""
    return {name: sorted({str(v) for v in values}) for name, values in data.groups.items()}


def _guard(guard: Guard, data: AnnotationSet) -> str:
    if isinstance(guard, AINever):
        calls = [] if guard.calls is None else [f"c{data.classes.index(guard.calls)}"]
        risk = f"r{data.classes.index(guard.risk)}"
        return "~".join(["Gn", risk, *calls, f"a{_number(guard.above)}"])
    if isinstance(guard, ReadByExpert):
        values = groups(data)
        column = list(values).index(guard.column)
        return f"Gg~k{column}~v{values[guard.column].index(guard.value)}"
    expert, suspect = data.experts.index(guard.expert), data.classes.index(guard.suspect)
    return f"Gs~e{expert}~r{suspect}~a{_number(guard.above)}"


def _read_guard(parts: Sequence[str], data: AnnotationSet) -> Guard:
    kind, said = parts[0], {part[:1]: part[1:] for part in parts[1:]}
    try:
        if kind == "n":
            calls = _at(data.classes, said["c"]) if "c" in said else None
            return AINever(risk=_at(data.classes, said["r"]), calls=calls, above=number(said["a"]))
        if kind == "g":
            values = groups(data)
            column = _at(list(values), said["k"])
            return ReadByExpert(column=column, value=_at(values[column], said["v"]))
        if kind == "s":
            return NoSuspects(
                expert=_at(data.experts, said["e"]),
                suspect=_at(data.classes, said["r"]),
                above=number(said["a"]),
            )
    except KeyError as error:
        raise ValueError(f"a guard rule without {error}") from None
    raise ValueError(f"no guard rule {kind!r}")


def _at(names: Sequence[str], place: str) -> str:
    at = whole(place)
    if not 0 <= at < len(names):
        raise ValueError(f"no place {at} among {len(names)}")
    return names[at]


def _value(value: float | Amount, unit: Unit) -> str:
    if not isinstance(value, Amount):
        return _number(value)
    own = "" if value.unit == unit else value.unit[0]
    return _number(value.value) + own


def _read_value(name: str, said: str) -> float | Amount:
    own = _UNITS.get(said[-1:]) if name in BOUNDS else None
    # A plain number is in the scenario's unit, which the scenario gives it.
    return Amount(number(said[:-1]), own) if own else number(said)


def _number(value: float) -> str:
    return f"{value:.12g}"
