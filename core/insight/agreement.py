"""Agreement between experts beyond chance: Cohen's kappa of every pair.

scikit-learn's `cohen_kappa_score` takes one pair at a time, which for the 79,800 pairs of 400
experts takes minutes; here all pairs are counted at once. The tests compare the two.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from core.base.clusters import worth
from core.base.shares import wilson
from core.dataset.annotation_set import AnnotationSet
from core.dataset.patients import clusters

MIN_SHARED = 10  # with fewer shared cases kappa is meaningless: its interval is almost [-1, 1]
_TRUSTED = 100  # shared cases at which the asymptotic variance gets a weight of half


class Kappas(NamedTuple):
    """Cohen's kappa of P pairs of raters.

    Attributes:
      shared: cases that both annotated.
      agreed: share of them with the same label; NaN without shared cases.
      kappa: agreement beyond chance, 1 at most; NaN where undefined (see `kappas`).
      low, high: 95 % interval; NaN where kappa is.
      constant: whether one of the two gave a single label on all shared cases, so that kappa is
        0 whatever the other gave, or undefined.
    """

    shared: Int[np.ndarray, " P"]
    agreed: Float[np.ndarray, " P"]
    kappa: Float[np.ndarray, " P"]
    low: Float[np.ndarray, " P"]
    high: Float[np.ndarray, " P"]
    constant: Bool[np.ndarray, " P"]


class Agreement(NamedTuple):
    """Agreement between experts, a row per pair.

    Attributes:
      first, second: positions of the experts, first < second.
      kappas: what was measured for the pair.
    """

    first: Int[np.ndarray, " P"]
    second: Int[np.ndarray, " P"]
    kappas: Kappas

    @property
    def enough(self) -> Bool[np.ndarray, " P"]:
        """Whether the pair has enough shared cases for a kappa to be shown."""
        return self.kappas.shared >= MIN_SHARED


def agreement(dataset: AnnotationSet) -> Agreement:
    """Cohen's kappa of every pair of experts on the cases that both annotated, all splits.

    Where patients are known, the number of cases in the interval is that which the share of the
    same labels is worth (`core.base.clusters`).
    """
    from scipy.sparse import csr_array  # not needed by the first page

    n, m = dataset.annotated.shape
    c = len(dataset.answers)
    case, expert = np.nonzero(dataset.annotated)
    column = expert * c + dataset.annotations[case, expert]
    marks = csr_array((np.ones(len(case), np.int32), (case, column)), shape=(n, m * c))
    by_label = marks.T.tocsr()
    patients = clusters(dataset.groups)
    parts = [kappas(np.zeros((0, c, c), np.int64))]
    for i in range(m - 1):
        together = (by_label[i * c : (i + 1) * c] @ marks).toarray().reshape(c, m, c)
        part = None if patients is None else _worth(dataset, i, patients)
        parts.append(kappas(together[:, i + 1 :].transpose(1, 0, 2), part))
    first, second = np.triu_indices(m, 1)
    return Agreement(
        first, second, Kappas(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    )


def _worth(dataset: AnnotationSet, i: int, patients: np.ndarray) -> Float[np.ndarray, " P"]:
    """Effective share of the cases that expert i shares with each later one, by patient."""
    from scipy.sparse import csr_array  # not needed by the first page

    rows = np.flatnonzero(dataset.annotated[:, i])
    both = dataset.annotated[rows, i + 1 :]
    said = dataset.annotations[rows]
    same = both & (said[:, i + 1 :] == said[:, [i]])
    number, whose = np.unique(patients[rows], return_inverse=True)
    ones = np.ones(len(rows))
    of = csr_array((ones, (whose, np.arange(len(rows)))), shape=(len(number), len(rows)))
    right, made = of @ same.astype(float), of @ both.astype(float)
    return np.array(
        [worth(r, m) / m.sum() if m.any() else 1.0 for r, m in zip(right.T, made.T, strict=True)]
    )


def kappas(counts: Int[np.ndarray, "P C C"], part: Float[np.ndarray, " P"] | None = None) -> Kappas:
    """Cohen's kappa of pairs given as tables of counts, label of one × label of the other.

    kappa = (p_o − p_e) / (1 − p_e), undefined where p_e = 1 (both gave one and the same label)
    and without shared cases. The interval is Wilson's for p_o at fixed p_e, with the effective
    number of cases that gives kappa's variance. That is the asymptotic one (Fleiss, Cohen & Everitt
    1969), which is too small with few cases and zero under perfect agreement; it is therefore
    averaged with that of p_o at fixed p_e (Cohen 1960), which gets the weight of a hundred cases.
    """
    n = counts.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        p = counts / n[:, None, None]
        one, other = p.sum(axis=2), p.sum(axis=1)  # p_i· and p_·j
        same = np.einsum("pii->pi", p)
        observed, chance = same.sum(axis=1), (one * other).sum(axis=1)
        single = ((one > 0).sum(axis=1) <= 1) | ((other > 0).sum(axis=1) <= 1)
        kappa = (observed - chance) / (1 - chance)
        kappa[~(chance < 1 - 1e-12)] = np.nan
        rest = 1 - kappa
        crossed = (other[:, :, None] + one[:, None, :]) ** 2
        diagonal = np.einsum("pii->pi", crossed)
        variance = (
            (same * (1 - (one + other) * rest[:, None]) ** 2).sum(axis=1)
            + rest**2 * ((p * crossed).sum(axis=(1, 2)) - (same * diagonal).sum(axis=1))
            - (kappa - chance * rest) ** 2
        ) / (n * (1 - chance) ** 2)
        plain = observed * (1 - observed)
        trust = n / (n + _TRUSTED)
        cases = plain / (trust * variance * (1 - chance) ** 2 + (1 - trust) * plain / n)
    # Perfect agreement or none: the variance is zero, so use the number of cases.
    cases = np.where(plain > 1e-12, cases, n)
    if part is not None:
        cases = cases * part
    low, high = np.full(len(n), np.nan), np.full(len(n), np.nan)
    for i in np.flatnonzero(np.isfinite(kappa)):
        ends = np.array(wilson(observed[i] * cases[i], cases[i]))
        low[i], high[i] = np.clip((ends - chance[i]) / (1 - chance[i]), -1, 1)
    return Kappas(n, observed, kappa, low, high, single & (n > 0))
