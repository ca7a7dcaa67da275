"""What is to be known about a data set before training, cached by content."""

import numpy as np
import pandas as pd
import streamlit as st

from app.shared.data_queries import dataset
from core.insight import (
    accuracy,
    agreement,
    ais,
    calibration,
    drift,
    first_checks,
    how_many,
    overall,
)
from core.insight.agreement import Agreement
from core.insight.calibration import Calibration
from core.insight.drift import Drift
from core.insight.first_checks import FirstCheck
from core.insight.how_many import Share, Wanted
from core.insight.overall import Overall


@st.cache_resource(max_entries=4, show_spinner=False)
def pairs(data_id: str) -> Agreement:
    """Agreement of every pair of experts; shared by all sessions, so never to be changed."""
    return agreement.agreement(dataset(data_id))


def pair_rows(data_id: str, found: Agreement, which: np.ndarray) -> pd.DataFrame:
    """Some pairs with their intervals.

    Args:
      data_id: the set.
      found: its `pairs`.
      which: positions in it.

    Returns:
      first, second (names), shared, agreed, kappa, low, high, enough, constant; kappa and its
      interval are NaN where it is undefined.
    """
    data = dataset(data_id)
    first, second = found.first[which], found.second[which]
    names = np.array(data.experts, dtype=object)
    kappas = agreement.pair_kappas(data, first, second)
    return pd.DataFrame(
        {"first": names[first], "second": names[second]}
        | kappas._asdict()
        | {"enough": found.enough[which]}
    )


@st.cache_data(max_entries=32, show_spinner=False)
def overall_agreement(data_id: str) -> Overall:
    """Agreement of all experts together."""
    return overall.overall(dataset(data_id))


@st.cache_data(max_entries=32, show_spinner=False)
def all_checks(data_id: str) -> list[FirstCheck]:
    """What to know, most important first."""
    data = dataset(data_id)
    known = pairs(data_id) if first_checks.needs_kappas(data) else None
    return first_checks.first_checks(data, known)


@st.cache_data(max_entries=16, show_spinner=False)
def class_table(data_id: str) -> accuracy.ClassTable:
    """Accuracy of every expert on every class."""
    return accuracy.class_table(dataset(data_id))


@st.cache_data(max_entries=64, show_spinner=False)
def reliability(data_id: str, label: str | None) -> Calibration:
    """Calibration of the set's own AI, for its answer or for one class."""
    data = dataset(data_id)
    return calibration.calibration(data, None if label is None else data.classes.index(label))


@st.cache_data(max_entries=32, show_spinner=False)
def all_ais(data_id: str) -> ais.AllAIs:
    """Every AI's accuracy."""
    return ais.all_ais(dataset(data_id))


@st.cache_data(max_entries=64, show_spinner=False)
def dates(data_id: str) -> str | None:
    """The column with dates, if there is one."""
    return drift.date_column(dataset(data_id).groups)


@st.cache_data(max_entries=64, show_spinner=False)
def over_time(data_id: str, expert: str | None) -> Drift | None:
    """Accuracy over time, of all experts or of one."""
    data = dataset(data_id)
    return drift.drift(data, None if expert is None else data.experts.index(expert))


@st.cache_data(max_entries=64, show_spinner=False)
def known(data_id: str, expert: str | None, label: str | None) -> Share:
    """A share as it is known today: the team's (None), an expert's, or that on one class."""
    data = dataset(data_id)
    if expert is None:
        return how_many.measured(data)
    which = None if label is None else data.classes.index(label)
    return how_many.accuracy_of(data, data.experts.index(expert), which)


@st.cache_data(max_entries=64, show_spinner=False)
def wanted(data_id: str, half: float, label: str | None) -> Wanted:
    """What every expert lacks for an interval of ± `half`."""
    data = dataset(data_id)
    return how_many.wanted(data, half, None if label is None else data.classes.index(label))
