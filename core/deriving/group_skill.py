"""An expert whose accuracy depends on a group."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float
from pydantic import AfterValidator, Field

from core.base.percents import percent
from core.base.report import listed, refuse
from core.dataset.annotation_set import AnnotationSet
from core.dataset.group_names import group_name
from core.deriving.step import (
    AddedExpert,
    Asked,
    Share,
    chosen,
    evenly,
    group_values,
    listed_names,
)


class GroupSkill(AddedExpert):
    """One accuracy in some groups, such as sites, another in the rest."""

    kind: Literal["group_skill"] = "group_skill"
    label: ClassVar[str] = "Add an expert whose skill depends on a group"
    help: ClassVar[str] = "One accuracy in some groups, such as sites, another in the rest."
    group: Annotated[str, Asked("group")] = Field(title="Group", description="A group column.")
    values: Annotated[
        tuple[str, ...], AfterValidator(chosen("choose one group or more", 1)), Asked("values")
    ] = Field(title="Groups", description="That the expert knows.")
    inside: Share = Field(
        0.95, title="Accuracy in these groups", description="Share that is right."
    )
    elsewhere: Share = Field(0.6, title="Accuracy elsewhere", description="Share that is right.")

    @classmethod
    def fits(cls, data: AnnotationSet) -> bool:
        """Whether there are group columns."""
        return bool(data.groups)

    def probabilities(self, data: AnnotationSet) -> Float[np.ndarray, "N C"]:
        """Pr(answer = class)."""
        found = group_values(data, self.group)
        if unknown := sorted(set(self.values) - set(found)):
            refuse(
                f"{group_name(self.group)} has no such value",
                found=listed(unknown),
                expected=listed(np.unique(found)),
            )
        return evenly(data, np.where(np.isin(found, self.values), self.inside, self.elsewhere))

    def sentence(self) -> str:
        """Who is added."""
        return (
            f"{self.name} added: accuracy {percent(self.inside, 0)} where "
            f"{group_name(self.group)} is {listed_names(self.values)}, "
            f"{percent(self.elsewhere, 0)} elsewhere"
        )
