"""A team of simulated experts of different skill, for a class to work with."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from core.base.percents import percent
from core.deriving.draft import Draft
from core.deriving.step import Asked, NewName, Share, Step, evenly


class Team(Step):
    """Experts from the best to the worst, each better in other classes than the next.

    Expert j of n has the mean skill best + (worst − best) j / (n − 1). In half of the classes, of
    which each expert has others, it is higher by `strengths`, in the rest lower, so that the mean
    over classes stays; skills end at 0 and 1.
    """

    kind: Literal["team"] = "team"
    label: ClassVar[str] = "Add a team of ten"
    help: ClassVar[str] = "Simulated experts of different skill, with different strengths."
    prefix: NewName = Field(
        "Reader", title="Name", description="The experts are called so, with a number."
    )
    size: Annotated[int, Field(ge=2, le=100), Asked("number", low=2, high=100)] = Field(
        10, title="Experts", description="How many."
    )
    best: Share = Field(0.95, title="Accuracy of the best", description="Mean over classes.")
    worst: Share = Field(0.6, title="Accuracy of the worst", description="Mean over classes.")
    strengths: Annotated[float, Field(ge=0, le=0.5), Asked("share", high=0.5)] = Field(
        0.08,
        title="Strengths and weaknesses",
        description="By how much an expert is better in some classes and worse in the others.",
    )

    def skills(self, classes: int) -> Float[np.ndarray, "n C"]:
        """Pr(right) per expert and class."""
        j, c = np.arange(self.size)[:, None], np.arange(classes)[None]
        mean = self.best + (self.worst - self.best) * j / (self.size - 1)
        half = classes // 2
        better = (c - j * half) % classes < half
        moved = np.where(better, 1.0, -half / (classes - half))
        return np.clip(mean + self.strengths * moved, 0, 1)

    def adds(self) -> tuple[str, ...]:
        """The team."""
        return tuple(f"{self.prefix} {j + 1}" for j in range(self.size))

    def apply(self, draft: Draft, rng: np.random.Generator) -> None:
        """Adds the team."""
        data = draft.parent
        for name, skill in zip(self.adds(), self.skills(len(data.classes)), strict=True):
            draft.draw(name, evenly(data, skill[data.truth]), rng)

    def sentence(self) -> str:
        """Who is added."""
        return (
            f"a team of {self.size} added: accuracies from {percent(self.best, 0)} to "
            f"{percent(self.worst, 0)}"
        )
