"""How many cases each agent takes, in whole numbers that add up to all of them."""

from collections.abc import Collection, Sequence

import streamlit as st

from app.shared import state, views, words
from app.worklist import worklist_queries
from app.worklist import worklist_queries as asked
from app.worklist.model import Chosen
from app.worklist.worklist_queries import Given
from core.dataset.agent_names import called
from core.scenarios.settings import Scenario

_ACROSS, _MOST_SHOWN = 4, 16
_OF = "worklist_of"


def editor(
    chosen: Chosen, given: Given, scenario: Scenario | None = None
) -> tuple[int, ...] | None:
    """A field per agent; None, with a remedy, while the cases cannot be assigned so.

    Args:
      chosen: whose model assigns the cases.
      given: the cases.
      scenario: whose rules hold and whose bounds suggest the numbers; None for none.
    """
    model, cases = chosen.model, len(given.cases)
    agents = words.all_marked(model.agents, model.machines)
    suggested = None
    off: Sequence[str] = ()
    of: tuple[object, ...] = (chosen.run_id, cases)
    if scenario is not None and cases:
        suggested = asked.suggested(chosen.run_id, chosen.seed, given, scenario)
        idle = asked.ruled(chosen.run_id, chosen.seed, given, scenario).off_duty
        off = words.all_marked(idle, model.machines)
        of = (*of, given.id, scenario)
    elif given.people_only:
        of = (*of, given.id)
    if st.session_state.get(_OF) != of:
        _set(list(suggested.places) if suggested else _usual(chosen, given))
        st.session_state[_OF] = of
    if suggested is not None and suggested.why:
        st.warning(
            f"**These cases do not fit the scenario's bounds.** "
            f"{views.escape(words.sentence(suggested.why))} "
            "The numbers below are the nearest possible ones; they keep guard rules and duties, "
            "not all bounds.",
            icon=":material/warning:",
        )
    with st.container(height=420 if len(agents) > _MOST_SHOWN else "content"):
        places = _fields(agents, cases, off)
    total = sum(places)
    if total != cases:
        _not_all(places, total, cases)
        return None
    if given.people_only or scenario is not None:
        room = asked.room_for(chosen.run_id, chosen.seed, given, scenario, places)
        if room.why:
            _no_room(room.why, room.places, agents)
            return None
    if suggested is None or scenario is None:
        st.caption(f"The numbers add up to {words.count(cases, 'case')}.")
        return places
    _compared(chosen, given, scenario, places, suggested.places)
    return places


def _fields(agents: Sequence[str], cases: int, off: Collection[str]) -> tuple[int, ...]:
    places = []
    across = _ACROSS + (len(agents) == _ACROSS + 1)  # one alone would have a row of its own
    for start in range(0, len(agents), across):
        columns = st.columns(across, gap="medium")
        for column, k in zip(columns, range(start, min(start + across, len(agents))), strict=False):
            with column:
                places.append(_field(agents[k], k, cases, agents[k] in off))
    return tuple(places)


def _field(agent: str, place: int, cases: int, off: bool) -> int:
    most = 0 if off else cases
    state.whole(_key(place), 0, 0, most)
    number = st.number_input(
        views.escape(agent) + (" · off duty" if off else ""),
        0,
        most,
        step=1,
        key=_key(place),
        persist_state="session",
        disabled=off,
    )
    return int(number)


def _not_all(places: tuple[int, ...], total: int, cases: int) -> None:
    off = f"{abs(total - cases):,} too {'many' if total > cases else 'few'}"
    st.error(
        f"The numbers add up to {total:,}, but there are {words.count(cases, 'case')}: {off}.",
        icon=":material/error:",
    )
    st.button(
        "Make them add up",
        key="worklist_fix",
        icon=":material/build:",
        on_click=_fix,
        args=(places, cases),
        help="Keeps the proportions; agents without cases stay without.",
    )


def _no_room(why: str, nearest: tuple[int, ...], agents: Sequence[str]) -> None:
    st.error(f"**Not possible.** {views.escape(words.sentence(why))}", icon=":material/block:")
    st.button(
        "Use the nearest possible numbers",
        key="worklist_nearest",
        type="primary",
        icon=":material/auto_fix_high:",
        on_click=_set,
        args=(list(nearest),),
        help="Moves as few cases as possible; guard rules hold, and who may get cases outside the "
        "range of training.",
    )
    listed = ", ".join(f"{called(a)} {n:,}" for a, n in zip(agents, nearest, strict=True) if n)
    st.caption(views.escape(f"Nearest: {listed}."))


def _compared(
    chosen: Chosen,
    given: Given,
    scenario: Scenario,
    places: tuple[int, ...],
    suggested: tuple[int, ...],
) -> None:
    """Whether these are the suggested numbers, and which bounds they are outside of."""
    machines = chosen.model.machines
    least, most = asked.ruled(chosen.run_id, chosen.seed, given, scenario).bounds()
    left = [
        f"{called(words.marked(name, machines))} has {n:,}, the scenario asks for "
        f"{words.range_words(scenario, terms)}"
        for (name, terms), n, low, high in zip(scenario.agents, places, least, most, strict=True)
        if not low <= n <= high
    ]
    cases = words.count(len(given.cases), "case")
    if left:
        st.warning(
            views.escape(f"Outside the scenario's bounds: {'; '.join(left)}."),
            icon=":material/warning:",
        )
    if places == suggested:
        which = "nearest to its bounds" if left else "the most expected right decisions within them"
        st.caption(
            f"Suggested for {cases} from the scenario's bounds and rules: {which}. You can change "
            "them; the rules still hold."
        )
        return
    st.caption(f"The numbers add up to {cases}.")
    st.button(
        "Restore the suggested numbers",
        key="worklist_suggested",
        icon=":material/undo:",
        on_click=_set,
        args=(list(suggested),),
    )


def _usual(chosen: Chosen, given: Given) -> list[int]:
    """Equal numbers, or the nearest possible, and none for experts left out of training."""
    on = tuple(int(agent not in chosen.model.left_out) for agent in chosen.model.agents)
    equal = worklist_queries.spread(on, len(given.cases))
    if not given.people_only:
        return equal
    return list(asked.room_for(chosen.run_id, chosen.seed, given, None, tuple(equal)).places)


def _fix(places: tuple[int, ...], cases: int) -> None:
    _set(worklist_queries.spread(places, cases))


def _set(places: list[int]) -> None:
    for k, number in enumerate(places):
        state.choose(_key(k), number)


def _key(agent: int) -> str:
    return f"places_{agent}"
