"""Data sets: the samples and the library, cached by content hash."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.shared import words
from core.base.report import Report
from core.dataset.annotation_set import AnnotationSet
from core.insight.describe import describe
from core.library import store as library_module
from core.library.intake import Outcome, Reading
from core.library.samples import SAMPLES, load_sample
from core.library.store import Library
from core.reading.formats import ReadOptions
from core.reading.read import Ask


@dataclass(frozen=True, slots=True)
class Entry:
    """A data set that can be chosen: a sample by its name, a stored one by its content hash."""

    id: str
    title: str
    text: str
    simulated: bool
    damaged: bool = False
    by_consensus: bool = False


def home() -> str:
    """The folder that holds everything made at run time."""
    return str(library_module.home())


def entries() -> dict[str, Entry]:
    """Data sets to choose from: the samples first, then the library, newest first."""
    found = {
        name: Entry(name, sample.title, sample.text, simulated=True)
        for name, sample in SAMPLES.items()
    }
    samples = {_sample(name)[0].content_hash for name in SAMPLES}
    library = Library()
    damaged = library.damaged()
    stored = [
        e
        for e in library.entries()
        if e.content_hash not in samples and e.content_hash not in damaged
    ]
    named = Counter([*(s.title for s in found.values()), *(e.name for e in stored)])
    for e in sorted(stored, key=lambda e: e.added, reverse=True):
        text = (
            f"{words.count(e.cases, 'case')}, {words.count(e.experts, 'expert')}, "
            f"{words.count(e.classes, 'class', 'classes')}, {words.KINDS.get(e.kind, e.kind)}"
        )
        # Two sets may be called the same; their content tells them apart.
        title = e.name if named[e.name] == 1 else f"{e.name} ({e.content_hash[:6]})"
        found[e.content_hash] = Entry(
            e.content_hash, title, text, e.simulated, by_consensus=bool(e.consensus)
        )
    for key, name in damaged.items():
        if key not in samples:
            found[key] = Entry(key, f"{name} (damaged)", "", simulated=False, damaged=True)
    return found


def title_of(dataset_name: str) -> str:
    """What a data set is called on screen: a sample by its title, others by their own name."""
    return SAMPLES[dataset_name].title if dataset_name in SAMPLES else dataset_name


def dataset(data_id: str) -> AnnotationSet:
    """The data set of an `Entry.id`.

    Raises:
      KeyError: neither a sample nor in the library.
    """
    return _loaded(data_id)[0]


def description(data_id: str) -> dict[str, Any]:
    """What `python -m core inspect` says of it."""
    return _described(data_id, home())


def part_of_truth(content_hash: str) -> tuple[str, ...]:
    """Experts whose answers seem to be part of a set's ground truth; none where it is gone."""
    data_id = data_id_of(content_hash)
    if data_id is None or entries()[data_id].damaged:
        return ()
    return tuple(description(data_id)["part_of_truth"])


def by_consensus(content_hash: str) -> str:
    """What the ground truth of a stored set is, in short; empty where it is known, or gone."""
    return _by_consensus(content_hash, home())


def consensus_of(data_id: str) -> dict[str, Any] | None:
    """`Consensus.summary` of a set; None where its ground truth is known."""
    found = dataset(data_id).consensus
    return None if found is None else found.summary()


def report(data_id: str) -> Report:
    """The reader's remarks on it."""
    return _loaded(data_id)[1]


def data_id_of(content_hash: str) -> str | None:
    """The `Entry.id` of a content hash, None when the set is no longer there."""
    for name in SAMPLES:
        if _sample(name)[0].content_hash == content_hash:
            return name
    return content_hash if content_hash in entries() else None


def stored_hash(data_id: str) -> str:
    """Content hash of a data set that is certainly in the library (a sample is put there)."""
    if data_id in SAMPLES:
        data, remarks = _sample(data_id)
        return Library().add(data, remarks)
    return data_id


def enlarged(image: np.ndarray, side: int = 112) -> np.ndarray:
    """A small image at several times its size with hard pixel edges, larger ones as they are."""
    factor = max(1, side // max(image.shape[:2]))
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def variants(names: Sequence[str]) -> list[str]:
    """Rates of manifest variants among the names, such as `0.3` of `label_A_train_0.3.json`."""
    found = {m[1] for name in names if (m := re.search(r"_(\d*\.\d+)\.json$", name))}
    return sorted(found, key=float)


def start_upload(
    files: Mapping[str, bytes | memoryview],
    name: str | None,
    options: ReadOptions,
    *,
    confirmed: bool,
    ask: Ask = "never",
    findings: Sequence[str] = (),
) -> Reading:
    """Has uploaded files read and stored by a process of its own, as long as this tab is open.

    Content that is there already keeps its name unless one is given. A set about which warnings
    offer choices is stored only if these are confirmed.

    Args:
      files: by name.
      name: what to call the set; None takes that of the files.
      options: how to read it.
      confirmed: whether the choices are.
      ask: whether columns are to be matched, see `core.reading.read.read_files`.
      findings: to store as one data set each.

    Raises:
      OSError: the files cannot be put down.
    """
    return Reading(
        files,
        library_module.home(),
        name=name,
        options=options,
        confirmed=confirmed,
        ask=ask,
        findings=findings,
        wanted=this_tab(),
    )


def finish_upload(outcome: Outcome) -> tuple[str, bool]:
    """The `Entry.id` of what was stored, and whether it was there before."""
    data_id = data_id_of(outcome.content_hash) or outcome.content_hash
    if outcome.known:
        _forget()
    return data_id, outcome.known or data_id in SAMPLES


def this_tab() -> Callable[[], bool]:
    """Whether the browser's tab that asks now is still open; to be asked from any thread."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    session, server = context.session_id, runtime.get_instance()
    return lambda: server.is_active_session(session)


def rename_data(content_hash: str, name: str) -> None:
    """Calls a stored set by another name.

    Raises:
      DataError: it is not there, or the name is blank.
    """
    Library().rename(content_hash, name)
    _forget()


def remove_data(content_hash: str) -> None:
    """Deletes a stored set; runs keep what they need for their curves.

    Raises:
      DataError: it is not there.
    """
    Library().remove(content_hash)
    _forget()


def stored_name(content_hash: str) -> str:
    """What people call a stored set."""
    library = Library()
    known = {e.content_hash: e.name for e in library.entries()}
    return known.get(content_hash) or library.damaged().get(content_hash, "")


def _forget() -> None:
    """Lets go of what was read under an old name, or is there no more."""
    _stored.clear()
    _by_consensus.clear()
    _described.clear()


@st.cache_resource(max_entries=4, show_spinner=False)
def _sample(name: str) -> tuple[AnnotationSet, Report]:
    return load_sample(name)


@st.cache_resource(max_entries=6, show_spinner=False)
def _stored(content_hash: str, home: str) -> tuple[AnnotationSet, Report]:
    library = Library()
    return library.load(content_hash), library.report(content_hash)


def _loaded(data_id: str) -> tuple[AnnotationSet, Report]:
    return _sample(data_id) if data_id in SAMPLES else _stored(data_id, home())


@st.cache_data(max_entries=512, show_spinner=False)
def _by_consensus(content_hash: str, home: str) -> str:
    return Library().consensus(content_hash)


@st.cache_data(max_entries=32, show_spinner=False)
def _described(data_id: str, home: str) -> dict[str, Any]:
    return describe(*_loaded(data_id))
