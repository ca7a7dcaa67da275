"""How many annotations make an interval as narrow as is wanted."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from core.base.clusters import effective
from core.base.shares import NORMAL, wilson_of
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.patients import clusters

PRIOR = 0.8  # the share where nothing has been observed yet


class Share(NamedTuple):
    """A share that is known from some cases.

    Attributes:
      share: observed, in [0, 1]; `PRIOR` where nothing was observed.
      cases: of how many.
      design: how many cases it takes to learn as much as from one independent case: above 1 where
        several are of one patient.
    """

    share: float
    cases: int
    design: float


class Needed(NamedTuple):
    """What a wanted interval takes.

    Attributes:
      half: half the width of today's interval, a share; 1/2 without any case.
      cases: annotated cases (of the class, for a sensitivity) that are needed in all.
      more: of these, how many are missing today.
    """

    half: float
    cases: int
    more: int


def half_width(share: float, cases: Float[np.ndarray, "*n"] | float) -> Float[np.ndarray, "*n"]:
    """Half the width of Wilson's 95 % interval of a share of so many cases.

    Args:
      share: in [0, 1].
      cases: effective numbers of cases; 0 gives 1/2, the interval from 0 to 1.
    """
    number = np.asarray(cases, np.float64)
    low, high = wilson_of(np.full(number.shape, share), number)
    return (high - low) / 2


def cases_for(share: float, half: float) -> int:
    """The smallest number of independent cases whose interval is at most ± `half`.

    With n cases Wilson's half width is z √(n p (1 − p) + z²/4) / (n + z²), which falls with n:
    h² (n + z²)² = z² (n p (1 − p) + z²/4) is quadratic in n.

    Args:
      share: p, in [0, 1].
      half: h, in (0, 1/2].
    """
    z2, spread = NORMAL**2, share * (1 - share)
    b = 2 * z2 - z2 * spread / half**2
    c = z2**2 - z2**2 / (4 * half**2)
    return max(math.ceil((-b + math.sqrt(max(b * b - 4 * c, 0.0))) / 2 - 1e-9), 0)


def needed(known: Share, half: float) -> Needed:
    """What it takes to know a share to ± `half`, if it stays as it was observed.

    Args:
      known: the share today.
      half: half the wanted width, in (0, 1/2].
    """
    cases = math.ceil(cases_for(known.share, half) * known.design - 1e-9)
    today = float(half_width(known.share, known.cases / known.design))
    return Needed(today, cases, 0 if today <= half else max(cases - known.cases, 1))


def as_annotated(known: Share, missing: float) -> Share:
    """The share as it is measured where annotations are missing at random.

    A case decided by an expert who did not annotate it is not measured, so it takes more of them.

    Args:
      known: without missing annotations.
      missing: share of the annotations, in [0, 1).
    """
    return known._replace(design=known.design / (1 - missing))


def accuracy_of(dataset: AnnotationSet, expert: int, label: int | None = None) -> Share:
    """An expert's accuracy on all cases annotated, or sensitivity for a class, with its design."""
    made = dataset.annotated[:, expert]
    if label is not None:
        made = made & (dataset.truth == label)
    right = made & (dataset.annotations[:, expert] == dataset.truth)
    return _share(right, made, clusters(dataset.groups))


def measured(dataset: AnnotationSet, expected: float | None = None) -> Share:
    """The test cases on which a team's accuracy is measured, at an expected accuracy.

    Before training nobody knows the team's accuracy. The default is that of the external AI or of
    the experts together on test cases, whichever is higher: a team should be at least as good.
    The design effect is that of patients who share a chance of being decided right; it is
    estimated from the experts' annotations, a case counting as right by the share of these.

    Args:
      dataset: the set.
      expected: the accuracy to assume.
    """
    test = dataset.index(Split.TEST)
    annotated, truth = dataset.annotated[test] & dataset.human, dataset.truth[test]
    right = annotated & (dataset.annotations[test] == truth[:, None])
    patients = clusters(dataset.groups, test)
    share = right.sum() / annotated.sum() if annotated.any() else PRIOR
    made = np.ones(len(test), bool)
    hits = np.zeros(len(test), bool)
    if annotated.any():  # whether the experts' majority of the answers is right
        hits = 2 * right.sum(axis=1) > annotated.sum(axis=1)
        made = annotated.any(axis=1)
    if dataset.ai_probabilities is not None and len(test):
        ai = dataset.ai_probabilities[test].argmax(axis=1) == truth
        if ai.mean() >= share:
            share, hits, made = ai.mean(), ai, np.ones(len(test), bool)
    design = _share(hits & made, made, patients).design
    return Share(float(share if expected is None else expected), len(test), design)


def _share(right: np.ndarray, made: np.ndarray, patients: np.ndarray | None) -> Share:
    cases = int(made.sum())
    if not cases:
        return Share(PRIOR, 0, 1.0)
    worth = effective(right, made, patients)
    return Share(float(right.sum() / cases), cases, max(cases / worth, 1.0))


class Wanted(NamedTuple):
    """What every expert lacks for an interval of a wanted width, M experts.

    Attributes:
      share: accuracy, or sensitivity for the class; NaN where nothing was annotated.
      cases: annotated, of the class. half: today's half width.
      needed: annotated cases needed in all. more: of these, missing today.
      unread: cases (of the class) in the set that the expert has not annotated.
      to_read: new cases as they come until as many as are missing are of the class, on average.
    """

    share: Float[np.ndarray, " M"]
    cases: np.ndarray
    half: Float[np.ndarray, " M"]
    needed: np.ndarray
    more: np.ndarray
    unread: np.ndarray
    to_read: np.ndarray


def wanted(dataset: AnnotationSet, half: float, label: int | None = None) -> Wanted:
    """What every expert lacks until accuracy, or sensitivity for a class, is known to ± `half`."""
    of_class = np.ones(len(dataset.truth), bool) if label is None else dataset.truth == label
    rows = np.flatnonzero(of_class)
    annotated = dataset.annotated[rows]
    right = annotated & (dataset.annotations[rows] == dataset.truth[rows, None])
    patients = clusters(dataset.groups)
    made, hits = annotated.sum(axis=0), right.sum(axis=0)
    if patients is None:
        design = np.ones(len(made))
    else:
        whose = patients[rows]
        pairs = zip(right.T, annotated.T, strict=True)
        design = np.array([_share(r, a, whose).design for r, a in pairs])
    share = np.divide(hits, made, out=np.full(len(made), np.nan), where=made > 0)
    found = [
        needed(Share(PRIOR if np.isnan(s) else float(s), int(n), float(d)), half)
        for s, n, d in zip(share, made, design, strict=True)
    ]
    more = np.array([f.more for f in found], int)
    prevalence = len(rows) / max(len(dataset.truth), 1)
    return Wanted(
        share=share,
        cases=made,
        half=np.array([f.half for f in found], float),
        needed=np.array([f.cases for f in found], int),
        more=more,
        unread=len(rows) - made,
        to_read=np.ceil(more / max(prevalence, 1e-12) - 1e-9).astype(int),
    )
