"""An expert whose accuracy depends on a feature."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from core.base.percents import percent
from core.base.report import listed, refuse
from core.dataset.annotation_set import AnnotationSet, Split
from core.deriving.step import AddedExpert, Asked, Share, evenly
from core.encoding.pixels import light


class FeatureSkill(AddedExpert):
    """One accuracy where a feature is low, another where it is high."""

    kind: Literal["feature_skill"] = "feature_skill"
    label: ClassVar[str] = "Add an expert whose skill depends on a feature"
    help: ClassVar[str] = (
        "One accuracy where the feature is low, another where it is high; of images, brightness "
        "or contrast."
    )
    feature: Annotated[str, Asked("feature")] = Field(title="Feature", description="A column.")
    low: Share = Field(0.95, title="Accuracy where it is low", description="Share that is right.")
    high: Share = Field(0.6, title="Accuracy where it is high", description="Share that is right.")
    share: Share = Field(
        0.5,
        title="Share of cases where it is low",
        description="Of the training cases: up to this quantile of theirs the feature is low.",
    )

    @classmethod
    def fits(cls, data: AnnotationSet) -> bool:
        """Whether there are features or images."""
        return bool(feature_names(data))

    def probabilities(self, data: AnnotationSet) -> Float[np.ndarray, "N C"]:
        """Pr(answer = class)."""
        values = feature_values(data, self.feature)
        limit = np.quantile(values[data.index(Split.TRAIN)], self.share)
        return evenly(data, np.where(values <= limit, self.low, self.high))

    def sentence(self) -> str:
        """Who is added."""
        return (
            f"{self.name} added: accuracy {percent(self.low, 0)} where {self.feature} is low, "
            f"{percent(self.high, 0)} where it is high"
        )


def feature_names(data: AnnotationSet) -> tuple[str, ...]:
    """What skill may depend on; empty for labels only."""
    return ("brightness", "contrast") if data.kind == "images" else data.feature_names


def feature_values(data: AnnotationSet, name: str) -> Float[np.ndarray, " N"]:
    """A feature as it is encoded, or an image's brightness or contrast.

    Raises:
      DataError: the set has no such feature.
    """
    names = feature_names(data)
    if name not in names or data.inputs is None:
        refuse(
            "there is no such feature",
            found=repr(name),
            expected=listed(names) or "a set with features or images",
        )
    if data.kind == "images":
        return light(data.inputs)[name]
    return data.inputs[:, names.index(name)].astype(float)
