"""A share of some cases and how sure it is."""

import math

NORMAL = 1.959963984540054  # 97.5 % quantile of the normal distribution


def wilson(right: float, cases: float) -> tuple[float, float]:
    """95 % score interval of a share (Wilson 1927), also right at 0 and 1.

    Args:
      right: how many.
      cases: of how many; may be a weighted (effective) number.

    Returns:
      Low and high; (0, 1) when nothing was measured.
    """
    if cases <= 0:
        return 0.0, 1.0
    share, z2 = right / cases, NORMAL**2
    middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = (
        NORMAL
        / (1 + z2 / cases)
        * math.sqrt(share * (1 - share) / cases + z2 / (4 * cases * cases))
    )
    # At 0 and 1 the ends are exact but for rounding.
    low, high = min(middle - half, share), max(middle + half, share)
    return float(max(low, 0.0)), float(min(high, 1.0))
