r"""Maximum total score under workload bounds in whole cases: the last step from almost to exact.

max Σ_i s_{i,z_i} s.t. minimum_n ≤ #{i : z_i = n} ≤ maximum_n, a transport problem. An assignment by
argmax s − μ is optimal for the workloads it happens to have; moving cases along cheapest paths
between agents keeps it optimal (successive shortest paths, Ahuja, Magnanti & Orlin 1993, §9.7),
and prices can then be derived from any optimal assignment.
"""

from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int


def off_by(
    prices: Float[np.ndarray, " K"],
    counts: Int[np.ndarray, " K"],
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
) -> Int[np.ndarray, " K"]:
    """How many cases each agent has too many (+) or too few (−), given the sign of its price."""
    wanted = np.clip(counts, minimum, maximum)
    wanted = np.where(prices > 0, maximum, np.where(prices < 0, minimum, wanted))
    return counts - wanted


def repair(
    scores: Float[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    excess: Int[np.ndarray, " K"],
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
    *,
    moves: int,
) -> bool:
    """Moves cases along cheapest paths until every agent meets its bounds; changes `chosen`.

    Node K stands for "no bound": a path that ends there changes an agent's workload within its
    bounds.

    Args:
      scores: as in `argmax s − μ`, finite.
      chosen: an assignment that is optimal for its own workloads.
      excess: `off_by` of it.
      minimum: cases per agent at least.
      maximum: cases per agent at most.
      moves: cases to move at most.

    Returns:
      Whether the assignment now meets the bounds and is optimal.
    """
    agents = scores.shape[1]
    counts = np.bincount(chosen, minlength=agents)
    off = np.append(excess, -excess.sum())
    flow = counts - excess  # what counts towards the bounds; node K takes the difference
    cost = np.full((agents + 1, agents + 1), np.inf)
    which = np.zeros((agents, agents), int)

    def look(agent: int, to: Int[np.ndarray, " J"]) -> None:
        """Its cheapest case towards these agents, of all it has."""
        mine = np.flatnonzero(chosen == agent)
        cost[agent, to] = np.inf
        if len(mine):
            loss = scores[mine, agent][:, None] - scores[mine[:, None], to]
            nearest = loss.argmin(0)
            which[agent, to] = mine[nearest]
            cost[agent, to] = loss[nearest, np.arange(len(to))]
        cost[agent, agent] = 0.0

    def gain(agent: int, case: int) -> None:
        """The same once it has one more."""
        loss = scores[case, agent] - scores[case]
        nearer = loss < cost[agent, :agents]
        cost[agent, :agents][nearer], which[agent][nearer] = loss[nearer], case
        cost[agent, agent] = 0.0

    for agent in range(agents):
        look(agent, np.arange(agents))
    for _ in range(moves):
        if not off.any():
            return True
        cost[:agents, agents] = np.where(flow < maximum, 0.0, np.inf)
        cost[agents, :agents] = np.where(flow > minimum, 0.0, np.inf)
        path = _cheapest(cost, np.flatnonzero(off > 0), np.flatnonzero(off < 0))
        if not path:
            return False
        off[path[0]] -= 1
        off[path[-1]] += 1
        moved = []
        for a, b in pairwise(path):
            if b == agents:
                flow[a] += 1
            elif a == agents:
                flow[b] -= 1
            else:
                moved.append((a, b, int(which[a, b])))
                chosen[which[a, b]] = b
        for a, b, case in moved:
            look(a, np.flatnonzero(which[a] == case))
            gain(b, case)
    return not off.any()


def _cheapest(
    cost: Float[np.ndarray, "V V"], sources: Int[np.ndarray, " S"], sinks: Int[np.ndarray, " T"]
) -> list[int]:
    """Nodes of a cheapest path from any source to any sink (Bellman–Ford), or none."""
    nodes = len(cost)
    distance = np.full(nodes, np.inf)
    distance[sources] = 0.0
    before = np.full(nodes, -1)
    for _ in range(nodes):
        through = distance[:, None] + cost
        best = through.argmin(0)
        reached = through[best, np.arange(nodes)]
        # Costs are differences of scores: rounding must not make a loop look cheaper, and
        # jitter alone keeps costs 1e-11 apart.
        shorter = reached < distance - 1e-14
        if not shorter.any():
            break
        distance[shorter], before[shorter] = reached[shorter], best[shorter]
    if not len(sinks) or not np.isfinite(distance[sinks]).any():
        return []
    path = [int(sinks[distance[sinks].argmin()])]
    while before[path[-1]] >= 0 and len(path) <= nodes:
        path.append(int(before[path[-1]]))
    return path[::-1] if len(path) <= nodes else []


def no_burden(
    counts: Int[np.ndarray, " K"], maximum: Int[np.ndarray, " K"]
) -> Bool[np.ndarray, " K"]:
    """Agents whose price cannot be above 0: their maximum is not binding, or there is none."""
    return (counts < maximum) | (maximum >= counts.sum())


def no_bonus(
    counts: Int[np.ndarray, " K"], minimum: Int[np.ndarray, " K"]
) -> Bool[np.ndarray, " K"]:
    """Agents whose price cannot be below 0: their minimum is not binding, or there is none."""
    return (counts > minimum) | (minimum <= 0)


def centred_prices(
    scores: Float[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
) -> Float[np.ndarray, " K"] | None:
    """Prices whose argmax is the given optimal assignment, midway between those that are.

    Case i of agent a stays there while μ_a − μ_b ≤ s_ia − s_ib. An agent strictly within its bounds
    has price 0, one without a maximum a price of at most 0, one without a minimum of at least 0
    (such bounds are no constraints, so an optimal dual without their multipliers exists). Shortest
    path lengths satisfy these inequalities, and their mean over all start nodes satisfies strictly
    what can be satisfied strictly, so unseen cases fall to both sides evenly.

    Returns:
      The prices, or None where the assignment is not optimal.
    """
    agents = scores.shape[1]
    counts = np.bincount(chosen, minlength=agents)
    # Far enough out to bind nothing, and finite.
    far = (agents + 2) * (float(scores.max() - scores.min()) + 1.0)
    limit = np.full((agents + 1, agents + 1), far)
    for agent in range(agents):
        mine = scores[chosen == agent]
        if len(mine):
            limit[agent, :agents] = (mine[:, agent][:, None] - mine).min(0)
    limit[:agents, agents] = np.where(no_burden(counts, maximum), 0.0, far)
    limit[agents, :agents] = np.where(no_bonus(counts, minimum), 0.0, far)
    np.fill_diagonal(limit, 0.0)
    for middle in range(agents + 1):  # Floyd–Warshall
        np.minimum(limit, limit[:, middle, None] + limit[middle], out=limit)
    if (np.diagonal(limit) < -1e-9).any():
        return None
    prices = (limit.mean(1) - limit.mean(0)) / 2
    return prices[:agents] - prices[agents]
