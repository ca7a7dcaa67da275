"""Annotations of some classes removed."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from core.deriving.draft import Draft
from core.deriving.step import ClassNames, Removal, cases_of, class_positions, listed_names


class RemoveClasses(Removal):
    """Annotations of train cases of some classes are removed, at random among them.

    Never of test cases: which ones were missing there would depend on their ground truth.
    """

    kind: Literal["remove_classes"] = "remove_classes"
    label: ClassVar[str] = "Remove annotations of some classes"
    help: ClassVar[str] = (
        "As where an expert rarely sees some kinds of case. Training cases only: in test cases, "
        "what is missing would depend on the ground truth."
    )
    classes: ClassNames = Field(title="Classes", description="Ground truth of the cases.")

    def _remove(self, draft: Draft, rates: dict[str, float], rng: np.random.Generator) -> None:
        of = np.isin(draft.parent.truth, class_positions(draft.parent, self.classes))
        cases = of & cases_of(draft.parent, "train")
        draft.remove(rates, cases, lambda _, rows: np.ones(len(rows)), rng)

    def sentence(self) -> str:
        """What is removed."""
        return self._amount(f"training annotations of {listed_names(self.classes)}")
