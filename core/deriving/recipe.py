"""Recipes: how a set is made of another one, as JSON."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.base.report import clip
from core.dataset.derived import Derived
from core.deriving.registry import KINDS, AnyStep
from core.deriving.step import listed_names

EXPECTED = (
    'expected {"steps": [{"kind": …}, …], "keep_experts": null or [names]}, with kinds '
    + ", ".join(KINDS)
)


class Recipe(BaseModel):
    """Steps in the order in which they are carried out.

    Attributes:
      version: of the form.
      keep_experts: the parent's experts who stay, all if null; simulated experts take the place of
        the others.
      steps: at least one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    keep_experts: tuple[str, ...] | None = None
    steps: tuple[AnyStep, ...] = Field(min_length=1, max_length=100)

    @classmethod
    def read(cls, plain: Any) -> "Recipe":
        """A recipe from JSON.

        Raises:
          ValueError: it is none; says where and why, in one line.
        """
        try:
            return cls.model_validate(plain)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"] if part not in KINDS)
            raise ValueError(
                f"{clip(where, 80)}: {clip(first['msg'].removeprefix('Value error, '))}"
            ) from None

    def plain(self) -> dict[str, Any]:
        """JSON that `read` reads."""
        return self.model_dump(mode="json")

    def sentence(self) -> str:
        """What is done, without a full stop."""
        steps = "; ".join(step.sentence() for step in self.steps)
        if self.keep_experts is None:
            return steps
        kept = listed_names(self.keep_experts)
        return f"{steps}; of its own experts {f'only {kept} stayed' if kept else 'none stayed'}"


def sentence(derived: Derived, parent_name: str) -> str:
    """How a set was derived: `Derived from X (seed 3): …`."""
    try:
        what = Recipe.read(derived.recipe).sentence()
    except ValueError:
        what = "by a recipe of another version"
    return f"Derived from {parent_name} (seed {derived.seed}): {what}."


def plain_derived(derived: Derived | None) -> Mapping[str, Any] | None:
    """What a description of a set says of it."""
    if derived is None:
        return None
    return derived.model_dump() | {"text": sentence(derived, derived.parent_name)}
