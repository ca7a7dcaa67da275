"""What is seen of one case: a run's gating model on it, and what is unusual in it."""

import zipfile
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st
from scipy.special import logsumexp, softmax

from app.shared.data_queries import dataset, home
from app.shared.run_queries import store
from app.shared.scenario_queries import Model
from core.insight import unusual

_EXPERTS = ("log_experts_test", "expert_probabilities_test")  # the latter of earlier versions
_NORMALISED = 1e-3
_GATING = ("targets", "scores_test", "ai_probabilities_test", *_EXPERTS)


class Gating(NamedTuple):
    """Outputs of a method's networks for one case.

    Attributes:
      target: the AI's share that it was trained for; None where own bounds were set.
      for_all: whether one training served all shares.
      agents: score of each agent, the AI last.
      gated: whether these are a gating model's, its probabilities of assigning the case.
      ai: class probabilities of that point's AI.
      experts: predicted annotation per expert and class; None where the run kept none.
    """

    target: float | None
    for_all: bool
    agents: np.ndarray
    gated: bool
    ai: np.ndarray
    experts: np.ndarray | None


def gating(model: Model, case: int, coverage: float) -> Gating | None:
    """The method as trained for the AI's share nearest to `coverage`, on one test case.

    Args:
      model: of the run and seed.
      case: position among the test cases.
      coverage: the AI's share.

    Returns:
      None where the run trained no method of its own or kept no outputs of it.
    """
    kept = _gating(model.run_id, model.seed, home())
    if kept is None:
        return None
    targets = kept["targets"]
    far = np.where(np.isnan(targets), np.inf, np.abs(targets - coverage))
    row = int(far.argmin())
    log, experts = (
        a[row, case].astype(float) if (a := kept.get(n)) is not None else None for n in _EXPERTS
    )
    every = kept["scores_test"]
    scores = every[row, case].astype(float)
    # A gating model's scores are log-probabilities.
    gated = abs(float(logsumexp(scores))) < _NORMALISED
    return Gating(
        target=None if np.isnan(targets[row]) else float(targets[row]),
        for_all=len(targets) > 1 and bool((every == every[0]).all()),
        agents=softmax(scores) if gated else scores,
        gated=gated,
        ai=kept["ai_probabilities_test"][row, case].astype(float),
        experts=experts if log is None else np.exp(log),
    )


def unusual_features(
    data_id: str, positions: Sequence[int], most: int
) -> list[list[tuple[str, float]]]:
    """Per case the features furthest from the train cases' mean, in standard deviations."""
    data = dataset(data_id)
    found = []
    for apart in unusual.distances(data, positions):
        places = unusual.most_unusual(apart, most)
        found.append([(data.feature_names[f], float(apart[f])) for f in places])
    return found


@st.cache_resource(max_entries=2, show_spinner=False)
def _gating(run_id: str, seed: int, home: str) -> dict[str, np.ndarray] | None:
    try:
        kept = store().outputs(run_id, seed, _GATING)
    except (OSError, LookupError, ValueError, RuntimeError, zipfile.BadZipFile):
        return None
    needed = set(_GATING[:3])
    return kept if needed <= set(kept) and len(kept["targets"]) else None
