"""Which way a case goes: scores less what the ways cost, the highest takes it."""

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.allocation.loads import Loads, costs

# Agents that may read at all, or the ways that each case may go; None for all.
Allowed: TypeAlias = Bool[np.ndarray, " K"] | Bool[np.ndarray, "n W"] | None

# Agents whose scores are equal share the cases at random. Scores are nats or accuracies, and
# float32: a jitter of 1e-6 splits what they cannot tell apart and moves nothing that they can.
_JITTER = 1e-6


def jittered(
    scores: Shaped[np.ndarray, "n W"], *, allowed: Allowed = None, seed: int
) -> Float[np.ndarray, "n W"]:
    """Scores in float64 with ties split at random, −inf for ways that are not allowed."""
    # In place: fresh arrays of this size cost more than the sums in them.
    full = np.array(scores, np.float64)
    noise = _noise(full.shape, seed)
    full[np.isnan(full)] = -np.inf
    full += noise
    on = np.ones(full.shape[1], bool) if allowed is None else np.asarray(allowed, bool)
    full[(..., ~on) if on.ndim == 1 else ~on] = -np.inf
    # A case nobody has a score for (a fit that diverged) must not go to whoever comes first.
    lost = ~np.isfinite(full).any(1)
    if lost.any():
        free = on if on.ndim == 1 else on[lost]
        full[lost] = np.where(free, noise[lost], full[lost])
    return full


@lru_cache(maxsize=4)
def _noise(shape: tuple[int, ...], seed: int) -> Float[np.ndarray, "n K"]:
    """The jitter of so many cases; kept, since one answer asks for it many times."""
    noise = np.random.default_rng(seed).random(shape)
    noise *= _JITTER
    noise.setflags(write=False)
    return noise


def best_agents(columns: Float[np.ndarray, "K n"]) -> Int[np.ndarray, " n"]:
    """argmax over agents, the first of equals; three times as fast as NumPy's over a short axis."""
    top = columns.max(0)
    hits = columns == top
    if np.count_nonzero(hits) != columns.shape[1] or np.isnan(top).any():  # equals, or no numbers
        return np.asarray(columns.argmax(0))
    chosen = np.zeros(columns.shape[1], np.int16)
    for agent, row in enumerate(hits[1:], 1):
        chosen += row * np.int16(agent)
    return chosen.astype(np.intp)


def highest(
    full: Float[np.ndarray, "n W"], cost: Float[np.ndarray, "..."] | float
) -> Int[np.ndarray, " n"]:
    """argmax of scores, whose ties are split already, less what the ways cost (`loads.costs`)."""
    return best_agents(np.ascontiguousarray((full - cost).T))


def allowed_agents(
    lower: Float[np.ndarray, " K"], upper: Float[np.ndarray, " K"]
) -> Bool[np.ndarray, " K"]:
    """Agents that may get a case at all: ε_u > 0, and nobody beside an agent with ε_l = 1."""
    return lower >= 1.0 if (lower >= 1.0).any() else upper > 0.0


def allowed_ways(allowed: Allowed, loads: Loads) -> Allowed:
    """Ways that read only agents that may read at all; what is said of ways stays."""
    if allowed is None or loads is None or np.ndim(allowed) == 2:
        return allowed
    ways = ~(np.asarray(loads)[..., ~np.asarray(allowed, bool)] > 0).any(-1)
    return np.asarray(ways)


def able_agents(
    allowed: Bool[np.ndarray, " K"], may: Bool[np.ndarray, "n K"]
) -> Bool[np.ndarray, "n K"]:
    """Who can get each case: whoever may take it and has a price, else whoever may at all.

    An agent the bounds leave nothing (beside one with a least of everything) still takes what
    only it may take: a bound is kept on average, a guard rule always, and somebody must read.

    Args:
      allowed: who has a price (`Prices.allowed`).
      may: who may take which case.
    """
    if allowed[may.any(0)].all():
        return may
    usual = may & allowed
    return np.where(usual.any(1, keepdims=True), usual, may)


def net_scores(
    scores: Shaped[np.ndarray, "n W"],
    prices: Shaped[np.ndarray, " K"],
    *,
    allowed: Allowed = None,
    loads: Loads = None,
    seed: int = 0,
) -> Float[np.ndarray, "W n"]:
    """Scores less costs with ties split by the jitter; −inf for ways that are not allowed."""
    net = np.ascontiguousarray(jittered(scores, allowed=allowed_ways(allowed, loads), seed=seed).T)
    cost = costs(np.asarray(prices, np.float64), loads)
    net -= cost[:, None] if cost.ndim == 1 else cost.T
    return net


def route(
    scores: Shaped[np.ndarray, "n W"],
    prices: Shaped[np.ndarray, " K"] | None,
    *,
    allowed: Allowed = None,
    loads: Loads = None,
    seed: int = 0,
) -> Int[np.ndarray, " n"]:
    """The way each case goes: argmax_w s_w − Σ_n a_w,n μ_n, each case on its own.

    Args:
      scores: of ways, such as ln g_n or v_n of single readers; −inf where a case cannot go.
      prices: μ per read in the scores' unit, fitted on validation cases (`prices.fit_prices`);
        None for none.
      allowed: agents that may read at all, or the ways that each case may go; None for all.
      loads: reads of each agent that a way takes, for all cases or per case; None where every
        way is one read of the agent in its place.
      seed: of the jitter that splits equal scores.

    Returns:
      Index of the way per case, −1 where it may go none.
    """
    if prices is None:
        prices = np.zeros(np.shape(scores)[1] if loads is None else np.shape(loads)[-1])
    net = net_scores(scores, prices, allowed=allowed, loads=loads, seed=seed)
    if not net.size:
        return np.zeros(net.shape[1], int)
    chosen = best_agents(net)
    chosen[np.isneginf(net.max(0))] = -1
    return chosen
