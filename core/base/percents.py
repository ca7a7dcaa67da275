"""Percentages as text, the same on screen, on the command line and in files."""

import math


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage with one decimal by default and a narrow no-break space."""
    return f"{rounded(100 * share, digits)}\u202f%"


def rounded(value: float, digits: int = 1) -> str:
    """A number with so many decimals, halves rounded away from zero as in the browser's tables."""
    return f"{value + math.copysign(1e-9, value):.{digits}f}"
