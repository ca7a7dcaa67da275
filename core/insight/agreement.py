"""Agreement between experts beyond chance: Cohen's kappa of every pair.

scikit-learn's `cohen_kappa_score` takes one pair at a time, which for the 3.3 million pairs of
2,571 experts takes an hour; here all pairs are counted at once, by products of tables. Intervals
are computed for the pairs that are looked at. The tests compare with scikit-learn.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Int32

from core.base.clusters import together, worth
from core.base.shares import wilson_of
from core.dataset.annotation_set import AnnotationSet
from core.dataset.patients import clusters
from core.insight.reads import Marks, in_common, reads

MIN_SHARED = 10  # with fewer shared cases kappa is meaningless: its interval is almost [-1, 1]
MOST_PAIRED = 4000  # experts who are compared with each other; their pairs take 300 MB
_TRUSTED = 100  # shared cases at which the asymptotic variance gets a weight of half
_BLOCK = 2_000_000  # cells of the tables of counts that are held at once


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
    """Agreement between experts, a row per pair, without intervals (`pair_kappas`).

    Attributes:
      first, second: positions of the experts, first < second.
      shared: cases that both annotated.
      agreed: share of them with the same label; NaN without shared cases.
      kappa: agreement beyond chance; NaN where undefined or with fewer than `MIN_SHARED` cases.
      constant: of the pairs with enough cases, as in `Kappas`.
    """

    first: Int32[np.ndarray, " P"]
    second: Int32[np.ndarray, " P"]
    shared: Int32[np.ndarray, " P"]
    agreed: Float[np.ndarray, " P"]
    kappa: Float[np.ndarray, " P"]
    constant: Bool[np.ndarray, " P"]

    @property
    def enough(self) -> Bool[np.ndarray, " P"]:
        """Whether the pair has enough shared cases for a kappa to be shown."""
        return self.shared >= MIN_SHARED


def agreement(dataset: AnnotationSet, *, kappas: bool = True) -> Agreement:
    """Cohen's kappa of every pair of experts on the cases that both annotated, all splits.

    Experts that are AIs are not compared: this is agreement between people.
    Of more than `MOST_PAIRED` experts, those with the most annotations are compared.

    Args:
      dataset: the set.
      kappas: whether they are needed. Without them it takes half as long, `kappa` is NaN, and
        `constant` is known of the pairs that never differ only.
    """
    own = np.flatnonzero(_compared(dataset))
    table = reads(dataset)
    if len(own) < len(dataset.experts):
        place = np.full(len(dataset.experts), -1)
        place[own] = np.arange(len(own))
        kept = place[table.expert] >= 0
        case, column, said = table.case[kept], place[table.expert[kept]], table.said[kept]
    else:
        case, column, said = table.case, table.expert, table.said
    m, a = len(own), len(dataset.answers)
    everything = Marks(case, column)
    one, other = np.triu_indices(m, 1)
    shared = in_common(everything, everything, m)[one, other]
    alike = Marks(case * a + said, column)
    agreed = in_common(alike, alike, m)[one, other]
    if not kappas:
        return _without_kappas(dataset, own[one], own[other], shared, agreed)
    enough = np.flatnonzero(shared >= MIN_SHARED)
    first, second = one[enough], other[enough]
    # Products of the two experts' shares of each answer among the cases they share.
    there, back = first * m + second, second * m + first
    chance = np.zeros(len(enough))
    single = np.zeros(len(enough), bool)
    of = shared[enough].astype(float)
    for answer in range(a):
        gave = said == answer
        counts = in_common(Marks(case[gave], column[gave]), everything, m).ravel()
        by_first, by_second = counts[there], counts[back]
        chance += by_first / of * (by_second / of)
        single |= (by_first == of) | (by_second == of)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = agreed / shared
        kappa, constant = np.full(len(one), np.nan), np.zeros(len(one), bool)
        kappa[enough] = _beyond(share[enough], chance)
    constant[enough] = single
    first, second = own[one].astype(np.int32), own[other].astype(np.int32)
    return Agreement(first, second, shared, share, kappa, constant)


def _without_kappas(
    dataset: AnnotationSet,
    first: Int[np.ndarray, " P"],
    second: Int[np.ndarray, " P"],
    shared: Int[np.ndarray, " P"],
    agreed: Int[np.ndarray, " P"],
) -> Agreement:
    constant = np.zeros(len(first), bool)
    alike = np.flatnonzero((shared >= MIN_SHARED) & (agreed == shared))
    constant[alike] = pair_kappas(dataset, first[alike], second[alike]).constant
    with np.errstate(invalid="ignore", divide="ignore"):
        share = agreed / shared
    nothing = np.full(len(first), np.nan)
    return Agreement(
        first.astype(np.int32), second.astype(np.int32), shared, share, nothing, constant
    )


def _compared(dataset: AnnotationSet) -> Bool[np.ndarray, " M"]:
    """The experts who are compared with each other."""
    made = np.where(dataset.human, dataset.annotated.sum(axis=0), -1)
    most = np.zeros(len(made), bool)
    most[np.argsort(-made, kind="stable")[:MOST_PAIRED]] = True
    return most & dataset.human


def pair_kappas(
    dataset: AnnotationSet, first: Int[np.ndarray, " P"], second: Int[np.ndarray, " P"]
) -> Kappas:
    """Cohen's kappa of some pairs of experts with its interval.

    Where patients are known, the number of cases in the interval is that which the share of the
    same labels is worth (`core.base.clusters`).
    """
    c = len(dataset.answers)
    patients = clusters(dataset.groups)
    order = np.argsort(first, kind="stable")
    step = max(_BLOCK // c**2, 1)
    parts = [kappas(np.zeros((0, c, c), np.int64))]
    for start in range(0, len(order), step):
        of = order[start : start + step]
        counts = np.zeros((len(of), c, c), np.int64)
        part = None if patients is None else np.ones(len(of))
        for expert in np.unique(first[of]):
            mine = np.flatnonzero(first[of] == expert)
            rows = np.flatnonzero(dataset.annotated[:, expert])
            table = np.ix_(rows, second[of][mine])
            both, theirs = dataset.annotated[table], dataset.annotations[table]
            row, pair = np.nonzero(both)
            said = dataset.annotations[rows, expert]
            cell = (pair * c + said[row]) * c + theirs[row, pair]
            counts[mine] = np.bincount(cell, minlength=len(mine) * c * c).reshape(-1, c, c)
            if patients is not None and part is not None:
                same = both & (theirs == said[:, None])
                part[mine] = _worth(same, both, patients[rows])
        parts.append(kappas(counts, part))
    found = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Kappas(*(column[np.argsort(order, kind="stable")] for column in found))


def _worth(
    same: Bool[np.ndarray, "n P"], both: Bool[np.ndarray, "n P"], patients: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " P"]:
    """Effective share of the cases that an expert shares with each other one, by patient."""
    whose = np.unique(patients, return_inverse=True)[1]
    return np.array(
        [
            worth(together(s, whose), together(b, whose)) / b.sum() if b.any() else 1.0
            for s, b in zip(same.T, both.T, strict=True)
        ]
    )


def _beyond(
    observed: Float[np.ndarray, " P"], chance: Float[np.ndarray, " P"]
) -> Float[np.ndarray, " P"]:
    """(p_o − p_e) / (1 − p_e), NaN where p_e = 1: both gave one and the same label."""
    kappa = (observed - chance) / (1 - chance)
    kappa[~(chance < 1 - 1e-12)] = np.nan
    return kappa


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
        kappa = _beyond(observed, chance)
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
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = np.stack(wilson_of(observed, cases))
        low, high = np.clip((ends - chance) / (1 - chance), -1, 1)
    low[np.isnan(kappa)] = high[np.isnan(kappa)] = np.nan
    return Kappas(n, observed, kappa, low, high, single & (n > 0))
