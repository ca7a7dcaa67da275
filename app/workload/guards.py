"""Guard rules, as rows in plain words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from app.shared import scenario_link, views, words
from app.workload import desk
from core.dataset.annotation_set import AnnotationSet
from core.dataset.group_names import group_name
from core.scenarios.guards import guard_words
from core.scenarios.settings import (
    MOST_GUARDS,
    AINever,
    Guard,
    NoSuspects,
    ReadByExpert,
    Scenario,
)

_KINDS = {
    "ai_never": "The AI must not miss a class",
    "read_by_expert": "A group is always read by an expert",
    "no_suspects": "An expert does not read suspected cases of a class",
}
_ANY = "any other class"


def draw_guards(data: AnnotationSet) -> None:
    """The rules of the scenario, each with a way to remove it, and a form for another."""
    guards = desk.now(data).guards
    for place, guard in enumerate(guards):
        text, away = st.columns([6, 1], vertical_alignment="center")
        text.markdown(f"- :small[{views.escape(sentence(guard, data.experts))}]")
        away.button(
            "",
            key=desk.key(data, f"away:{place}"),
            icon=":material/delete:",
            type="tertiary",
            help=f"Remove rule {place + 1}",
            on_click=_remove,
            args=(data, place),
        )
    if not guards:
        st.caption("No rules yet. A rule holds for every case, whatever it costs in accuracy.")
    if len(guards) >= MOST_GUARDS:
        st.caption(f"A scenario holds at most {MOST_GUARDS} rules.")
        return
    _another(data)


def sentence(guard: Guard, experts: Sequence[str]) -> str:
    """The rule as a sentence of its own."""
    return words.sentence(guard_words(guard), experts)


def _another(data: AnnotationSet) -> None:
    kinds = [kind for kind in _KINDS if _possible(kind, data)]
    kind = st.selectbox(
        "Another rule", kinds, format_func=_KINDS.__getitem__, key=desk.key(data, "kind")
    )
    make: Callable[[], Guard]
    if kind == "read_by_expert":
        values = scenario_link.groups(data)
        first, second = st.columns(2)
        column = first.selectbox(
            "Grouped by", list(values), format_func=group_name, key=desk.key(data, "column")
        )
        value = second.selectbox(
            "Group", values[column], key=desk.key(data, f"value:{list(values).index(column)}")
        )
        make = partial(ReadByExpert, column=column, value=value)
    elif kind == "no_suspects":
        first, second, third = st.columns([3, 3, 2.4], vertical_alignment="bottom")
        expert = first.selectbox("Expert", data.experts, key=desk.key(data, "expert"))
        suspect = second.selectbox("Class", data.classes, key=desk.key(data, "suspect"))
        above = _above(third, data, "suspect_above", 50.0)
        make = partial(NoSuspects, expert=expert, suspect=suspect, above=above)
    else:
        first, second, third = st.columns([3, 3, 2.4], vertical_alignment="bottom")
        risk = first.selectbox(
            "Must not miss", data.classes, key=desk.key(data, "risk"), index=len(data.classes) - 1
        )
        calls = second.selectbox(
            "When it calls",
            [_ANY, *(c for c in data.classes if c != risk)],
            key=desk.key(data, f"calls:{data.classes.index(risk)}"),
        )
        above = _above(third, data, "risk_above", 2.0)
        make = partial(AINever, risk=risk, calls=None if calls == _ANY else calls, above=above)
    guard = make()
    known = guard in desk.now(data).guards
    st.button(
        "Add this rule",
        key=desk.key(data, "add_rule"),
        icon=":material/add:",
        on_click=_add,
        args=(data, guard),
        disabled=known,
        help="This rule is already set." if known else views.escape(sentence(guard, data.experts)),
    )


def _above(
    place: "st.delta_generator.DeltaGenerator", data: AnnotationSet, key: str, usual: float
) -> float:
    value = place.number_input(
        "Above, %",
        0.0,
        99.9,
        usual,
        step=1.0,
        format="%.1f",
        key=desk.key(data, key),
        help="Probability of that class, by the AI's calibrated ensemble.",
    )
    return round((usual if value is None else float(value)) / 100, 6)


def _possible(kind: str, data: AnnotationSet) -> bool:
    return bool(data.groups) if kind == "read_by_expert" else bool(data.experts)


def _add(data: AnnotationSet, guard: Guard) -> None:
    def added(scenario: Scenario) -> Scenario:
        return replace(scenario, guards=(*scenario.guards, guard))

    desk.change(data, added)


def _remove(data: AnnotationSet, place: int) -> None:
    def without(scenario: Scenario) -> Scenario:
        left = (g for i, g in enumerate(scenario.guards) if i != place)
        return replace(scenario, guards=tuple(left))

    desk.change(data, without)
