"""The chosen data set: what it is, and training on it, renaming and deleting it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from app.data import derive_dialog, derive_words, names
from app.shared import data_queries, run_queries, state, trouble, views, words
from core.base.limits import LONGEST_SET_NAME
from core.base.report import DataError
from core.deriving.recipe import Recipe
from core.library.samples import SAMPLES

_DIALOG = "data_dialog"  # in the session: which dialog is open, about which set
_ACTIONS = {
    "derive": (
        "Derive a set",
        ":material/account_tree:",
        "Make another set of this one: remove annotations, add simulated experts or a team of ten.",
    ),
    "rename": ("Rename", ":material/edit:", None),
    "delete": ("Delete", ":material/delete:", None),
}


def summary(data_id: str, facts: Mapping[str, Any]) -> None:
    """A description of the chosen set."""
    entry = data_queries.entries()[data_id]
    # A set that is no sample is described by the figures below.
    text = entry.text if data_id in SAMPLES else f"Uploaded: {words.KINDS[facts['kind']]}."
    if facts["derived"] is not None:
        text = derive_words.derived_text(facts["derived"])
    st.markdown(views.escape(text))
    if facts["derived"] is not None:
        _ancestry(facts["derived"])
    if entry.simulated:
        st.badge("simulated experts", color="gray", icon=":material/smart_toy:")
    if facts["kind"] == "labels":
        st.info(
            "This set holds labels only, so all cases look alike: workloads can be planned by how "
            "accurate each expert is on each class, but not by what a case looks like. To tell "
            "cases apart, upload it again with an AI's scores, features or images.",
            icon=":material/info:",
        )
    elif facts["kind"] == "scores":
        st.info(
            "This set holds labels and an AI's scores. How sure the AI is of a case, after "
            "calibration, decides who should get it.",
            icon=":material/info:",
        )
    if machines := names.machines(facts):
        text = views.escape(words.further_ais(machines))
        st.caption(f"{text} The coverage counts the AI alone.")


def _ancestry(derived: Mapping[str, Any]) -> None:
    """The way to a derived set's parent, and its recipe."""
    with st.container(horizontal=True, gap="small"):
        if (parent := data_queries.data_id_of(derived["parent"])) is not None:
            st.button(
                "Show the original set",
                key="to_parent",
                icon=":material/arrow_back:",
                on_click=state.choose,
                args=("data", parent),
            )
        else:
            st.caption("The original set is no longer here.")
        with suppress(ValueError):  # of another version
            derive_dialog.recipe_button(Recipe.read(derived["recipe"]), "own_recipe")


def damaged(data_id: str) -> None:
    """A set whose files are damaged: what that means and what to do."""
    st.error(
        f"The files of **{views.escape(data_queries.stored_name(data_id))}** are damaged, "
        "for example by a power cut or an incomplete copy, and its cases cannot be read. Upload "
        "the same files again to repair it, or delete it here. The curves of its runs stay.",
        icon=":material/broken_image:",
    )
    st.button("Delete", key="delete", icon=":material/delete:", on_click=_open,
              args=("delete", data_id))  # fmt: skip
    _dialog(data_id)


def figures(facts: Mapping[str, Any]) -> None:
    """The set in five numbers, and how many patients there are."""
    total = sum(facts["cases"].values())
    classes = views.escape(words.listing(facts["classes"], 12))
    shown = (
        ("Cases", f"{total:,}", "Examples to decide."),
        ("Experts", f"{len(names.people(facts)):,}", "Humans who annotated some of the cases."),
        ("Classes", f"{len(facts['classes']):,}", classes),
        (
            "Annotations",
            f"{facts['annotations']['total']:,}",
            "Labels that experts gave to cases, over all splits.",
        ),
        (
            "Missing",
            words.percent(facts["missing_rate"]),
            "Share of (case, expert) pairs without an annotation.",
        ),
    )
    for column, (label, value, help) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(label, value, help=help)
    if "patients" in facts:
        st.caption(
            f"The cases are of {words.count(facts['patients'], 'patient')}. A patient's cases stay "
            "together where cases are drawn, and intervals go by patient."
        )


