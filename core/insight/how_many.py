"""How many annotations make an interval as narrow as is wanted."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from core.base.clusters import effective
from core.base.shares import NORMAL, wilson_of
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.consensus import Scoring, scoring
from core.dataset.patients import clusters

PRIOR = 0.8  # the share where nothing has been observed yet


class Share(NamedTuple):
    """A share that is known from some cases.

    Attributes:
      share: observed, in [0, 1]; `PRIOR` where nothing was observed.
      cases: of how many.
      design: how many cases it takes to learn as much as from one independent case: above 1 where
        several are of one patient.
      trust, chance: probabilities that a right and a wrong answer agree with what they are compared
        with (`core.dataset.consensus`): 1 and 0 with the ground truth, else with the others'
        consensus.
    """

    share: float
    cases: int
    design: float
    trust: float = 1.0
    chance: float = 0.0

    @property
    def tells(self) -> float:
        """How much the share of answers that agree moves with the share that are right."""
        return self.trust - self.chance

    def half(self, cases: Float[np.ndarray, "*n"] | float) -> Float[np.ndarray, "*n"]:
        """Half the width of its interval if it were known from so many cases."""
        agreed = self.chance + self.tells * self.share
        return np.minimum(half_width(agreed, np.asarray(cases) / self.design) / self.tells, 0.5)


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
    agreed = known.chance + known.tells * known.share
    cases = math.ceil(cases_for(agreed, half * known.tells) * known.design - 1e-9)
    today = float(known.half(known.cases))
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
    """An expert's accuracy on all cases annotated, or sensitivity for a class, with its design.

    In a set by consensus, against that of the others: cases of which nobody else says anything do
    not count.
    """
    scored = scoring(dataset).of(expert)
    if label is not None:
        scored = scored.among(scored.truth == label)
    return _share(scored, len(dataset.classes), clusters(dataset.groups))


def measured(dataset: AnnotationSet, expected: float | None = None) -> Share:
    """The test cases on which a team's accuracy is measured, at an expected accuracy.

    Before training nobody knows the team's accuracy. The default is that of the external AI or of
    the experts together on test cases, whichever is higher: a team should be at least as good.
    The design effect is that of patients who share a chance of being decided right; it is
    estimated from the experts' annotations, a case counting as right where most of these are. In a
    set by consensus the experts are measured against that of the others, the AI against that of
    all.

    Args:
      dataset: the set.
      expected: the accuracy to assume.
    """
    test, classes = dataset.index(Split.TEST), len(dataset.classes)
    truth, patients = dataset.truth[test], clusters(dataset.groups, test)
    scored = scoring(dataset, test).only(np.flatnonzero(dataset.human))
    annotated, right = scored.made.sum(axis=1), scored.right.sum(axis=1)
    share, made, hits = PRIOR, np.ones(len(test), bool), np.zeros(len(test), bool)
    if annotated.any():
        agreed = float(right.sum() / annotated.sum())
        together = scored.allowing(agreed, (agreed, agreed), classes)
        share = PRIOR if together is None else together[0]
        # Whether the experts' majority of the answers is right.
        hits, made = 2 * right > annotated, annotated > 0
    if dataset.ai_probabilities is not None and len(test):
        ai = dataset.ai_probabilities[test].argmax(axis=1) == truth
        if ai.mean() >= share:
            share, hits, made = ai.mean(), ai, np.ones(len(test), bool)
    design = max(int(made.sum()) / max(effective(hits, made, patients), 1.0), 1.0)
    return Share(float(share if expected is None else expected), len(test), design)


def _share(scored: Scoring, classes: int, patients: Int[np.ndarray, " n"] | None) -> Share:
    """The share of one expert's answers that are right; nothing where the scoring says nothing."""
    found = scored.accuracy(classes, patients)
    if found is None:
        return Share(PRIOR, 0, 1.0)
    cases = int(scored.made.sum())
    design = max(cases / effective(scored.right, scored.made, patients), 1.0)
    if scored.trust is None:
        return Share(found[0], cases, design)
    trust = float(scored.trust[scored.made].mean(dtype=float))
    return Share(found[0], cases, design, trust, (1 - trust) / (classes - 1))


class Wanted(NamedTuple):
    """What every expert lacks for an interval of a wanted width, M experts.

    Attributes:
      share: accuracy, or sensitivity for the class, as of `accuracy_of`; NaN where nothing counts.
      cases: that count, of the class. half: today's half width.
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
    scored, patients = scoring(dataset), clusters(dataset.groups)
    rows = np.arange(len(dataset.truth))
    if label is not None:
        scored = scored.among(scored.truth == label)
        rows = np.flatnonzero(dataset.truth == label)
    experts, classes = range(len(dataset.experts)), len(dataset.classes)
    known = [_share(scored.of(m), classes, patients) for m in experts]
    found = [needed(share, half) for share in known]
    more = np.array([f.more for f in found], int)
    prevalence = len(rows) / max(len(dataset.truth), 1)
    return Wanted(
        share=np.array([k.share if k.cases else np.nan for k in known], float),
        cases=np.array([k.cases for k in known], int),
        half=np.array([f.half for f in found], float),
        needed=np.array([f.cases for f in found], int),
        more=more,
        unread=len(rows) - dataset.annotated[rows].sum(axis=0),
        to_read=np.ceil(more / max(prevalence, 1e-12) - 1e-9).astype(int),
    )
