"""Whole numbers for what adds up to a total."""

import numpy as np
from jaxtyping import Float, Int


def largest_remainders(
    exact: Float[np.ndarray, " J"], total: int, most: Int[np.ndarray, " J"] | None = None
) -> Int[np.ndarray, " J"]:
    """Numbers rounded down, then the largest remainders up, until they add up to a total.

    Args:
      exact: not negative, adding up to about the total.
      total: of the whole numbers; less where `most` leaves no room for it.
      most: that each can be rounded up to.
    """
    whole = np.floor(exact).astype(int)
    able = np.argsort(whole - exact, kind="stable")
    if most is not None:
        able = able[whole[able] < most[able]]
    whole[able[: max(total - int(whole.sum()), 0)]] += 1
    return whole


def equal_amounts(units: int, room: Float[np.ndarray, " J"]) -> Int[np.ndarray, " J"]:
    """Units given in equal amounts, none beyond its room; the first get what is left over."""
    given = np.zeros(len(room), int)
    left = min(units, int(room.sum()))
    while left > 0:
        able = np.flatnonzero(given < room)
        each = max(min(left // len(able), int((room - given)[able].min())), 1)
        able = able[:left] if each == 1 else able
        given[able] += each
        left -= each * len(able)
    return given
