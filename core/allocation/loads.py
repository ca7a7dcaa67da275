"""Loads of ways to decide a case: the reads they take of each agent, and what these cost.

A way's load is reads per agent, the same for all cases or case by case. Where no loads are given,
way n is one read of agent n.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int, Shaped

Table: TypeAlias = Shaped[np.ndarray, "W K"] | Shaped[np.ndarray, "n W K"]
Loads: TypeAlias = Table | None


def costs(
    prices: Float[np.ndarray, " K"], loads: Loads
) -> Float[np.ndarray, " W"] | Float[np.ndarray, "n W"]:
    """Cost of each way: the sum over agents of its reads times their price per read."""
    return prices if loads is None else np.asarray(loads, np.float64) @ prices


def per_case(chosen: Int[np.ndarray, " n"], agents: int, loads: Loads) -> Float[np.ndarray, "n K"]:
    """Reads of each agent for the way that each case goes; 0 where that is −1."""
    taken = np.eye(agents) if loads is None else np.asarray(loads, np.float64)
    found = taken[chosen] if taken.ndim == 2 else taken[np.arange(len(chosen)), chosen]
    return np.where((chosen >= 0)[:, None], found, 0.0)


def reads(
    chosen: Int[np.ndarray, " n"], agents: int, loads: Loads
) -> Int[np.ndarray, " K"] | Float[np.ndarray, " K"]:
    """Total reads of each agent, whole numbers where every way is one read."""
    if loads is None:
        return np.bincount(chosen[chosen >= 0], minlength=agents)
    return per_case(chosen, agents, loads).sum(0)


def running(
    chosen: Int[np.ndarray, " n"], agents: int, loads: Loads = None
) -> Float[np.ndarray, "n K"]:
    """Reads per case so far of each agent, after each case in the order they come."""
    so_far = per_case(chosen, agents, loads).cumsum(0)
    return np.asarray(so_far / np.arange(1, len(chosen) + 1)[:, None])


def of_cases(loads: Table, cases: slice | Shaped[np.ndarray, " m"]) -> Table:
    """The loads of some of the cases."""
    return loads[cases] if np.ndim(loads) == 3 else loads
