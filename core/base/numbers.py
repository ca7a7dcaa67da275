"""Numbers from files, links and users: of any length, and possibly not numbers.

JSON's 1e999 is infinite, whole numbers of 400 digits exceed a float, and Python refuses to convert
those of more than 4,300 digits. All of that is bad input, never a failure.
"""

import math
from typing import Any

LARGEST_WHOLE = 2**63 - 1  # what NumPy and databases hold


def number(given: Any) -> float:
    """Converts a value or a text to a finite number.

    Raises:
      ValueError: it is not a number, is not finite, or is true or false.
    """
    try:
        value = math.nan if isinstance(given, bool) else float(given)
    except (OverflowError, TypeError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def whole(given: Any) -> int:
    """Converts a value or a text to a whole number; 3.0 gives 3, the text "3.0" is refused.

    Raises:
      ValueError: it is not a whole number, or too large for 64 bits.
    """
    value = int(given) if isinstance(given, str | int) and not isinstance(given, bool) else None
    if value is None and number(given).is_integer():
        value = int(given)
    if value is None or abs(value) > LARGEST_WHOLE:
        raise ValueError("not a whole number of at most 64 bits")
    return value


def is_number(given: Any, minimum: float, maximum: float) -> bool:
    """Whether a value, not a text, is a number within limits."""
    if not isinstance(given, int | float):
        return False
    try:
        return minimum <= number(given) <= maximum
    except ValueError:
        return False
