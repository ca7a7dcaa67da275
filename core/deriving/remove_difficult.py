"""Annotations removed by how difficult the case is."""

from functools import partial
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from core.dataset.votes import votes
from core.deriving.difficulty import Measure, disagreement, uncertainty
from core.deriving.draft import Draft
from core.deriving.step import WHERE, AnySplit, Asked, Removal, annotations_of, cases_of

_BY = {
    "disagreement": "the other experts of the set disagree",
    "ai": "the set's AI is unsure",
    "model": "a logistic regression on the training cases is unsure",
}


class RemoveDifficult(Removal):
    """Annotations of difficult cases are more likely (or less likely) to be removed.

    An expert's annotations are ranked by difficulty, d from 0 to 1. The probability of removal is
    in proportion to 1 + strength (2d − 1), or 1 − strength (2d − 1) where easy cases are removed.
    A case's own ground truth is not used.
    """

    kind: Literal["remove_difficult"] = "remove_difficult"
    label: ClassVar[str] = "Remove annotations by difficulty"
    help: ClassVar[str] = "Difficult cases lose annotations more often than easy ones, or less."
    split: AnySplit = WHERE
    by: Annotated[
        Measure,
        Asked("choice", names=("Disagreement", "The set's AI", "A simple model")),
    ] = Field(
        "disagreement",
        title="Difficult is where",
        description="The other experts of the set disagree; its AI is unsure (sets with an AI's "
        "predictions); or a logistic regression fitted on the training cases is unsure.",
    )
    removed: Annotated[
        Literal["difficult", "easy"], Asked("choice", names=("Difficult cases", "Easy cases"))
    ] = Field("difficult", title="Removed more often", description="Which end loses more.")
    strength: Annotated[float, Field(ge=0, le=1), Asked("share")] = Field(
        1.0,
        title="Strength",
        description="0 %: at random. 100 %: from nearly never at one end to twice the share at "
        "the other.",
    )

    def _remove(self, draft: Draft, rates: dict[str, float], rng: np.random.Generator) -> None:
        from scipy.stats import rankdata

        data = draft.parent
        sign = self.strength if self.removed == "difficult" else -self.strength
        if self.by == "disagreement":
            hardness = partial(disagreement, data, votes(data))
        else:
            hardness = partial(_of_rows, uncertainty(data, self.by))

        def weigh(name: str, rows: Int[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
            rank = (rankdata(hardness(name, rows)) - 0.5) / len(rows)
            return np.asarray(1 + sign * (2 * rank - 1))

        draft.remove(rates, cases_of(data, self.split), weigh, rng)

    def sentence(self) -> str:
        """What is removed."""
        often = "more" if self.removed == "difficult" else "less"
        by = f", {often} often where {_BY[self.by]} (strength {self.strength:.0%})"
        return self._amount(annotations_of(self.split)) + by.replace("%", "\u202f%")


def _of_rows(
    hard: Float[np.ndarray, " N"], _: str, rows: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    return hard[rows]
