"""Numbers as files, links and people give them: of any length, and some are none.

JSON's 1e999 is infinite, whole numbers of 400 digits fit in no float, and Python refuses to read or
write those of more than 4,300 digits. All of that is bad input, never a failure.
"""

import math
from typing import Any

LARGEST_WHOLE = 2**63 - 1  # what NumPy and databases hold


def number(given: Any) -> float:
    """The finite number that a value or a text gives.

    Raises:
      ValueError: it is none, is not finite, or is true or false.
    """
    try:
        value = math.nan if isinstance(given, bool) else float(given)
    except (OverflowError, TypeError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def whole(given: Any) -> int:
    """The whole number that a value or a text gives; 3.0 gives 3, the text "3.0" gives none.

    Raises:
      ValueError: it is none, or too long for 64 bits.
    """
    value = int(given) if isinstance(given, str | int) and not isinstance(given, bool) else None
    if value is None and number(given).is_integer():
        value = int(given)
    if value is None or abs(value) > LARGEST_WHOLE:
        raise ValueError("not a whole number of at most 64 bits")
    return value


def is_number(given: Any, least: float, most: float) -> bool:
    """Whether a value, not a text, is a number within limits."""
    if not isinstance(given, int | float):
        return False
    try:
        return least <= number(given) <= most
    except ValueError:
        return False
