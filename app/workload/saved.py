"""Scenarios by name: save, load, rename, delete, compare up to four, download."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import scenario_queries, state, trouble, views, words
from app.shared import workload_bars as charts
from app.shared.scenario_model import Chosen
from app.shared.scenario_queries import Asked
from app.workload import desk, downloads
from app.workload import scenario_tables as tables
from app.workload import scenario_words as wording
from app.workload.asking import View
from core.base.names import isolated
from core.base.trouble import storage_words
from core.scenarios.answer import Answer
from core.scenarios.settings import LONGEST_NAME, ScenarioError

if TYPE_CHECKING:
    from core.record.scenario_store import Saved

MOST = 4  # scenarios side by side
_OPEN, _SAID, _WRONG = "workload:open", "workload:said", "workload:wrong"


def draw_saved_scenarios(chosen: Chosen, asked: Asked, view: View) -> None:
    """The saved scenarios, those side by side, and the downloads."""
    known = {one.id: one for one in scenario_queries.saved(chosen.data.content_hash)}
    left, right = st.columns([2, 3], gap="large")
    with left:
        _save(chosen)
    with right:
        _one(chosen, known)
    _damaged()
    answers = _beside(chosen, asked, view, known)
    downloads.draw_downloads(chosen, answers, view)


def _damaged() -> None:
    """Saved scenarios that cannot be read, and a way to remove them."""
    if not (lost := scenario_queries.damaged()):
        return
    one = len(lost) == 1
    with st.container(border=True):
        st.warning(
            f"{words.count(len(lost), 'saved scenario')} cannot be read: "
            f"{'its file is' if one else 'their files are'} damaged "
            f"({words.listing([f'{i}.json' for i in lost], 3)}). "
            f"{'Its' if one else 'Their'} settings are lost. "
            "Restore the store from a backup, or remove "
            f"{'it' if one else 'them'} here; everything else works.",
            icon=":material/broken_image:",
        )
        st.button(
            "Remove what cannot be read",
            key="remove_damaged",
            icon=":material/delete:",
            on_click=trouble.guarded(scenario_queries.remove_damaged),
        )


def _save(chosen: Chosen) -> None:
    name = desk.key(chosen.data, "save_name")
    with st.form(desk.key(chosen.data, "save_form"), border=False):
        st.text_input(
            "Save this scenario as",
            key=name,
            max_chars=LONGEST_NAME,
            placeholder="for example: one expert on leave",
        )
        st.form_submit_button(
            "Save",
            icon=":material/save:",
            key="save_scenario",
            on_click=_saved,
            args=(chosen, name),
        )
    _said()


def _saved(chosen: Chosen, place: str) -> None:
    name = str(st.session_state.get(place) or "").strip()
    if not name:
        st.session_state[_WRONG] = "A scenario needs a name"
        return
    try:
        scenario_queries.save(replace(desk.now(chosen.data), name=name), chosen.model)
    except (ScenarioError, OSError) as error:
        st.session_state[_WRONG] = f"Not saved: {storage_words(error) or error}"
        return
    st.session_state[place] = ""
    st.session_state[_SAID] = f"Saved “{name}”."


def _said() -> None:
    """What the last click did, or why it failed."""
    if done := st.session_state.pop(_SAID, None):
        st.toast(views.escape(done), icon=":material/check:")
    if wrong := st.session_state.pop(_WRONG, None):
        st.warning(f"{views.escape(wrong.removesuffix('.'))}.", icon=":material/edit:")


def _one(chosen: Chosen, known: "Mapping[str, Saved]") -> None:
    """A saved scenario: load it, rename it, or delete it."""
    if not known:
        st.caption("No scenario saved yet. Saved scenarios are kept when the program restarts.")
        return
    saved_id = st.selectbox(
        "Saved scenarios",
        list(known),
        format_func=lambda i: isolated(label(known[i], known)),
        key=desk.key(chosen.data, "saved_one"),
    )
    one = known[saved_id]
    with st.container(horizontal=True):
        st.button(
            "Load",
            key="load_scenario",
            icon=":material/download:",
            on_click=_load,
            args=(chosen, one),
        )
        st.button("Rename", key="rename_scenario", icon=":material/edit:", on_click=_open,
                  args=("rename", one.id))  # fmt: skip
        st.button("Delete", key="delete_scenario", icon=":material/delete:", on_click=_open,
                  args=("delete", one.id))  # fmt: skip
    kind, about = st.session_state.get(_OPEN, ("", ""))
    if about != one.id:
        return
    if kind == "rename":
        _rename(one)
    elif kind == "delete":
        _delete(one)


def _rename(one: "Saved") -> None:
    with st.form("rename_form", border=True):
        st.text_input("New name", one.name, max_chars=LONGEST_NAME, key="new_name")
        with st.container(horizontal=True):
            st.form_submit_button(
                "Rename", type="primary", key="rename_now", on_click=_renamed, args=(one.id,)
            )
            st.form_submit_button("Keep its name", key="rename_not", on_click=_close)


def _renamed(saved_id: str) -> None:
    try:
        scenario_queries.rename_saved(saved_id, str(st.session_state.get("new_name") or ""))
    except (ScenarioError, LookupError, OSError) as error:
        st.session_state[_WRONG] = f"Not renamed: {storage_words(error) or error}"
        return
    _close()


def _delete(one: "Saved") -> None:
    with st.container(border=True):
        st.markdown(
            f"Delete **{views.escape(one.name)}** for good? Links that compare with it will "
            "no longer find it. Runs stay."
        )
        with st.container(horizontal=True):
            st.button("Delete", key="delete_now", type="primary", icon=":material/delete:",
                      on_click=trouble.guarded(_deleted), args=(one.id,))  # fmt: skip
            st.button("Keep it", key="delete_not", on_click=_close)


def _deleted(saved_id: str) -> None:
    with suppress(LookupError):  # somebody else deleted it first
        scenario_queries.delete_saved(saved_id)
    _close()


def _load(chosen: Chosen, one: "Saved") -> None:
    if set(one.scenario.names) == set(chosen.data.agents):
        desk.put(chosen.data, one.scenario)
        st.session_state[_SAID] = f"“{one.name}” is loaded."
    else:
        st.session_state[_SAID] = f"“{one.name}” is for other agents and was not loaded."


def _beside(
    chosen: Chosen, asked: Asked, view: View, known: "Mapping[str, Saved]"
) -> dict[str, Answer]:
    """Up to four scenarios side by side; returns their answers by name, the current one first."""
    answers: dict[str, Answer] = {}
    if asked.answer is not None:
        answers[wording.scenario_name(desk.now(chosen.data), known)] = asked.answer
    if not known:
        return answers
    place = desk.key(chosen.data, "beside")
    st.session_state[place] = [i for i in st.session_state.get(place, []) if i in known]
    wanted = st.multiselect(
        "Compare side by side",
        list(known),
        format_func=lambda i: isolated(label(known[i], known)),
        key=place,
        max_selections=MOST - 1,
        placeholder="up to three saved scenarios",
        persist_state="session",
    )
    for saved_id in wanted:
        one = known[saved_id]
        found = scenario_queries.ask(
            chosen.model,
            one.scenario,
            view.baseline,
            view.class_index,
            view.coming(one.scenario),
        )
        if found.answer is not None:
            answers[_free(label(one, known), answers)] = found.answer
            continue
        why = found.why if found.obstacle is None else found.obstacle.reason
        st.warning(
            f"“{views.escape(one.name)}” cannot be shown: {views.escape(why)}.",
            icon=":material/block:",
        )
    if len(answers) > 1:
        st.html(charts.html(state.theme(), *charts.side_by_side(answers)))
        table = tables.side_by_side(answers, view.label)
        st.dataframe(
            table,
            hide_index=True,
            height="content" if len(table) <= 24 else 600,
            alt="Figures of the scenarios side by side",
        )
        st.caption(views.escape(f"Changes are against “{view.against}”, paired by case."))
    return answers


def label(one: "Saved", known: "Mapping[str, Saved]") -> str:
    """A saved scenario's name; where several share it, also the time it was saved and its id."""
    alike = [other for other in known.values() if other.name == one.name]
    if len(alike) < 2:
        return one.name
    return f"{one.name} · {one.saved.astimezone():%d %b %H:%M} · {one.id[:4]}"


def _free(name: str, taken: Mapping[str, object]) -> str:
    return name if name not in taken else f"{name} (saved)"


def _open(kind: str, saved_id: str) -> None:
    st.session_state[_OPEN] = kind, saved_id


def _close() -> None:
    st.session_state.pop(_OPEN, None)
