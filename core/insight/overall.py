"""Agreement of all experts together: Krippendorff's alpha and Fleiss' kappa, with intervals."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from core.base.clusters import together
from core.base.shares import NORMAL, wilson
from core.dataset.annotation_set import AnnotationSet
from core.dataset.patients import clusters
from core.dataset.votes import votes


class Overall(NamedTuple):
    """Agreement beyond chance of all experts.

    Attributes:
      measure: `fleiss` where every case that several experts annotated has equally many
        annotations, else `krippendorff`, which allows missing ones.
      value: 1 for full agreement, 0 for what chance gives; None where it is undefined.
      low, high: 95 % interval; None where `value` is.
      cases: those with two annotations or more. annotations: of these cases.
    """

    measure: Literal["fleiss", "krippendorff"]
    value: float | None
    low: float | None
    high: float | None
    cases: int
    annotations: int


def overall(dataset: AnnotationSet) -> Overall:
    """Agreement of all experts who are people on the cases that two annotated, all splits.

    Both are 1 − D_o / D_e. D_o is the share of different labels among the pairs of annotations of a
    case (Krippendorff weights a case by its annotations); D_e that of pairs of any two annotations,
    drawn with (Fleiss 1971) or without replacement (Krippendorff 2004, nominal data).

    The interval is Wilson's for D_o at fixed D_e, with the number of cases that gives the
    jackknife's variance over cases, or over patients where these are known.
    """
    counts = votes(dataset, dataset.human)
    made = counts.sum(axis=1)
    several = made >= 2
    counts, made = counts[several], made[several].astype(float)
    fleiss = len(made) > 0 and bool((made == made[0]).all())
    measure: Literal["fleiss", "krippendorff"] = "fleiss" if fleiss else "krippendorff"
    size = len(made), int(made.sum())
    different = (made**2 - (counts.astype(float) ** 2).sum(axis=1)) / np.maximum(made - 1, 1)
    parts = np.column_stack([different, made, counts])
    observed, expected = (float(d) for d in _disagreement(parts.sum(axis=0), fleiss))
    if not expected > 0:
        return Overall(measure, None, None, None, *size)
    patients = clusters(dataset.groups)
    if patients is not None:
        whose = np.unique(patients[several], return_inverse=True)[1]
        parts = np.column_stack([together(column, whose) for column in parts.T])
    cases = _worth(parts, observed, expected, fleiss)
    low, high = (1 - end / expected for end in wilson(observed * cases, cases))
    value = 1 - observed / expected
    return Overall(measure, value, max(high, -1.0), min(low, 1.0), *size)


def _disagreement(
    sums: Float[np.ndarray, "... K"], fleiss: bool
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    """D_o and D_e from sums over cases: different labels, annotations, annotations per answer."""
    different, n, counts = sums[..., 0], sums[..., 1], sums[..., 2:]
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = 1 - ((counts / n[..., None]) ** 2).sum(axis=-1)
        return different / n, expected if fleiss else expected * n / (n - 1)


def _worth(
    parts: Float[np.ndarray, "G K"], observed: float, expected: float, fleiss: bool
) -> float:
    """How many independent cases D_o is worth, at fixed D_e, so that alpha's variance results."""
    number = len(parts)
    if number < 2:
        return float(number)
    one_out, chance = _disagreement(parts.sum(axis=0) - parts, fleiss)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = 1 - one_out / chance
    values = values[np.isfinite(values)]
    variance = (number - 1) / number * float(((values - values.mean()) ** 2).sum()) * expected**2
    spread = observed * (1 - observed)
    if variance <= 1e-15 or spread <= 1e-12:
        return float(number)
    from scipy.special import stdtrit  # not needed by the first page

    wider = (float(stdtrit(number - 1, 0.975)) / NORMAL) ** 2
    return min(spread / variance / wider, float(parts[:, 1].sum()))
