r"""The best any rule could do: who is right is known, only the workload bounds limit it.

max Σ_i right_{i,z_i} s.t. least_n ≤ share of {i : z_i = n} ≤ most_n. With 0/1 scores this is a
largest flow: cases alike in who is right → agents who are → the share an agent must take anyway,
or the common pool of what the least shares leave over → sink. A case sent nowhere is decided
wrongly by whoever has room, and room is left because bounds are feasible. Shares are continuous,
so the bound has no rounding to whole cases.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Shaped
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from core.data.shares import wilson

FEWEST = 30  # cases that every included expert annotated; below, an oracle says too little
_UNITS = 1_000_000_000  # all cases together, as whole units for the integer flow


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
    groups, sizes = _groups(right)
    count, agents = groups.shape
    weight = np.floor(sizes / len(right) * _UNITS).astype(np.int64)
    least, most = (np.round(share * _UNITS).astype(np.int64) for share in (low, up))
    source, sink, pool = count + agents, count + agents + 1, count + agents + 2
    at = count + np.arange(agents)
    g, a = np.nonzero(groups)
    tail = [np.full(count, source), g, at, at, [pool]]
    head = [np.arange(count), count + a, np.full(agents, sink), np.full(agents, pool), [sink]]
    rest = max(_UNITS - int(least.sum()), 0)
    room = [weight, weight[g], least, np.maximum(most - least, 0), [rest]]
    graph = csr_array(
        (np.concatenate(room).astype(np.int32), (np.concatenate(tail), np.concatenate(head))),
        shape=(pool + 1, pool + 1),
    )
    solved = maximum_flow(graph, source, sink)
    accuracy = float(np.clip(solved.flow_value / max(int(weight.sum()), 1), 0.0, 1.0))
    # A cut of least room: cases the source still reaches find no more agents; the others count.
    left = graph - solved.flow
    left.data = np.where(left.data > 0, 1, 0)
    left.eliminate_zeros()
    reached = np.zeros(pool + 1, bool)
    reached[breadth_first_order(left, source, return_predecessors=False)] = True
    counted = float(sizes[~reached[:count]].sum() / len(right))
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


def _groups(right: np.ndarray) -> tuple[Bool[np.ndarray, "P K"], Int[np.ndarray, " P"]]:
    """Different rows, and how many cases have each."""
    packed = np.packbits(right, axis=1)
    _, first, sizes = np.unique(packed, axis=0, return_index=True, return_counts=True)
    return right[first], sizes
