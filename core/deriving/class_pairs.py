"""An expert who takes some classes for each other, as the papers' image experts do."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from pydantic import AfterValidator, Field, model_validator

from core.base.percents import percent
from core.base.report import listed, refuse
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.simulate import with_errors
from core.deriving.step import (
    AddedExpert,
    Asked,
    Share,
    chosen,
    class_positions,
    group_values,
    listed_names,
)


class ClassPairs(AddedExpert):
    """Noise between classes: some are taken for another one, the rest is always right.

    The image experts of Hemmer et al. (2023) and Nguyen et al. (2025) are right on ten superclasses
    of CIFAR-100 and wrong on half of the others' cases. Pairs exchange their two classes; a ring
    takes each class for the next, the last for the first. With `within`, pairs and rings are made
    in each group of classes, such as a superclass.
    """

    kind: Literal["class_pairs"] = "class_pairs"
    label: ClassVar[str] = "Add an expert who mixes up classes"
    help: ClassVar[str] = (
        "Always right, except that some classes are taken for each other: the image experts of the "
        "papers on learning to defer."
    )
    classes: Annotated[
        tuple[str, ...],
        AfterValidator(chosen("choose two classes or more", 2)),
        Asked("classes", low=2),
    ] = Field(
        title="Classes that are mixed up", description="In the order in which they are paired."
    )
    rate: Share = Field(0.5, title="Share mixed up", description="Of the cases of these classes.")
    pattern: Annotated[
        Literal["pairs", "ring"], Asked("choice", names=("In pairs", "Each for the next"))
    ] = Field(
        "pairs",
        title="How",
        description="In pairs: the first with the second, the third with the fourth. Each for the "
        "next: the last for the first.",
    )
    within: Annotated[str | None, Asked("group")] = Field(
        None,
        title="Only within",
        description="A group column of which each class has one value, such as its superclass.",
    )

    @model_validator(mode="after")
    def _check(self) -> "ClassPairs":
        if self.within is None and self.pattern == "pairs" and len(self.classes) % 2:
            raise ValueError("pairs need an even number of classes; choose one more or one less")
        return self

    def probabilities(self, data: AnnotationSet) -> Float[np.ndarray, "N C"]:
        """Pr(answer = class)."""
        wrong, taken = np.ones((len(data.classes),) * 2), np.zeros(len(data.classes), bool)
        for ring in self._rings(data):
            for c, other in ring.items():
                wrong[c] = np.arange(len(wrong)) == other
                taken[c] = True
        right = np.where(taken[data.truth], 1 - self.rate, 1.0)
        return with_errors(data.truth, right, wrong)

    def _rings(self, data: AnnotationSet) -> list[dict[int, int]]:
        """Which class each is taken for, by group of classes."""
        classes = class_positions(data, self.classes)
        parts = [classes]
        if self.within is not None:
            group = self._groups(data, classes)
            parts = [classes[group == value] for value in dict.fromkeys(group)]
        alone = [data.classes[part[0]] for part in parts if len(part) == 1]
        odd = [data.classes[part[-1]] for part in parts if len(part) % 2]
        if alone or (odd and self.pattern == "pairs"):
            refuse(
                "some classes have no other class to be mixed up with",
                found=listed(alone or odd),
                expected="two or more classes of each group, an even number for pairs",
            )
        return [self._taken(part) for part in parts]

    def _taken(self, part: Int[np.ndarray, " n"]) -> dict[int, int]:
        order = [int(c) for c in part]
        if self.pattern == "ring":
            return dict(zip(order, [*order[1:], order[0]], strict=True))
        pairs = list(zip(order[::2], order[1::2], strict=True))
        return dict(pairs) | {b: a for a, b in pairs}

    def _groups(self, data: AnnotationSet, classes: Int[np.ndarray, " n"]) -> np.ndarray:
        """The group of each class, by its train cases."""
        assert self.within is not None
        values, train = group_values(data, self.within), data.index(Split.TRAIN)
        found = []
        for c in classes:
            own = np.unique(values[train][data.truth[train] == c])
            if len(own) != 1:
                refuse(
                    f"class {data.classes[c]!r} is not in one group of {self.within!r}",
                    found=listed(own) or "no train case",
                    expected="one value for all its train cases",
                )
            found.append(own[0])
        return np.array(found)

    def sentence(self) -> str:
        """Who is added."""
        within = f" within {self.within}" if self.within else ""
        how = "in pairs" if self.pattern == "pairs" else "each for the next"
        return (
            f"{self.name} added: {percent(self.rate, 0)} of the cases of "
            f"{listed_names(self.classes)} taken for another of these classes ({how}{within}), "
            "all others right"
        )