def actions(data_id: str, facts: Mapping[str, Any]) -> None:
    """Buttons to train on the set, to derive another one, and to rename or delete a stored one."""
    with st.container(horizontal=True, gap="small"):
        if st.button(
            "Train on this data set",
            key="to_train",
            type="primary",
            icon=":material/arrow_forward:",
        ):
            st.switch_page(f"{views.PAGES}/train.py", query_params={"data": data_id})
        for kind, (label, icon, help) in _ACTIONS.items():
            if kind == "derive" or data_id not in SAMPLES:
                st.button(label, key=kind, icon=icon, help=help, on_click=_open,
                          args=(kind, data_id))  # fmt: skip
    _dialog(data_id)


def _open(kind: str, data_id: str) -> None:
    """Opens a dialog in the next run; it stays open until it is closed or done."""
    st.session_state[_DIALOG] = (kind, data_id)


def _close() -> None:
    st.session_state.pop(_DIALOG, None)
    derive_dialog.forget()


def _dialog(data_id: str) -> None:
    """Draws the open dialog, if there is one and it is about the chosen set."""
    kind, about = st.session_state.get(_DIALOG, (None, None))
    if about != data_id:
        _close()
    elif kind == "derive":
        st.dialog("Derive a set", icon=":material/account_tree:", width="large", on_dismiss=_close)(
            derive_dialog.draw
        )(about)
    elif kind == "rename":
        st.dialog("Rename the data set", icon=":material/edit:", on_dismiss=_close)(_rename)(about)
    else:
        st.dialog("Delete the data set?", icon=":material/delete:", on_dismiss=_close)(_delete)(
            about
        )


def _rename(data_id: str) -> None:
    with st.form("rename_form", border=False):
        name = st.text_input(
            "New name",
            data_queries.stored_name(data_id),
            key="rename_to",
            max_chars=LONGEST_SET_NAME,
        )
        st.caption("Runs trained on it keep the name it had then.")
        done = st.form_submit_button("Rename", key="rename_now", type="primary")
    if done:
        try:
            data_queries.rename_data(data_id, name or "")
        except (DataError, OSError) as error:
            trouble.show(error)
            return
        _close()
        st.rerun()


def _delete(data_id: str) -> None:
    name = data_queries.stored_name(data_id)
    broken = data_queries.entries()[data_id].damaged
    cases = "" if broken else f" and its {words.count(_cases(data_id), 'case')}"
    st.markdown(
        f"**{views.escape(name)}**{cases} will be removed from this computer's library. The files "
        "you uploaded it from are not touched."
    )
    with st.spinner("Looking for runs that use it …"):
        runs = run_queries.runs_of(data_id)
    live = [r for r in runs if r.state in run_queries.LIVE]
    if live:
        st.error(
            f"{words.count(len(live), 'run')} on it "
            f"{'is' if len(live) == 1 else 'are'} waiting or running and would fail: "
            f"{views.escape(words.listing([views.called(r) for r in live], 3))}. "
            "Cancel them first, or wait until they end.",
            icon=":material/error:",
        )
        st.page_link(
            f"{views.PAGES}/train.py",
            label="Show the run",
            icon=":material/arrow_forward:",
            query_params={"watch": live[0].run_id},
        )
        return
    if runs:
        which = "this run" if len(runs) == 1 else "these runs"
        st.warning(
            f"{words.count(len(runs), 'run')} used it: "
            f"{views.escape(words.listing([views.called(r) for r in runs], 4))}. Curves and "
            f"downloads stay, but you can no longer look at the cases or repeat {which}. Uploading "
            "the same files again restores both.",
            icon=":material/warning:",
        )
    with st.container(horizontal=True):
        sure = st.button("Delete it", key="delete_now", type="primary", icon=":material/delete:")
        if st.button("Keep it", key="delete_not"):
            _close()
            st.rerun()
    if sure:
        try:
            data_queries.remove_data(data_id)
        except (DataError, OSError) as error:
            trouble.show(error)
            return
        _close()
        state.publish("data", None)  # the picker then starts from the first sample
        st.toast(f"{views.escape(name)} was deleted.", icon=":material/delete:")
        st.rerun()


def _cases(data_id: str) -> int:
    return sum(data_queries.description(data_id)["cases"].values())
