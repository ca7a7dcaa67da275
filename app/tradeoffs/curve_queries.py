"""Finished runs against one another: what never changes is computed once per pair of runs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app.shared.data_queries import home
from app.shared.run_queries import runs, store
from core.base.trouble import StorageError

if TYPE_CHECKING:
    from core.evaluation.areas import AreaDifference
    from core.record.record import RunRecord
    from core.results.models import RunResult


def curve(run_id: str) -> "RunResult":
    """A finished run's result without what only a single point is asked for.

    Dozens of runs are compared at once, and all of them are needed at every drawing.
    """
    return _curve(run_id, home())


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


@st.cache_resource(max_entries=1000, show_spinner=False)
def _curve(run_id: str, home: str) -> "RunResult":
    return store().result(run_id).curves_only()


@st.cache_data(max_entries=5000, show_spinner=False)
def _difference(
    first: tuple[str, str], second: tuple[str, str], home: str
) -> "AreaDifference | None":
    from core.results.curve import area_difference as difference

    ours, theirs = (
        (curve(run_id), rule, _replicates(run_id, home).get(rule))
        for run_id, rule in (first, second)
    )
    return difference(ours, theirs)


@st.cache_data(max_entries=500, show_spinner=False)
def _replicates(run_id: str, home: str) -> Mapping[str, np.ndarray]:
    try:
        return store().areas(run_id)
    except (OSError, StorageError):  # lost, or torn
        return {}
