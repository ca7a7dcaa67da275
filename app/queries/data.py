"""Data sets: the samples and the library, cached by content hash."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app import words
from core.data import library as library_module
from core.data.annotation_set import AnnotationSet, Split
from core.data.describe import describe
from core.data.library import Library
from core.data.missingness import drop_annotations
from core.data.report import Report
from core.data.samples import SAMPLES, load_sample


@dataclass(frozen=True, slots=True)
class Entry:
    """A data set that can be chosen: a sample by its name, a stored one by its content hash."""

    id: str
    title: str
    text: str
    simulated: bool


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
    for e in sorted(Library().entries(), key=lambda e: e.added, reverse=True):
        if e.content_hash not in samples:
            text = (
                f"{words.count(e.cases, 'case')}, {words.count(e.experts, 'expert')}, "
                f"{words.count(e.classes, 'class', 'classes')}, {words.KINDS.get(e.kind, e.kind)}"
            )
            found[e.content_hash] = Entry(e.content_hash, e.name, text, e.simulated)
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


def kept_annotations(data_id: str, rate: float, seed: int) -> pd.DataFrame:
    """What a missing rate leaves: a row per expert with present and kept train annotations."""
    data = dataset(data_id)
    present = data.annotated[data.index(Split.TRAIN)]
    kept = drop_annotations(present, rate, seed)
    return pd.DataFrame(
        {
            "expert": list(data.experts),
            "present": present.sum(axis=0),
            "kept": kept.sum(axis=0),
            "cases": len(present),
        }
    )


@st.cache_data(max_entries=8, show_spinner=False)
def example_images(data_id: str, each: int = 6) -> list[tuple[np.ndarray, str]]:
    """A few train images, spread over the classes, with their ground truth."""
    data = dataset(data_id)
    if data.kind != "images" or data.inputs is None:
        return []
    train = data.index(Split.TRAIN)
    chosen = []
    for c in range(len(data.classes)):
        of_class = train[data.truth[train] == c]
        chosen += [(rank, c, i) for rank, i in enumerate(of_class[:each])]
    return [(data.inputs[i], data.classes[c]) for _, c, i in sorted(chosen)[:each]]


def enlarged(image: np.ndarray, side: int = 112) -> np.ndarray:
    """A small image at several times its size with hard pixel edges, larger ones as they are."""
    factor = max(1, side // max(image.shape[:2]))
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def variants(names: Sequence[str]) -> list[str]:
    """Rates of manifest variants among the names, such as `0.3` of `label_A_train_0.3.json`."""
    found = {m[1] for name in names if (m := re.search(r"_(\d*\.\d+)\.json$", name))}
    return sorted(found, key=float)


def add_upload(
    files: Mapping[str, bytes], name: str | None, ignore_unknown: bool, rate: str | None = None
) -> str:
    """Reads uploaded files and stores the set; returns its content hash.

    Raises:
      DataError: the files cannot be used; nothing is stored.
    """
    from core.data.read import ReadOptions, read_files

    options = ReadOptions(ignore_unknown_cases=ignore_unknown, rate=rate)
    return Library().add(*read_files(files, name=name, options=options))


@st.cache_resource(max_entries=4, show_spinner=False)
def _sample(name: str) -> tuple[AnnotationSet, Report]:
    return load_sample(name)


@st.cache_resource(max_entries=6, show_spinner=False)
def _stored(content_hash: str, home: str) -> tuple[AnnotationSet, Report]:
    library = Library()
    return library.load(content_hash), library.report(content_hash)


def _loaded(data_id: str) -> tuple[AnnotationSet, Report]:
    return _sample(data_id) if data_id in SAMPLES else _stored(data_id, home())


@st.cache_data(max_entries=32, show_spinner=False)
def _described(data_id: str, home: str) -> dict[str, Any]:
    return describe(*_loaded(data_id))
