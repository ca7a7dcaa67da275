"""The prices at which soft workloads meet the bounds, for probabilities that are already known.

In NumPy and float64: once per bounds on a whole split, where compiling a program would take longer
than the search.
"""

import numpy as np
from jaxtyping import Float, Shaped

from core.em import dual

_TOLERANCE = 1e-7
_PASSES = 60
_NOTHING = 5e-7  # as `core.em.workload` masks agents


def projection_prices(
    log_q: Shaped[np.ndarray, "n K"],
    lower: Shaped[np.ndarray, " K"],
    upper: Shaped[np.ndarray, " K"],
) -> Float[np.ndarray, " K"]:
    """μ of the q̃ ∝ q e^{−μ} nearest to q in KL whose mean workloads meet the bounds.

    The dual of Nguyen et al. 2025, Eq. 8–10, as in `core.em.workload.project`.

    Args:
      log_q: log-probabilities in nats, −inf allowed.
      lower: ε_l, minimum shares.
      upper: ε_u, maximum shares; feasible. Agents that may get nothing are masked.

    Returns:
      Prices in nats; 0 for masked agents.
    """
    low, up = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    on = np.minimum(up, 1.0 - (low.sum() - low)) > _NOTHING
    columns = np.where(on[:, None], np.asarray(log_q, np.float64).T, -np.inf)
    search = dual.begin(np.zeros(len(low)), low, up, on, np)
    for _ in range(_PASSES):
        q = dual.responsibilities(columns, search.trial, np)
        passed = dual.Passed(q.mean(1), (q @ q.T) / q.shape[1])
        search = dual.step(search, passed, low, up, on, np.linalg.solve, np)
        if search.residual <= _TOLERANCE or search.still:
            break
    return np.asarray(dual.shift(search.best, low, up, on, np, settle=True))
