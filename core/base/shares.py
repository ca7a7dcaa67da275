"""Intervals of shares."""

import math

import numpy as np
from jaxtyping import Float

NORMAL = 1.959963984540054  # 97.5 % quantile of the normal distribution


def fitted_interval(share: float, fitted_on: float, used_on: float) -> tuple[float, float]:
    """95 % interval of a workload on cases that its prices were not fitted to.

    Prices hold a workload at p on the cases they are fitted to; on others it differs from p because
    both are samples. The variances add, p(1 − p)(1/n_fit + 1/n_use), so this is Wilson's interval
    with 1/(1/n_fit + 1/n_use) cases. It contains the workload that was asked for in 95 of 100 fits;
    where it does not, chance is an unlikely explanation.

    Args:
      share: the realised workload, in [0, 1].
      fitted_on: cases the prices were fitted to; 0 where nothing was fitted.
      used_on: cases the workload was measured on.
    """
    if used_on <= 0:
        return 0.0, 1.0
    cases = 1.0 / (1.0 / fitted_on + 1.0 / used_on) if fitted_on > 0 else used_on
    return wilson(share * cases, cases)


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
    # SciPy's binomtest: the same ends, 250× slower, and for whole numbers only.
    share, z2 = right / cases, NORMAL**2
    middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = (
        NORMAL
        / (1 + z2 / cases)
        * math.sqrt(share * (1 - share) / cases + z2 / (4 * cases * cases))
    )
    # At 0 and 1 the ends are exact up to rounding.
    low, high = min(middle - half, share), max(middle + half, share)
    return float(max(low, 0.0)), float(min(high, 1.0))


def wilson_of(
    share: Float[np.ndarray, "*n"], cases: Float[np.ndarray, "*n"]
) -> tuple[Float[np.ndarray, "*n"], Float[np.ndarray, "*n"]]:
    """`wilson` of many shares at once; NaN where the share is.

    Args:
      share: in [0, 1].
      cases: of how many; may be weighted (effective) numbers.
    """
    z2 = NORMAL**2
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
        half = (
            NORMAL
            / (1 + z2 / cases)
            * np.sqrt(share * (1 - share) / cases + z2 / (4 * cases * cases))
        )
    low, high = np.minimum(middle - half, share), np.maximum(middle + half, share)
    nothing = np.where(np.isnan(share), np.nan, 0.0)
    return (
        np.where(cases > 0, np.clip(low, 0, 1), 0.0) + nothing,
        np.where(cases > 0, np.clip(high, 0, 1), 1.0) + nothing,
    )
