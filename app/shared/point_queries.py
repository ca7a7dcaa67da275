"""The decisions behind a point, recomputed from a finished run's outputs; cached by run id."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from app.shared import one_class
from app.shared.data_queries import data_id_of, dataset, home
from app.shared.run_queries import result, store
from core.base.trouble import StorageError
from core.evaluation.classes import ClassReplicates
from core.evaluation.intervals import BootstrapWeights
from core.insight.calibration import Calibration
from core.methods.rules import RULES
from core.results import against_rest
from core.results import reliability as reliable
from core.results.decisions import Decided, DecisionsError, decided
from core.results.reliability import Promise

# What decisions need of a run's outputs; the rest can be many times as much.
_NEEDED = (
    *("test_index", "targets", "value_test", "ai_answer_test"),
    *("scores_test", "ai_probabilities_test"),
)


class Decisions(NamedTuple):
    """Decisions of a point, one entry per seed, or why there are none.

    Attributes:
      decisions: empty when they cannot be recomputed.
      why: in words; empty when they can.
    """

    decisions: tuple[Decided, ...]
    why: str


def decisions(run_id: str, rule: str, target: float | None, seeds: Sequence[int]) -> Decisions:
    """Who decided which test case at a point."""
    if rule not in RULES:
        return Decisions((), f"The rule {rule} is not known to this version.")
    data_id = data_id_of(result(run_id).dataset.content_hash)
    if data_id is None:
        return Decisions((), "The data set of this run is no longer here; add it again under Data.")
    try:
        return Decisions(_decided(run_id, rule, target, tuple(seeds), data_id, home()), "")
    except DecisionsError as error:
        return Decisions((), str(error))
    except StorageError as error:
        return Decisions((), str(error))
    except (OSError, LookupError, ValueError):
        return Decisions((), "The outputs of this run are not stored; train it again to get them.")


def promise(run_id: str, rule: str, target: float | None, seeds: Sequence[int]) -> Promise | None:
    """What was promised at a point against what happened; None where that is not known."""
    found = decisions(run_id, rule, target, seeds).decisions
    if not found:
        return None
    return reliable.promise(found, [_outputs(run_id, seed, home())["value_test"] for seed in seeds])


def reliability(run_id: str, target: float | None, seeds: Sequence[int]) -> dict[str, Calibration]:
    """Calibration of the run's probabilities on its test cases; empty where it is not known."""
    data_id = data_id_of(result(run_id).dataset.content_hash)
    if data_id is None:
        return {}
    try:
        return _reliability(run_id, target, tuple(seeds), data_id, home())
    except (StorageError, OSError, LookupError, ValueError):
        return {}


@st.cache_resource(max_entries=64, show_spinner=False)
def _reliability(
    run_id: str, target: float | None, seeds: tuple[int, ...], data_id: str, home: str
) -> dict[str, Calibration]:
    names = (*_NEEDED, "ensemble_test", "log_experts_test")
    outputs = [store().outputs(run_id, seed, names) for seed in seeds]
    return reliable.reliability(dataset(data_id), outputs, target)


def one_against_rest(
    run_id: str, rule: str, target: float | None, seeds: Sequence[int], label: str
) -> pd.DataFrame | None:
    """`one_class.frame` of a point, None where its decisions cannot be recomputed."""
    if decisions(run_id, rule, target, seeds).why:
        return None
    return _compared(run_id, rule, target, tuple(seeds), label, home())


@st.cache_data(max_entries=256, show_spinner=False)
def _compared(
    run_id: str, rule: str, target: float | None, seeds: tuple[int, ...], label: str, home: str
) -> pd.DataFrame:
    found, known = result(run_id), decisions(run_id, rule, target, seeds).decisions
    c, weights = found.classes.index(label), weights_of(known[0].patients, len(known[0].truth))
    alone = _alone(found.dataset.content_hash, label, home, known[0], c)
    rows = against_rest.compare(known, found.experts, len(found.classes), c, weights, alone)
    return one_class.frame(rows, found.dataset.machines)


@st.cache_resource(max_entries=64, show_spinner=False)
def _alone(
    content_hash: str, label: str, home: str, _decided: Decided, _c: int
) -> Sequence[ClassReplicates]:
    weights = weights_of(_decided.patients, len(_decided.truth))
    return against_rest.experts_alone(_decided, _c, weights)


@st.cache_resource(max_entries=32, show_spinner=False)
def _decided(
    run_id: str, rule: str, target: float | None, seeds: tuple[int, ...], data_id: str, home: str
) -> tuple[Decided, ...]:
    points = {point.seed: point for point in result(run_id).at(rule, target)}
    data = dataset(data_id)
    return tuple(decided(data, _outputs(run_id, seed, home), points[seed]) for seed in seeds)


@st.cache_resource(max_entries=10, show_spinner=False)
def _outputs(run_id: str, seed: int, home: str) -> dict[str, np.ndarray]:
    return store().outputs(run_id, seed, _NEEDED)


def weights_of(patients: np.ndarray | None, cases: int) -> BootstrapWeights:
    """Of resamples of some cases, by patient where these are known.

    Args:
      patients: number of the patient of each case; None where none are known.
      cases: how many.
    """
    key = b"" if patients is None else patients.tobytes()
    return _weights(cases, key, patients)


@st.cache_resource(max_entries=2, show_spinner=False)
def _weights(cases: int, key: bytes, _patients: np.ndarray | None) -> BootstrapWeights:
    """Drawn once: 40 MB and a third of a second for 10,000 cases."""
    return BootstrapWeights.by_patient(cases, _patients)
