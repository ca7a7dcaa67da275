"""What can be seen in a data set before anything is trained, cached by content."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from jaxtyping import Int

from app.shared import words
from app.shared.data_queries import dataset
from core.base.percents import percent
from core.dataset import missingness
from core.dataset.annotation_set import Split
from core.encoding.decode import as_written
from core.insight import accuracy, browse, reads
from core.insight import pattern as pattern_module
from core.insight.pattern import Order, Pattern, Picture

_THUMBNAIL = 48  # pixels of the longer side


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case to look at: its row, and its image or its features as in the file."""

    row: pd.Series
    image: np.ndarray | None
    features: pd.Series | None


@st.cache_data(max_entries=32, show_spinner=False)
def pattern(data_id: str) -> Pattern:
    """What can be said of who annotated which cases."""
    return pattern_module.find_pattern(dataset(data_id), shared_cases(data_id))


@st.cache_resource(max_entries=4, show_spinner=False)
def shared_cases(data_id: str) -> Int[np.ndarray, "M M"]:
    """How many cases every two experts both annotated; shared by all sessions, never changed."""
    return reads.shared_cases(dataset(data_id))


@st.cache_data(max_entries=32, show_spinner=False)
def picture(data_id: str, order: Order) -> tuple[Picture, list[tuple[str, int]]]:
    """The cases × experts table in an order, and the runs of cases in it (name, cases)."""
    data = dataset(data_id)
    drawn = pattern_module.picture(data, pattern(data_id), order)
    if order == "class":
        counts = np.bincount(data.truth, minlength=len(data.classes))
        parts = list(zip(data.classes, counts.tolist(), strict=True))
    elif order == "split":
        parts = [(s.name.lower(), int((data.split == s).sum())) for s in Split]
    else:
        parts = []
    return drawn, [(name, cases) for name, cases in parts if cases]


@st.cache_data(max_entries=64, show_spinner=False)
def class_accuracy(data_id: str, expert: str) -> pd.DataFrame:
    """One expert's accuracy per class, see `core.insight.accuracy.by_class`."""
    data = dataset(data_id)
    return accuracy.by_class(data, data.experts.index(expert))


def confusion(data_id: str, expert: str) -> np.ndarray:
    """One expert's annotations against ground truth, counts."""
    data = dataset(data_id)
    return accuracy.confusion(data, data.experts.index(expert))


@st.cache_data(max_entries=64, show_spinner=False)
def group_accuracy(data_id: str, column: str, expert: str | None) -> pd.DataFrame:
    """Accuracy per value of a group column, see `core.insight.accuracy.by_group`."""
    data = dataset(data_id)
    who = None if expert is None else data.experts.index(expert)
    return accuracy.by_group(data, column, who)


@st.cache_data(max_entries=64, show_spinner=False)
def remaining(data_id: str, rate: float | Sequence[float], seed: int) -> missingness.Remaining:
    """What a missing rate (one for all, or one per expert) leaves of the train annotations."""
    return missingness.remaining(dataset(data_id), rate, seed)


def kept_annotations(data_id: str, rate: float | Sequence[float], seed: int) -> pd.DataFrame:
    """What a missing rate leaves: a row per expert with present and kept train annotations."""
    rest = remaining(data_id, rate, seed)
    return pd.DataFrame(
        {
            "expert": list(dataset(data_id).experts),
            "present": rest.present,
            "kept": rest.left,
            "cases": rest.cases,
        }
    )


@st.cache_data(max_entries=64, show_spinner=False)
def find_cases(data_id: str, said: browse.Said, label: str | None, split: str | None) -> np.ndarray:
    """Positions of the cases that fit, see `core.insight.browse.find_cases`."""
    data = dataset(data_id)
    return browse.find_cases(
        data,
        said,
        label=None if label is None else data.classes.index(label),
        split=None if split is None else Split[split.upper()],
    )


def case_rows(data_id: str, cases: np.ndarray) -> pd.DataFrame:
    """A row per case, see `core.insight.browse.case_rows`; further AIs are marked."""
    data = dataset(data_id)
    rows = browse.case_rows(data, cases)
    if data.machines:
        rows["said"] = [
            {label: [words.marked(name, data.machines) for name in who] for label, who in m.items()}
            for m in rows["said"]
        ]
    return rows


def how_known(data_id: str, cases: np.ndarray) -> list[str] | None:
    """Whether each case's truth is known, or how sure a consensus of it is; None where all are."""
    if (found := dataset(data_id).consensus) is None:
        return None
    return [
        f"consensus, {percent(float(sure))}" if filled else "known"
        for filled, sure in zip(found.filled[cases], found.confidence[cases], strict=True)
    ]


def case_view(data_id: str, case: int) -> CaseView:
    """One case with what the AI sees of it."""
    data = dataset(data_id)
    row = case_rows(data_id, np.array([case])).iloc[0]
    if data.inputs is None:
        return CaseView(row, None, None)
    if data.kind == "images":
        return CaseView(row, data.inputs[case], None)
    names = list(data.feature_names)
    return CaseView(row, None, pd.Series(as_written(data.encoder, names, data.inputs[case]), names))


def thumbnails(data_id: str, positions: Sequence[int]) -> list[str]:
    """Small pictures of some cases as data for the screen, never for a link."""
    from PIL import Image

    images = dataset(data_id).inputs
    assert images is not None
    drawn = []
    for position in positions:
        image = Image.fromarray(images[position])
        scale = _THUMBNAIL / max(image.size)
        # Small ones keep their hard edges, as in the picture of the single case.
        how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        held = io.BytesIO()
        image.resize(size, how).save(held, "PNG")
        drawn.append(f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}")
    return drawn
