"""An expert whose accuracy falls over the day."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from core.base.percents import percent
from core.dataset.annotation_set import AnnotationSet
from core.deriving.step import AddedExpert, Asked, Share, evenly


class Fatigue(AddedExpert):
    """Accuracy falls evenly from the first case of a day to the last, in the set's order.

    The j-th case of a day of D, j = 0 … D − 1, is answered rightly with probability
    first + (last − first) j / (D − 1). The next day begins after D cases.
    """

    kind: Literal["fatigue"] = "fatigue"
    label: ClassVar[str] = "Add an expert with fatigue over the day"
    help: ClassVar[str] = (
        "Accuracy falls from the first case of a day to the last, in the order of the cases."
    )
    first: Share = Field(0.9, title="Accuracy at the start", description="On the day's first case.")
    last: Share = Field(0.65, title="Accuracy at the end", description="On the day's last case.")
    cases_per_day: Annotated[int, Field(ge=2, le=100_000), Asked("number", low=2, high=100_000)] = (
        Field(60, title="Cases per day", description="After so many the expert is fresh again.")
    )

    def probabilities(self, data: AnnotationSet) -> Float[np.ndarray, "N C"]:
        """Pr(answer = class)."""
        place = np.arange(len(data.truth)) % self.cases_per_day / (self.cases_per_day - 1)
        return evenly(data, self.first + (self.last - self.first) * place)

    def sentence(self) -> str:
        """Who is added."""
        return (
            f"{self.name} added: accuracy from {percent(self.first, 0)} to "
            f"{percent(self.last, 0)} over a day of {self.cases_per_day:,} cases"
        )
