"""A team compared with one agent that decides every case alone, paired by case."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Int, Shaped

from core.evaluation.intervals import BootstrapWeights, Difference, paired_difference
from core.evaluation.team import Replicates, resample, team_of


def best_expert(
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
) -> int | None:
    """The expert with the best accuracy on these cases, None without annotations.

    Use train and validation cases: choosing on the test cases would bias the expert's accuracy
    upwards. An expert's share is shrunk towards the pool's by ten annotations, so that a few lucky
    ones do not win.
    """
    of = annotated.sum(0)
    right = (annotated & (annotations == truth[:, None])).sum(0)
    if not of.sum():
        return None
    pool = right.sum() / of.sum()
    return int(np.argmax(np.where(of > 0, (right + 10 * pool) / (of + 10), -1.0)))


@dataclass
class Against:
    """Differences between a team's accuracy and single agents' on the same cases.

    Attributes:
      truth: class per case. annotations, annotated: of these cases.
      weights: the resampling weights the team's replicates were drawn with.
    """

    truth: Shaped[np.ndarray, " n"]
    annotations: Shaped[np.ndarray, "n M"]
    annotated: Bool[np.ndarray, "n M"]
    weights: BootstrapWeights
    _experts: dict[int, tuple[float | None, Replicates]] = field(default_factory=dict)

    def _alone(
        self, agent: int, ai_decision: Int[np.ndarray, " n"]
    ) -> tuple[float | None, Replicates]:
        known = (self.truth, self.annotations, self.annotated)
        chosen = np.full(len(self.truth), agent)
        team = team_of(chosen, ai_decision, *known)
        return team.accuracy, resample(team, chosen, *known, self.weights)

    def difference(
        self,
        accuracy: float | None,
        replicates: Replicates,
        agent: int,
        ai_decision: Int[np.ndarray, " n"],
    ) -> Difference | None:
        """Team minus agent with a paired 95 % interval; None where either is unmeasured.

        Args:
          accuracy: the team's.
          replicates: the team's.
          agent: that decides alone; the AI is M.
          ai_decision: the AI's class per case.
        """
        if agent == self.annotated.shape[1]:
            alone = self._alone(agent, ai_decision)
        else:
            if agent not in self._experts:
                self._experts[agent] = self._alone(agent, ai_decision)
            alone = self._experts[agent]
        return paired_difference(accuracy, alone[0], replicates.accuracy, alone[1].accuracy)
