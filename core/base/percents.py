"""Shares in words, said alike on screen, on the command line and in files."""

import math


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage, one decimal unless said, with a narrow space that never breaks."""
    return f"{rounded(100 * share, digits)}\u202f%"


def rounded(value: float, digits: int = 1) -> str:
    """A number with so many decimals, halves away from zero as the browser's tables do it."""
    return f"{value + math.copysign(1e-9, value):.{digits}f}"
