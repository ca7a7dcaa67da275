"""Maximum flows of cases to agents: the one network behind all feasibility checks.

Cases alike in who can take them form a group; units flow from a source through groups and agents
to a sink. Units are whole (cases, or parts of all cases fine enough), so flows are too.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Shaped
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

UNITS = 1_000_000_000  # all cases together, where flows are of shares


class Flow(NamedTuple):
    """A maximum flow.

    Attributes:
      placed: units from each group to each agent.
      short: groups on the source's side of a minimum cut: one more unit of these cannot be
        placed, however the others are assigned.
    """

    placed: Int[np.ndarray, "P K"]
    short: Bool[np.ndarray, " P"]


def alike(able: Bool[np.ndarray, "N K"]) -> tuple[Bool[np.ndarray, "P K"], Int[np.ndarray, " P"]]:
    """The distinct rows, and how many cases have each."""
    packed = np.packbits(able, axis=1)
    _, first, sizes = np.unique(packed, axis=0, return_index=True, return_counts=True)
    return able[first], sizes


def in_units(shares: Shaped[np.ndarray, " J"]) -> Int[np.ndarray, " J"]:
    """Shares of all cases as whole units, to the nearest."""
    return np.asarray(np.round(shares * UNITS).astype(np.int64))


def largest_flow(
    able: Bool[np.ndarray, "P K"],
    units: Int[np.ndarray, " P"],
    room: Int[np.ndarray, " K"],
    *,
    beyond: Int[np.ndarray, " K"] | None = None,
    shared: int = 0,
    placed: Int[np.ndarray, "P K"] | None = None,
) -> Flow:
    """Places as many units as possible, each with an agent that can take it.

    Args:
      able: whether the agent can take the group's cases.
      units: of each group; below 2³¹ in all.
      room: units that each agent has room for.
      beyond: additional units that each may take from a shared pool.
      shared: size of the pool.
      placed: a flow to start from: units may move between agents, but the total of an agent does
        not fall.

    Returns:
      The flow, including `placed`.
    """
    count, agents = able.shape
    base = np.zeros((count, agents), np.int64) if placed is None else placed
    source, sink, pool = count + agents, count + agents + 1, count + agents + 2
    at = count + np.arange(agents)
    group, agent = np.nonzero(able)
    back_group, back_agent = np.nonzero(base)
    more = np.zeros(agents, np.int64) if beyond is None else beyond
    tail = [np.full(count, source), group, at[back_agent], at, at, [pool]]
    head = [np.arange(count), at[agent], back_group, np.full(agents, sink), [pool] * agents, [sink]]
    capacity = [
        units - base.sum(1),
        units[group],
        base[back_group, back_agent],
        np.maximum(room - base.sum(0), 0),
        more,
        [shared],
    ]
    graph = csr_array(
        (np.concatenate(capacity).astype(np.int32), (np.concatenate(tail), np.concatenate(head))),
        shape=(pool + 1, pool + 1),
    )
    flow = maximum_flow(graph, source, sink).flow
    left = graph - flow
    left.data = np.where(left.data > 0, 1, 0)
    left.eliminate_zeros()
    reached = np.zeros(pool + 1, bool)
    reached[breadth_first_order(left, source, return_predecessors=False)] = True
    added = np.asarray(flow[:count, count : count + agents].todense(), np.int64)
    return Flow(base + added, reached[:count])
