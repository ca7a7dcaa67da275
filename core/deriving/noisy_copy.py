"""An expert who repeats another one, with noise."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from core.base.percents import percent
from core.dataset.annotation_set import AnnotationSet
from core.deriving.draft import Chances, Draft
from core.deriving.step import Asked, NewName, Share, Step


class NoisyCopy(Step):
    """Another expert's answers, some of them replaced by another class drawn at random.

    The copy annotates the cases that the other expert annotated, so the two err together.
    """

    kind: Literal["noisy_copy"] = "noisy_copy"
    label: ClassVar[str] = "Add a copy of an expert with noise"
    help: ClassVar[str] = "The same answers, some of them replaced by another class."
    name: NewName = Field(title="Name", description="Of the copy.")
    of: Annotated[str, Asked("expert")] = Field(title="Copy of", description="An expert.")
    noise: Share = Field(0.1, title="Replaced", description="Share of the answers.")

    @classmethod
    def fits(cls, data: AnnotationSet) -> bool:
        """Whether there is an expert to copy."""
        return bool(data.experts)

    def adds(self) -> tuple[str, ...]:
        """The copy."""
        return (self.name,)

    def apply(self, draft: Draft, rng: np.random.Generator) -> None:
        """Adds the copy."""
        source, c = draft.column(self.of), len(draft.parent.classes)
        n = len(source.answers)
        changed = rng.random(n) < self.noise
        another = (source.answers + rng.integers(1, c, n)) % c
        # An answer that is no class has c others.
        another = np.where(source.answers < c, another, rng.integers(0, c, n))
        right, extra = draft.chances(source)
        by_noise = (1 - right - extra) / (c - 1) + extra / c
        same = 1 - self.noise
        draft.add(
            self.name,
            np.where(changed, another, source.answers).astype(np.int32),
            source.annotated,
            Chances(same * right + self.noise * by_noise, same * extra),
        )

    def sentence(self) -> str:
        """Who is added."""
        replaced = f"{percent(self.noise, 0)} of the answers replaced"
        return f"{self.name} added: a copy of {self.of}, {replaced}"
