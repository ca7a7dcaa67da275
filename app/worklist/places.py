"""How many cases each agent takes, in whole numbers that add up to all of them."""

import streamlit as st

from app import queries, state, views, words
from app.worklist.model import Chosen

_ACROSS, _MOST_SHOWN = 4, 16
_OF = "worklist_of"


def editor(chosen: Chosen, cases: int) -> tuple[int, ...] | None:
    """A field per agent; None, with a way to mend it, while the sum is not the number of cases."""
    agents = chosen.model.agents
    of = (chosen.run_id, cases)
    if st.session_state.get(_OF) != of:
        _set(_usual(chosen, cases))
        st.session_state[_OF] = of
    with st.container(height=420 if len(agents) > _MOST_SHOWN else "content"):
        places = _fields(agents, cases)
    total = sum(places)
    if total == cases:
        st.caption(f"The places add up to {words.count(cases, 'case')}.")
        return places
    off = f"{abs(total - cases):,} too {'many' if total > cases else 'few'}"
    st.error(
        f"The places add up to {total:,}, and there are {words.count(cases, 'case')}: {off}.",
        icon=":material/error:",
    )
    st.button(
        "Make them add up",
        key="worklist_fix",
        icon=":material/build:",
        on_click=_fix,
        args=(places, cases),
        help="Keeps the proportions; who has none keeps none.",
    )
    return None


def _fields(agents: tuple[str, ...], cases: int) -> tuple[int, ...]:
    places = []
    for start in range(0, len(agents), _ACROSS):
        columns = st.columns(_ACROSS, gap="medium")
        for column, k in zip(
            columns, range(start, min(start + _ACROSS, len(agents))), strict=False
        ):
            with column:
                state.whole(_key(k), 0, 0, cases)
                number = st.number_input(
                    views.escape(agents[k]), 0, cases, step=1, key=_key(k), persist_state="session"
                )
                places.append(int(number))
    return tuple(places)


def _usual(chosen: Chosen, cases: int) -> list[int]:
    """The same for everybody, nothing for experts who were left out in training."""
    on = tuple(int(agent not in chosen.model.left_out) for agent in chosen.model.agents)
    return queries.spread(on, cases)


def _fix(places: tuple[int, ...], cases: int) -> None:
    _set(queries.spread(places, cases))


def _set(places: list[int]) -> None:
    for k, number in enumerate(places):
        state.choose(_key(k), number)


def _key(agent: int) -> str:
    return f"places_{agent}"
