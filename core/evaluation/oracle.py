r"""The best any rule could do: who is right is known, only the workload bounds limit it.

max Σ_i right_{i,z_i} s.t. least_n ≤ share of {i : z_i = n} ≤ most_n. With 0/1 scores this is a
largest flow: cases alike in who is right → agents who are → the share an agent must take anyway,
or the common pool of what the least shares leave over → sink. A case sent nowhere is decided
wrongly by whoever has room, and room is left because bounds are feasible. Shares are continuous,
so the bound has no rounding to whole cases.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Shaped

from core.allocation.flow import UNITS, alike, in_units, largest_flow
from core.base.shares import wilson

FEWEST = 30  # cases that every included expert annotated; below, an oracle says too little


class Best(NamedTuple):
    """The share of cases that can be right at most, and its 95 % interval over cases."""

    accuracy: float
    interval: tuple[float, float]


def best_possible(
    right: Bool[np.ndarray, "n K"],
    lower: Shaped[np.ndarray, " K"],
    upper: Shaped[np.ndarray, " K"],
) -> Best:
    """Most cases that can be decided rightly when everyone's answer is known.

    Args:
      right: whether the agent is right on the case; measured, never filled in.
      lower: ε_l, least shares.
      upper: ε_u, greatest shares; feasible.

    Returns:
      The share, and an interval from the flow's dual: beside a constant, the share is the mean
      of an indicator per case (does one more case like it count?), whose interval is Wilson's.
    """
    low, up = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    right, low, up = _merged(right, low, up)
    groups, sizes = alike(right)
    units = np.floor(sizes / len(right) * UNITS).astype(np.int64)
    least, most = in_units(low), in_units(up)
    found = largest_flow(
        groups,
        units,
        least,
        beyond=np.maximum(most - least, 0),
        shared=max(UNITS - int(least.sum()), 0),
    )
    accuracy = float(np.clip(found.placed.sum() / max(int(units.sum()), 1), 0.0, 1.0))
    # Of the cases on the sink's side of the cut, each more would be one more right.
    counted = float(sizes[~found.short].sum() / len(right))
    below, above = wilson(counted * len(right), len(right))
    return Best(
        accuracy,
        (max(accuracy - (counted - below), 0.0), min(accuracy + (above - counted), 1.0)),
    )


def _merged(
    right: np.ndarray, low: np.ndarray, up: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Agents without bounds as one: together they have none either."""
    free = (low <= 0.0) & (up >= 1.0)
    if free.sum() < 2:
        return right, low, up
    together = right[:, free].any(1, keepdims=True)
    return (
        np.concatenate([right[:, ~free], together], axis=1),
        np.append(low[~free], 0.0),
        np.append(up[~free], 1.0),
    )
