"""Annotations removed completely at random."""

from typing import ClassVar, Literal

import numpy as np

from core.deriving.draft import Draft
from core.deriving.step import WHERE, AnySplit, Removal, annotations_of, cases_of


class RemoveAtRandom(Removal):
    """Every annotation of an expert is equally likely to be removed."""

    kind: Literal["remove_random"] = "remove_random"
    label: ClassVar[str] = "Remove annotations at random"
    help: ClassVar[str] = "Every annotation of an expert is equally likely to be removed."
    split: AnySplit = WHERE

    def _remove(self, draft: Draft, rates: dict[str, float], rng: np.random.Generator) -> None:
        cases = cases_of(draft.parent, self.split)
        draft.remove(rates, cases, lambda _, rows: np.ones(len(rows)), rng)

    def sentence(self) -> str:
        """What is removed."""
        return f"{self._amount(annotations_of(self.split))} at random"
