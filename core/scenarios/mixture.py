"""Measures baselines in which each case goes to a random expert."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.evaluation.classes import (
    ByPatient,
    ClassReplicates,
    Tally,
    by_decision,
    ratios,
    without_empty,
)
from core.evaluation.intervals import BootstrapWeights
from core.scenarios.scores import Scores


@dataclass(frozen=True, eq=False)
class Mixture:
    """Cases assigned to several experts with known probabilities.

    Attributes:
      pairs: weight of each expert's decision of a case, 0 where the expert did not annotate it.
      pooled: whether all weights count equally (a case is split between its annotators); else
        every expert represents the same number of cases, however many it annotated.
      columns: the experts of `pairs`.
    """

    pairs: Float[np.ndarray, "n A"]
    pooled: bool
    columns: Int[np.ndarray, " A"] | None = None

    def accuracy(
        self, scores: Scores, weights: BootstrapWeights
    ) -> tuple[float | None, Float[np.ndarray, " R"]]:
        """The team's accuracy and its replicates; None where an expert with cases is unmeasured."""
        right = self.pairs * (self._said(scores) == scores.truth[:, None])
        columns = np.concatenate([self._sum(self.pairs), self._sum(right)], axis=1)
        of, hits = np.split(weights.totals(columns), 2, axis=1)
        each = self._stand_for(of)
        total = (each * of).sum(1)
        replicates = np.divide(
            (each * hits).sum(1), total, out=np.full(len(total), np.nan), where=total > 0
        )
        made = self._sum(self.pairs).sum(0)
        counted = self.tally(scores).weight
        known = len(made) > 0 and bool((made > 0).all())
        return (float(np.trace(counted) / counted.sum()) if known else None), replicates

    def tally(self, scores: Scores) -> Tally:
        """Like `core.evaluation.classes.tally`, for weighted decisions."""
        classes, said = len(scores.classes), self._said(scores)
        share = self.pairs * self._stand_for(self.pairs.sum(0, keepdims=True))
        made = share > 0
        truth = np.broadcast_to(scores.truth[:, None], made.shape)
        weight = by_decision(truth[made], said[made], share[made], classes)
        resting = share.sum(1)
        entries = None
        if scores.patients is not None:
            case, column = made.nonzero()
            entries = ByPatient(
                scores.patients[case], scores.truth[case], said[case, column], share[made]
            )
        return Tally(
            without_empty(weight),
            np.bincount(scores.truth, resting**2, minlength=classes),
            np.bincount(scores.truth[resting > 0], minlength=classes),
            entries,
        )

    def resample_class(self, scores: Scores, c: int, weights: BootstrapWeights) -> ClassReplicates:
        """As `core.evaluation.classes.resample_class`."""
        own, said = (scores.truth == c)[:, None], self._said(scores) == c
        masks = (own, own & said, ~own, ~own & ~said)
        columns = [self._sum(self.pairs * mask) for mask in masks]
        cells = np.split(weights.totals(np.concatenate(columns, axis=1)), 4, axis=1)
        each = self._stand_for(cells[0] + cells[2])
        return ratios(*((each * cell).sum(1) for cell in cells))

    def _said(self, scores: Scores) -> np.ndarray:
        return scores.annotations if self.columns is None else scores.annotations[:, self.columns]

    def _sum(self, columns: np.ndarray) -> np.ndarray:
        return columns.sum(1, keepdims=True) if self.pooled else columns

    def _stand_for(self, of: np.ndarray) -> np.ndarray:
        """The weight of one decision, given each expert's number of them."""
        if self.pooled:
            return np.ones_like(of)
        return np.divide(1.0, of, out=np.zeros_like(of), where=of > 0) / of.shape[1]
