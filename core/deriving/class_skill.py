"""An expert who is right in some classes and guesses in the others."""

from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from core.base.percents import percent
from core.dataset.annotation_set import AnnotationSet
from core.deriving.step import (
    AddedExpert,
    ClassNames,
    Share,
    ShareOrGuess,
    class_positions,
    evenly,
    listed_names,
)


class ClassSkill(AddedExpert):
    """Right in some classes with one probability, in the others by guessing or with another one."""

    kind: Literal["class_skill"] = "class_skill"
    label: ClassVar[str] = "Add an expert for some classes"
    help: ClassVar[str] = "Right in the chosen classes, guessing in the others."
    classes: ClassNames = Field(title="Classes", description="That the expert knows.")
    inside: Share = Field(
        0.95, title="Accuracy in these classes", description="Share that is right."
    )
    elsewhere: ShareOrGuess = Field(
        None,
        title="Accuracy in other classes",
        description="Guessing is right in one of as many cases as there are classes.",
    )

    def probabilities(self, data: AnnotationSet) -> Float[np.ndarray, "N C"]:
        """Pr(answer = class): 1/C for each where the expert guesses."""
        known = np.isin(data.truth, class_positions(data, self.classes))
        guess = 1 / len(data.classes) if self.elsewhere is None else self.elsewhere
        return evenly(data, np.where(known, self.inside, guess))

    def sentence(self) -> str:
        """Who is added."""
        other = "guessing" if self.elsewhere is None else percent(self.elsewhere, 0)
        known = f"{percent(self.inside, 0)} on {listed_names(self.classes)}"
        return f"{self.name} added: accuracy {known}, {other} elsewhere"
