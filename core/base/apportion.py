"""Divides a total in proportion or in equal amounts, in whole numbers."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int


def largest_remainders(
    exact: Float[np.ndarray, " J"], total: int, maximum: Int[np.ndarray, " J"] | None = None
) -> Int[np.ndarray, " J"]:
    """Numbers rounded down, then the largest remainders up, until they add up to a total.

    Args:
      exact: not negative, adding up to about the total.
      total: of the whole numbers; less where `maximum` leaves no room for it.
      maximum: that each can be rounded up to.
    """
    whole = np.floor(exact).astype(int)
    able = np.argsort(whole - exact, kind="stable")
    if maximum is not None:
        able = able[whole[able] < maximum[able]]
    whole[able[: max(total - int(whole.sum()), 0)]] += 1
    return whole


def in_proportion(counts: Sequence[int], total: int) -> list[int]:
    """Whole numbers in the proportions of `counts` that add up to `total`.

    Zeros stay zero, unless all are zero. Largest remainders are rounded up.
    """
    asked = np.asarray(counts, float)
    if not asked.any():
        asked = np.ones(len(asked))
    return largest_remainders(asked / asked.sum() * total, total).tolist()


def equal_amount(total: float, room: Float[np.ndarray, " J"]) -> float:
    """The equal amount per recipient, capped by its room, that adds up to a total.

    Args:
      total: to divide; at most the sum of the room.
      room: of each, not negative.
    """
    ordered = np.sort(room)
    # The amount for all when those with less room than the j-th are full.
    before = np.concatenate([[0.0], ordered.cumsum()[:-1]])
    levels = (total - before) / np.arange(len(ordered), 0, -1)
    enough = np.flatnonzero(levels <= ordered)
    return float(levels[enough[0]]) if len(enough) else float(ordered.max(initial=0.0))


def equal_amounts(units: int, room: Float[np.ndarray, " J"]) -> Int[np.ndarray, " J"]:
    """Units in equal amounts, each within its room; the remainder goes to the first ones."""
    whole = np.asarray(room, int)
    units = min(units, int(whole.sum()))
    given = np.minimum(whole, int(equal_amount(units, whole) + 1e-9))
    able = np.flatnonzero(given < whole)
    given[able[: units - int(given.sum())]] += 1
    return given
