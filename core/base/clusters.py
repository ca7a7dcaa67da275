"""Shares of cases of which several are of one patient, and so alike.

Such cases say less about a share than as many of different patients. The effective number of cases
is that of independent cases with the same variance, which is the variance of a ratio of sums over
patients (Cochran 1977, 6.5). Wilson's interval with that number covers as often as it says; with
all cases it is too narrow.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped

from core.base.shares import NORMAL, wilson


def worth(
    right: Shaped[np.ndarray, " G"], made: Shaped[np.ndarray, " G"], most: float | None = None
) -> float:
    """How many independent cases a share of clustered ones is worth.

    With few clusters their variance is uncertain (Student's t). Where they do not differ, because
    all cases are right, or all wrong, it is zero: then a cluster counts as one case.

    Args:
      right: per cluster, counted cases (or their weight).
      made: of how many.
      most: the result at most; all cases by default.
    """
    right, made = right[made > 0], made[made > 0]
    total, n = made.sum(), len(made)
    if n == 0:
        return 0.0
    most = total if most is None else most
    if n < 2:  # one cluster gives no variance between clusters
        return float(min(1.0, most))
    share = right.sum() / total
    error = n / (n - 1) * float(((right - share * made) ** 2).sum()) / total**2
    spread = float(share * (1 - share))
    if error <= 1e-15 or spread <= 1e-12:
        return float(min(n, most))
    from scipy.special import stdtrit  # not needed by the first page

    wider = (float(stdtrit(n - 1, 0.975)) / NORMAL) ** 2
    return float(min(spread / error / wider, most))


def together(
    values: Shaped[np.ndarray, " n"], patients: Int[np.ndarray, " n"]
) -> Shaped[np.ndarray, " G"]:
    """Sum over the cases of each patient."""
    return np.bincount(patients, values)


def effective(
    right: Shaped[np.ndarray, " n"],
    made: Shaped[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
) -> float:
    """`worth` of a share of cases: all of them where no patients are known.

    Args:
      right: whether the case counts.
      made: whether it is among those of which it is a share.
      patients: number of the patient of each case.
    """
    if patients is None:
        return float(made.sum())
    return worth(together(right & made, patients), together(made, patients))


def share_interval(
    right: Shaped[np.ndarray, " n"],
    made: Shaped[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, with the `effective` number of cases."""
    hits, cases = int((right & made).sum()), int(made.sum())
    if patients is None or not cases:
        return wilson(hits, cases)
    number = effective(right, made, patients)
    return wilson(hits / cases * number, number)


class Mean(NamedTuple):
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


def mean_interval(
    values: Shaped[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
    minimum: float = -math.inf,
    maximum: float = math.inf,
) -> Mean:
    """Mean over cases with Student's t interval, its variance over cases or patients.

    Args:
      values: of each case.
      patients: number of the patient of each case; None where none are known.
      minimum: smallest possible mean; the interval is cut there.
      maximum: largest possible mean.
    """
    n = len(values)
    whose = np.arange(n) if patients is None else np.unique(patients, return_inverse=True)[1]
    mean = float(values.mean())
    groups = int(whose.max()) + 1
    if groups < 2:
        return Mean(mean, minimum, maximum)
    from scipy.special import stdtrit  # not needed by the first page

    apart = together(values - mean, whose)
    error = math.sqrt(groups / (groups - 1) * float((apart**2).sum())) / n
    half = float(stdtrit(groups - 1, 0.975)) * error
    return Mean(mean, max(mean - half, minimum), min(mean + half, maximum))
