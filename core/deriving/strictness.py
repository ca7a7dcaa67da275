"""An expert who leans towards or away from one class."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from core.base.percents import percent
from core.dataset.annotation_set import AnnotationSet
from core.dataset.simulate import with_errors
from core.deriving.step import AddedExpert, Asked, ClassName, Share, class_positions


class Strictness(AddedExpert):
    """Equally good in all classes, then every answer's odds move towards or away from one class.

    Pr(answer = positive) is multiplied by exp(shift) and the row normalised: sensitivity is traded
    for specificity.
    """

    kind: Literal["strictness"] = "strictness"
    label: ClassVar[str] = "Add a strict or a lenient expert"
    help: ClassVar[str] = "Leans towards or away from one class: sensitivity against specificity."
    positive: ClassName = Field(
        title="Positive class", description="The class that a strict expert finds more often."
    )
    skill: Share = Field(
        0.85, title="Accuracy without leaning", description="In each class, before the shift."
    )
    shift: Annotated[float, Field(ge=-6, le=6), Asked("shift", low=-4, high=4, step=0.25)] = Field(
        1.0,
        title="Leaning",
        description="Added to the log odds of the positive class: above 0 strict, below 0 lenient.",
    )

    def probabilities(self, data: AnnotationSet) -> Float[np.ndarray, "N C"]:
        """Pr(answer = class)."""
        leaning = np.zeros(len(data.classes))
        leaning[class_positions(data, (self.positive,))] = self.shift
        right = np.full(len(data.truth), self.skill)
        return with_errors(data.truth, right, np.ones((len(leaning),) * 2), tuple(leaning))

    def sentence(self) -> str:
        """Who is added."""
        signed = f"{self.shift:+g}".replace("-", "\u2212")
        way = "towards" if self.shift >= 0 else "away from"
        return (
            f"{self.name} added: accuracy {percent(self.skill, 0)}, then leaning {way} "
            f"{self.positive} ({signed} in log odds)"
        )
