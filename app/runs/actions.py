"""Actions on runs, each with a message, even if the run has changed meanwhile."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.runs import selection
from app.shared import run_queries, views, words
from core.base import names
from core.base.trouble import storage_words

if TYPE_CHECKING:
    from core.record.record import RunRecord

GONE = "is no longer here: somebody has deleted it."
_SAID = "runs_said"


def say() -> None:
    """Shows the last action's message: successes as a toast, problems as a warning."""
    done, problem = st.session_state.pop(_SAID, ("", ""))
    if done:
        st.toast(views.escape(done), icon=":material/check:")
    if problem:
        st.warning(views.escape(problem), icon=":material/warning:")


def cancel(record: "RunRecord") -> None:
    """Asks for a run to be cancelled, unless it has ended by now."""
    now = run_queries.run(record.run_id)
    if now is not None and now.done:
        ended = words.STATES[now.state][0].lower()
        _tell(problem=f"“{views.called(now)}” had already ended: it is {ended}.")
        return
    _try(lambda: run_queries.cancel(record.run_id), record, "Cancelling “{}”.")


def edit(record: "RunRecord", name: str, note: str) -> str:
    """Gives a run another name and note; returns what is wrong with them, empty when saved."""
    if not name.strip():
        return "A run needs a name: write at least one letter."
    if why := names.refusal(name, "the name"):
        return words.sentence(why)

    def save() -> None:
        if name.strip() != record.name:
            run_queries.rename(record.run_id, name)
        if note.strip() != record.note:
            run_queries.write_note(record.run_id, note)

    try:
        _try(save, record, "Saved.")
    except ValueError as error:
        return words.sentence(error)
    return ""


def delete(records: "Sequence[RunRecord]") -> None:
    """Deletes runs; those that have started to run meanwhile stay, with a message."""
    removed, stayed, missing, gone = [], [], [], []
    for record in records:
        try:
            run_queries.delete(record.run_id)
            removed.append(views.called(record))
            gone.append(record.run_id)
        except LookupError:
            missing.append(views.called(record))
            gone.append(record.run_id)
        except RuntimeError:
            stayed.append(views.called(record))
    selection.drop(gone)
    problems = [f"“{name}” had already been deleted." for name in missing]
    problems += [f"“{name}” is running now: cancel it before deleting it." for name in stayed]
    done = f"Deleted {words.listing(removed, 3)}." if removed else ""
    _tell(done, " ".join(problems))


def _try(action: Callable[[], None], record: "RunRecord", done: str) -> None:
    """Does it, with a message that it worked or why it did not."""
    name = views.called(record)
    try:
        action()
    except LookupError:
        _tell(problem=f"“{name}” {GONE}")
    except ValueError:
        raise
    except Exception as error:
        logging.getLogger("caseload").exception("run %s", record.run_id)
        _tell(
            problem=storage_words(error)
            or f"This could not be done to “{name}” just now; details are in the log of the "
            "terminal that started Caseload. Try again."
        )
    else:
        _tell(done.format(name))


def _tell(done: str = "", problem: str = "") -> None:
    st.session_state[_SAID] = done, problem
