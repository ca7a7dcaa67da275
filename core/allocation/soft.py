"""Soft choices of ways, case by case: the inner loop of the price solvers.

In NumPy, float32 and in place: distances to each case's best need half as many digits, which is
four times faster, and allocating arrays of this size takes longer than the sums.
"""

import numpy as np
from jaxtyping import Float, Float32

from core.allocation.loads import Loads, costs

REACH = 40.0  # in softnesses: a way that far behind has a probability of practically 0


def distances(
    net: Float[np.ndarray, "W n"], top: Float[np.ndarray, " n"], soft: float
) -> Float32[np.ndarray, "W n"]:
    """How far each way is behind the case's best, in softnesses, no further than `REACH`.

    Args:
      net: scores minus prices; overwritten.
      top: the best per case.
      soft: softness.
    """
    net -= top
    net /= soft
    return np.maximum(net, -REACH, dtype=np.float32, casting="same_kind")


def choices(q: Float32[np.ndarray, "W n"]) -> Float32[np.ndarray, " n"]:
    """Turns distances into responsibilities that sum to one per case; returns the sums before."""
    np.exp(q, out=q)
    mass = q.sum(0)
    q /= mass
    return mass


def totals(
    q: Float32[np.ndarray, "W n"], cases: int
) -> tuple[Float[np.ndarray, " W"], Float[np.ndarray, "W W"]]:
    """How often each way is chosen, and the mean of q qᵀ, as shares of `cases`."""
    return q.sum(1, dtype=np.float64) / cases, (q @ q.T).astype(np.float64) / cases


def soften(
    columns: Float[np.ndarray, "W n"],
    prices: Float[np.ndarray, " K"],
    soft: float,
    cases: int,
    loads: Loads = None,
) -> tuple[float, Float[np.ndarray, " K"], Float[np.ndarray, "K K"]]:
    """Mean softened maximum, the reads per case it gives, and their (negative) slope in the prices.

    All three are divided by `cases`, of which `columns` may hold only some; the slope is multiplied
    by softness, which makes it the mean covariance of a case's reads.
    """
    cost = costs(prices, loads)
    net = columns - (cost[:, None] if cost.ndim == 1 else cost.T)
    top = net.max(0)
    q = distances(net, top, soft)
    mass = choices(q)
    value = float(top.sum() + soft * np.log(mass).sum(dtype=np.float64)) / cases
    if loads is None:
        taken, both = totals(q, cases)
        return value, taken, np.diag(taken) - both
    table = np.asarray(loads, np.float64)
    if table.ndim == 2:
        each, weights, rows = q.T @ table, q.sum(1, dtype=np.float64), table
    else:
        each, weights = np.einsum("wn,nwk->nk", q, table), q.T.ravel()
        rows = table.reshape(-1, table.shape[2])
    square = (rows * weights[:, None]).T @ rows
    return value, each.sum(0) / cases, (square - each.T @ each) / cases
