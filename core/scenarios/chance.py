"""Assignments that draw the agent of a case at random, measured without imputation.

The estimator of `core.evaluation.team`, with probabilities in place of assignments: each agent's
accuracy is that on the cases it annotated (the AI: all), weighted by its probability of getting
them; the team's is their mean weighted by workload. Where every probability is 0 or 1 the two
estimators are the same. `mixture` measures the two baselines without an AI, whose probabilities
follow from who annotated; here they are given.
"""

from typing import NamedTuple, Self

import numpy as np
from jaxtyping import Bool, Float, Int

from core.evaluation.team import FEW
from core.scenarios.scores import Scores

_DUST = 1e-6  # rounding error of a sum of probabilities


class Measured(NamedTuple):
    """Accuracy of a team and the share of decisions it is measured on.

    Attributes:
      accuracy: NaN where nobody decides, or an agent with work cannot be measured.
      share: of the decisions that could be scored; NaN where nobody decides.
    """

    accuracy: float
    share: float


class Decisions(NamedTuple):
    """For each case, the decisions of a list of agents and whether they were right.

    Attributes:
      who: agents per case, −1 for nobody.
      measured: whether the agent's decision of the case is known. right: known and right.
      annotated: whether an expert annotated a case. hits: annotated it rightly.
    """

    who: Int[np.ndarray, "n J"]
    measured: Bool[np.ndarray, "n J"]
    right: Bool[np.ndarray, "n J"]
    annotated: Bool[np.ndarray, "n M"]
    hits: Bool[np.ndarray, "n M"]

    @classmethod
    def of(cls, who: Int[np.ndarray, "n J"], scores: Scores) -> Self:
        """The decisions of agents on the test cases.

        Args:
          who: agents per test case, −1 for nobody.
          scores: the test cases.
        """
        ones = np.ones((len(who), 1), bool)
        hits = scores.annotated & (scores.annotations == scores.truth[:, None])
        ai = (scores.test.ai_answer == scores.truth)[:, None]
        measured = np.take_along_axis(np.concatenate([scores.annotated, ones], 1), who, axis=1)
        right = np.take_along_axis(np.concatenate([hits, ai], 1), who, axis=1)
        taken = who >= 0
        return cls(who, measured & taken, right & taken, scores.annotated, hits)

    def accuracy(
        self, chance: Float[np.ndarray, "n J"], weight: Float[np.ndarray, " n"]
    ) -> Measured:
        """The team's accuracy when each case goes to each agent of its list with a probability.

        Args:
          chance: probability of each agent of the list.
          weight: how often each case counts: ones, or its draws in a resample.
        """
        experts = self.annotated.shape[1]
        share = chance * weight[:, None]
        load, of, right = (
            np.bincount((self.who + 1).ravel(), part.ravel(), experts + 2)[1:]
            for part in (share, share * self.measured, share * self.right)
        )
        busy = load > 0
        if not busy.any():
            return Measured(np.nan, np.nan)
        measured = float(of.sum() / load.sum())
        few = np.flatnonzero((of[:-1] < FEW - _DUST) & (of[:-1] < load[:-1] - _DUST))
        of[few], right[few] = weight @ self.annotated[:, few], weight @ self.hits[:, few]
        if (of[busy] <= 0).any():
            return Measured(np.nan, measured)
        accuracy = float((load[busy] * right[busy] / of[busy]).sum() / load.sum())
        return Measured(accuracy, measured)
