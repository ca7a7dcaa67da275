"""Finished runs against one another: what never changes is computed once per pair of runs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.queries.data import home
from app.queries.runs import result, runs, store
from core.base.trouble import StorageError

if TYPE_CHECKING:
    from core.evaluation.areas import AreaDifference
    from core.runs.record import RunRecord


def area_difference(first: tuple[str, str], second: tuple[str, str]) -> "AreaDifference | None":
    """Area of the first (run id, rule) less that of the second; None where one is unknown."""
    return _difference(first, second, home())


def twin(record: "RunRecord") -> "RunRecord | None":
    """The newest finished run that differs in nothing but the experts' policy."""
    if record.config.bounded:
        return None
    humans = "free" if record.config.humans == "balanced" else "balanced"
    wanted = replace(record.config, humans=humans)
    for other in runs(limit=1000, states=("finished",)):
        if other.dataset_hash == record.dataset_hash and other.config == wanted:
            return other
    return None


@st.cache_data(max_entries=512, show_spinner=False)
def _difference(
    first: tuple[str, str], second: tuple[str, str], home: str
) -> "AreaDifference | None":
    from app.results.compare import run_area
    from core.evaluation.areas import compare

    ours, theirs = result(first[0]), result(second[0])
    return compare(
        run_area(ours, first[1], _replicates(first[0], home).get(first[1]), like=theirs),
        run_area(theirs, second[1], _replicates(second[0], home).get(second[1]), like=ours),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _replicates(run_id: str, home: str) -> Mapping[str, np.ndarray]:
    try:
        return store().areas(run_id)
    except (OSError, StorageError):  # an older run, or a torn file
        return {}
