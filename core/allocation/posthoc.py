"""Coverage reached with hindsight, as published curves often do. It looks at the test set."""

import numpy as np
from jaxtyping import Float, Int, Shaped


def posthoc(log_gate: Shaped[np.ndarray, "n K"], coverage: float) -> Int[np.ndarray, " n"]:
    r"""Gives the AI the ⌊τ n⌋ cases on which the gating model is surest of it, τ the coverage.

    Algorithm 2 of Nguyen et al. 2025 (App. E), after Mozannar et al. 2023. All cases have to be
    known before the first is decided: it describes a test set and cannot decide cases as they
    come, so no run reports it. The other cases go to the expert with the highest score.

    Args:
      log_gate: ln g of every case, the AI last; monotone scores do as well.
      coverage: share of the cases that the AI is to decide.

    Returns:
      The agent of each case.

    Raises:
      ValueError: `coverage` is no share.
    """
    if not 0.0 <= coverage <= 1.0:
        raise ValueError(f"the coverage is {coverage}; expected a share")
    scores: Float[np.ndarray, "n K"] = np.asarray(log_gate, np.float64)
    chosen = scores[:, :-1].argmax(1)
    # A product such as 0.29 · 100 must not lose a case to rounding.
    count = int(np.floor(coverage * len(scores) + 1e-9))
    chosen[np.argsort(-scores[:, -1], kind="stable")[:count]] = scores.shape[1] - 1
    return np.asarray(chosen)
