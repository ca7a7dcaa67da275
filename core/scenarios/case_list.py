"""The cases behind a scenario's figures: a table that can be filtered and sorted."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int

from core.evaluation.team import team_of
from core.scenarios.explain import Explained
from core.scenarios.scores import Scores

Right = Literal["right", "wrong", "unmeasured"]
Said = Literal["disagree", "nobody"]
Order = Literal[
    "set", "stake", "expected", "probability", "goes_to", "ai_says", "truth", "right", "case_id"
]

ORDERS: Mapping[Order, str] = MappingProxyType(
    {
        "set": "As in the data set",
        "stake": "Most at stake",
        "expected": "Expected to be right",
        "probability": "How sure the AI is",
        "goes_to": "Goes to",
        "ai_says": "The AI says",
        "truth": "Ground truth",
        "right": "Right or wrong",
        "case_id": "Case",
    }
)
_RIGHT: tuple[Right, ...] = ("wrong", "right", "unmeasured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter on cases; None means any.

    Attributes:
      goes_to: index of the agent, −1 for nobody. ai_says: index of the class.
      said: index of an answer that some expert gave, or whether they disagree or said nothing.
      truth: index of the class. right: whether the decision was right, where measured.
      moved: whether the case goes to a different agent than in the baseline.
      group: column and index of its value in `Scores.test.groupings`.
    """

    goes_to: int | None = None
    ai_says: int | None = None
    said: int | Said | None = None
    truth: int | None = None
    right: Right | None = None
    moved: bool | None = None
    group: tuple[str, int] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class CaseList:
    """The test cases of a scenario.

    Attributes:
      scores: of the model. explained: why each goes where.
      decision: the answer decided on, meaningful where `measured`.
      measured: whether the decision can be scored. correct: whether it was right, where it can.
      before: agent of the case in the baseline, −1 for nobody; None where the baseline does not
        assign cases to single agents.
    """

    scores: Scores
    explained: Explained
    decision: Int[np.ndarray, " n"]
    measured: Bool[np.ndarray, " n"]
    correct: Bool[np.ndarray, " n"]
    before: Int[np.ndarray, " n"] | None

    @property
    def moved(self) -> Bool[np.ndarray, " n"] | None:
        """Whether each case goes to a different agent than in the baseline."""
        return None if self.before is None else self.before != self.explained.chosen

    @property
    def right(self) -> Int[np.ndarray, " n"]:
        """0 wrong, 1 right, 2 not measured."""
        return np.where(self.measured, self.correct.astype(int), 2)

    def find(
        self, wanted: Wanted, order: Order = "set", *, descending: bool = False
    ) -> Int[np.ndarray, " m"]:
        """Indices of the test cases that match, sorted.

        Args:
          wanted: which.
          order: of `ORDERS`; agents, classes and right or wrong in the order of the data set.
          descending: reverse order. Cases without a value come last either way, and equal ones
            keep the order of the data set.
        """
        found = np.flatnonzero(self._fits(wanted))
        key = self._key(order)[found]
        if descending:
            key = -key
        return found[np.argsort(key, kind="stable")]

    def table(self, cases: Int[np.ndarray, " m"]) -> pd.DataFrame:
        """A row per case, for export.

        Columns: case_id, goes_to, reason, ai_says, ai_probability, a column `said …` per expert
        (empty where it annotated nothing), decision, truth, right (empty where not measured),
        before and changed_hands (only against a baseline that assigns cases), expected_right,
        margin.
        """
        scores, explained = self.scores, self.explained
        agents = np.array([*scores.agents, "nobody"], object)
        answers = np.array(scores.answers, object)
        ai_answer = scores.test.ai_answer[cases]
        measured = self.measured[cases]
        rows: dict[str, object] = {
            "case_id": np.asarray(scores.test.case_ids, object)[cases],
            "goes_to": agents[explained.chosen[cases]],
            "reason": explained.reasons(cases),
            "ai_says": answers[ai_answer],
            "ai_probability": scores.test.probabilities[cases, ai_answer].astype(float),
        }
        for m, expert in enumerate(scores.agents[:-1]):
            given = scores.annotated[cases, m]
            said = answers[np.where(given, scores.annotations[cases, m], 0)]
            rows[f"said {expert}"] = np.where(given, said, "")
        rows |= {
            "decision": np.where(
                measured, answers[np.where(measured, self.decision[cases], 0)], ""
            ),
            "truth": answers[scores.truth[cases]],
            "right": np.array(["no", "yes", ""], object)[self.right[cases]],
        }
        if self.before is not None and self.moved is not None:
            rows["before"] = agents[self.before[cases]]
            rows["changed_hands"] = np.where(self.moved[cases], "yes", "no")
        rows["expected_right"] = explained.expected[cases]
        rows["margin"] = explained.margin[cases]
        return pd.DataFrame(rows)

    def _fits(self, wanted: Wanted) -> Bool[np.ndarray, " n"]:
        scores = self.scores
        fits = np.ones(len(scores.truth), bool)
        if wanted.goes_to is not None:
            fits &= self.explained.chosen == wanted.goes_to
        if wanted.ai_says is not None:
            fits &= scores.test.ai_answer == wanted.ai_says
        if wanted.truth is not None:
            fits &= scores.truth == wanted.truth
        if wanted.right is not None:
            fits &= self.right == _RIGHT.index(wanted.right)
        if wanted.moved is not None and self.moved is not None:
            fits &= self.moved == wanted.moved
        if wanted.group is not None:
            column, value = wanted.group
            fits &= scores.test.groupings[column].code == value
        if wanted.said == "nobody":
            fits &= ~scores.annotated.any(1)
        elif wanted.said == "disagree":
            maximum, minimum = len(scores.answers), -1
            high = np.where(scores.annotated, scores.annotations, minimum).max(1, initial=minimum)
            low = np.where(scores.annotated, scores.annotations, maximum).min(1, initial=maximum)
            fits &= high > low
        elif wanted.said is not None:
            fits &= (scores.annotated & (scores.annotations == wanted.said)).any(1)
        return fits

    def _key(self, order: Order) -> np.ndarray:
        """The sort key; NaN for cases without a value, which sort last."""
        scores, explained = self.scores, self.explained
        if order == "stake":
            # The clearer the choice, the more another agent would cost.
            return np.asarray(-explained.margin)
        if order == "probability":
            n = np.arange(len(scores.truth))
            return np.asarray(scores.test.probabilities[n, scores.test.ai_answer], float)
        if order == "case_id":
            return np.unique(np.asarray(scores.test.case_ids, str), return_inverse=True)[1]
        keys = {
            "set": np.arange(len(scores.truth)),
            "expected": explained.expected,
            "goes_to": np.where(explained.chosen < 0, len(scores.agents), explained.chosen),
            "ai_says": scores.test.ai_answer,
            "truth": scores.truth,
            "right": self.right,
        }
        return keys[order]


def case_list(
    explained: Explained, scores: Scores, before: Int[np.ndarray, " n"] | None = None
) -> CaseList:
    """The test cases of a scenario, with what was decided and how it ended.

    Args:
      explained: of `scores.test`.
      scores: of the model.
      before: agent of each case in a baseline; None where it does not assign to single agents.
    """
    chosen = explained.chosen
    # Cases nobody may take are measured as if agent 0 had them, then removed from the figures.
    team = team_of(
        np.maximum(chosen, 0),
        scores.test.ai_answer,
        scores.truth,
        scores.annotations,
        scores.annotated,
    )
    measured = team.measured & (chosen >= 0)
    return CaseList(
        scores=scores,
        explained=explained,
        decision=team.decision,
        measured=measured,
        correct=team.correct & measured,
        before=before,
    )
