r"""The best possible accuracy of any rule that knows who is right, within the workload bounds.

max Σ_i right_{i,z_i} s.t. minimum_n ≤ share of {i : z_i = n} ≤ maximum_n. With 0/1 scores this is a
maximum flow: groups of cases with the same right agents → these agents → each agent's minimum
  share,
or the common pool of what the minimums leave → sink. A case without flow is decided wrongly by any
agent with room left, which exists because bounds are feasible. Shares are continuous, so nothing is
rounded to whole cases.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Shaped

from core.allocation.flow import UNITS, alike, in_units, largest_flow
from core.base.clusters import share_interval
from core.base.shares import wilson

FEWEST = 30  # cases that every included expert annotated; with fewer, it is too uncertain


class Best(NamedTuple):
    """The maximum share of right decisions, and its 95 % interval over cases."""

    accuracy: float
    interval: tuple[float, float]


def best_possible(
    right: Bool[np.ndarray, "n K"],
    lower: Shaped[np.ndarray, " K"],
    upper: Shaped[np.ndarray, " K"],
    patients: Int[np.ndarray, " n"] | None = None,
) -> Best:
    """The maximum share of right decisions when every agent's answer is known.

    Args:
      right: whether the agent is right on the case; measured, never imputed.
      lower: ε_l, minimum shares.
      upper: ε_u, maximum shares; feasible.
      patients: number of the patient of each case, where known.

    Returns:
      The share, and an interval from the flow's dual: up to a constant, the share is the mean of
      an indicator per case (would one more such case be right?), with Wilson's interval.
    """
    low, up = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    right, low, up = _merged(right, low, up)
    groups, sizes = alike(right)
    units = np.floor(sizes / len(right) * UNITS).astype(np.int64)
    minimum, maximum = in_units(low), in_units(up)
    found = largest_flow(
        groups,
        units,
        minimum,
        beyond=np.maximum(maximum - minimum, 0),
        shared=max(UNITS - int(minimum.sum()), 0),
    )
    accuracy = float(np.clip(found.placed.sum() / max(int(units.sum()), 1), 0.0, 1.0))
    # Each additional case on the sink's side of the cut would be one more right decision.
    counted = float(sizes[~found.short].sum() / len(right))
    below, above = wilson(counted * len(right), len(right))
    if patients is not None:
        # In the order of `alike`.
        group = np.unique(np.packbits(right, axis=1), axis=0, return_inverse=True)[1]
        below, above = share_interval(~found.short[group], np.ones(len(right), bool), patients)
    return Best(
        accuracy,
        (max(accuracy - (counted - below), 0.0), min(accuracy + (above - counted), 1.0)),
    )


def _merged(
    right: np.ndarray, low: np.ndarray, up: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Merges agents without bounds into one, which has none either."""
    free = (low <= 0.0) & (up >= 1.0)
    if free.sum() < 2:
        return right, low, up
    together = right[:, free].any(1, keepdims=True)
    return (
        np.concatenate([right[:, ~free], together], axis=1),
        np.append(low[~free], 0.0),
        np.append(up[~free], 1.0),
    )
