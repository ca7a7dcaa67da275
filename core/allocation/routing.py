"""Which way a case goes: the one with the highest score minus cost."""

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.allocation.loads import Loads, costs

# Agents that may read at all, or the ways that each case may go; None for all.
Allowed: TypeAlias = Bool[np.ndarray, " K"] | Bool[np.ndarray, "n W"] | None

# Ties are split at random. Scores are nats or accuracies in float32: a jitter of 1e-6 splits
# differences below their precision and affects no others.
_JITTER = 1e-6


def jittered(
    scores: Shaped[np.ndarray, "n W"], *, allowed: Allowed = None, seed: int
) -> Float[np.ndarray, "n W"]:
    """Scores in float64 with ties split at random, −inf for ways that are not allowed."""
    # In place: allocating arrays of this size takes longer than the sums.
    full = np.array(scores, np.float64)
    noise = _noise(full.shape, seed)
    full[np.isnan(full)] = -np.inf
    full += noise
    on = np.ones(full.shape[1], bool) if allowed is None else np.asarray(allowed, bool)
    full[(..., ~on) if on.ndim == 1 else ~on] = -np.inf
    # A case without any score (after a fit that diverged) must not always go to the first agent.
    lost = ~np.isfinite(full).any(1)
    if lost.any():
        free = on if on.ndim == 1 else on[lost]
        full[lost] = np.where(free, noise[lost], full[lost])
    return full


@lru_cache(maxsize=4)
def _noise(shape: tuple[int, ...], seed: int) -> Float[np.ndarray, "n K"]:
    """The jitter for so many cases; cached, since one answer uses it many times."""
    noise = np.random.default_rng(seed).random(shape)
    noise *= _JITTER
    noise.setflags(write=False)
    return noise


def best_agents(columns: Float[np.ndarray, "K n"]) -> Int[np.ndarray, " n"]:
    """argmax over agents, the first of equals; three times as fast as NumPy's on a short axis."""
    top = columns.max(0)
    hits = columns == top
    if np.count_nonzero(hits) != columns.shape[1] or np.isnan(top).any():  # ties, or NaN
        return np.asarray(columns.argmax(0))
    chosen = np.zeros(columns.shape[1], np.int16)
    for agent, row in enumerate(hits[1:], 1):
        chosen += row * np.int16(agent)
    return chosen.astype(np.intp)


def highest(
    full: Float[np.ndarray, "n W"], cost: Float[np.ndarray, "..."] | float
) -> Int[np.ndarray, " n"]:
    """argmax of scores, with ties already split, minus the costs of the ways (`loads.costs`)."""
    return best_agents(np.ascontiguousarray((full - cost).T))


def allowed_agents(
    lower: Float[np.ndarray, " K"], upper: Float[np.ndarray, " K"]
) -> Bool[np.ndarray, " K"]:
    """Agents that may get cases at all: ε_u > 0, and no others beside an agent with ε_l = 1."""
    return lower >= 1.0 if (lower >= 1.0).any() else upper > 0.0


def allowed_ways(allowed: Allowed, loads: Loads) -> Allowed:
    """The ways that use allowed agents only; unchanged where ways are already given."""
    if allowed is None or loads is None or np.ndim(allowed) == 2:
        return allowed
    ways = ~(np.asarray(loads)[..., ~np.asarray(allowed, bool)] > 0).any(-1)
    return np.asarray(ways)


def able_agents(
    allowed: Bool[np.ndarray, " K"], may: Bool[np.ndarray, "n K"]
) -> Bool[np.ndarray, "n K"]:
    """Which agents can get each case: those that may take it and have a price, else all that may.

    An agent whose bounds allow it no cases (beside one with a minimum of 1) still takes the cases
    that only it may take: bounds hold on average, guard rules always, and each case must be read.

    Args:
      allowed: which agents have a price (`Prices.allowed`).
      may: which agents may take which case.
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
    """Scores minus costs with ties split by the jitter; −inf for ways that are not allowed."""
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
      allowed: the allowed agents, or the allowed ways of each case; None for all.
      loads: reads of each agent that a way takes, for all cases or per case; None where every
        way is one read of the agent in its place.
      seed: of the jitter that splits equal scores.

    Returns:
      Index of the way per case, −1 where no way is allowed.
    """
    if prices is None:
        prices = np.zeros(np.shape(scores)[1] if loads is None else np.shape(loads)[-1])
    net = net_scores(scores, prices, allowed=allowed, loads=loads, seed=seed)
    if not net.size:
        return np.zeros(net.shape[1], int)
    chosen = best_agents(net)
    chosen[np.isneginf(net.max(0))] = -1
    return chosen
