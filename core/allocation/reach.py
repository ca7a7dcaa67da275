"""Which workloads are feasible when some agents cannot take some cases (NumPy and SciPy)."""

import numpy as np
from jaxtyping import Bool, Int, Shaped

from core.allocation.flow import alike, in_units, largest_flow
from core.base.percents import percent

_SLACK = 1e-6  # a share that rounding to units and typed decimals can account for
_SUBSETS = 12  # agents; the number of subsets doubles with each one


def most_placed(may: Bool[np.ndarray, "n K"], room: Int[np.ndarray, " K"]) -> Int[np.ndarray, " K"]:
    """Cases per agent when as many as possible are placed.

    Args:
      may: which agents may take which case.
      room: maximum cases of each agent.
    """
    groups, sizes = alike(may)
    return np.asarray(largest_flow(groups, sizes, np.minimum(room, len(may))).placed.sum(0))


def can_be_met(
    may: Bool[np.ndarray, "n K"], minimum: Int[np.ndarray, " K"], maximum: Int[np.ndarray, " K"]
) -> bool:
    """Whether every case can be placed and every minimum met.

    If each is possible alone, both are together (Mendelsohn & Dulmage 1958). For a few agents by
    Hall's theorem over all their subsets: the cases that only a subset may take must fit into its
    maximums, and those that it may take must cover its minimums. A maximum flow gives the same
    answer and takes ten times as long.
    """
    if may.shape[1] > _SUBSETS:
        placed, served = most_placed(may, maximum), most_placed(may, minimum)
        return bool(placed.sum() == len(may) and (served >= minimum).all())
    bits = 1 << np.arange(may.shape[1])
    inside = np.bincount(may @ bits, minlength=1 << len(bits))
    subsets = (np.arange(len(inside))[:, None] & bits) > 0
    for bit in bits:  # cases whose agents are all in the subset
        halves = inside.reshape(-1, 2, bit)
        halves[:, 1] += halves[:, 0]
    enough = (inside <= subsets @ maximum).all()
    return bool(enough and (len(may) - inside[::-1] >= subsets @ minimum).all())


def nearest_reachable(
    support: Bool[np.ndarray, "N K"],
    lower: Shaped[np.ndarray, " K"],
    upper: Shaped[np.ndarray, " K"],
) -> tuple[np.ndarray, np.ndarray, str | None]:
    """The bounds widened by the minimum total amount that makes them feasible.

    With q(z) = 0 for an expert without an annotation, a case whose experts are all missing can
    only go to the AI. Feasibility is then a flow from groups of cases with the same support,
    through agents, to a sink. First as much as possible of the minimum workloads is met, then as
    many cases as the maximums allow are added; augmenting never reduces an agent's total, so both
    shortfalls, and with them their sum, are minimal.

    Args:
      support: whether the agent can take the case; each case has at least one that can.
      lower: ε_l, minimum shares of the cases.
      upper: ε_u, maximum shares, feasible if every agent could take every case.

    Returns:
      Feasible lower and upper bounds, the given ones where they are feasible, and a sentence
      saying by how much they were missed, or None.

    Raises:
      ValueError: a case that no agent can take.
    """
    low, up = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    cases = len(support)
    if not cases:
        return low, up, None
    if not support.any(1).all():
        first = int(np.flatnonzero(~support.any(1))[0])
        raise ValueError(
            f"case {first} (counting from 0) can go to no agent; expected at least one that can "
            "take it; let the AI take every case"
        )
    groups, sizes = alike(support)
    # Maximums are rounded down, so that rounding demands no more than the shares do.
    weight = in_units(sizes / cases)
    minimum, maximum = in_units(low), in_units(up)
    served = largest_flow(groups, weight, minimum).placed
    placed = largest_flow(groups, weight, maximum, placed=served).placed
    rest = weight - placed.sum(1)
    for group in np.flatnonzero(rest > 0):
        able = np.flatnonzero(groups[group])
        placed[group, able] += rest[group] // len(able)
        placed[group, able[: rest[group] % len(able)]] += 1
    loads = placed.sum(0) / weight.sum()
    below, above = low - loads, loads - up
    missed = float(np.maximum(below, above).max())
    if missed <= _SLACK:
        return low, up, None
    warning = (
        f"workload bounds are infeasible by {percent(missed)} of the cases, because some agents "
        "cannot take some cases; the nearest feasible workloads are used"
    )
    reach_low = np.where(below > _SLACK, loads, low)
    reach_up = np.where(above > _SLACK, loads, up)
    return reach_low, reach_up, warning
