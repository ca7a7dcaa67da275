"""What a derived set remembers: its parent, the recipe and the seed."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Derived(BaseModel):
    """How a set was made of another one.

    Attributes:
      parent: content hash of that set. parent_name: what it was called then.
      seed: of everything that was drawn.
      recipe: a `core.deriving.recipe.Recipe` as JSON. Kept plain, so that a set made with steps of
        another version can still be read.
    """

    model_config = ConfigDict(frozen=True)

    parent: str
    parent_name: str
    seed: int = Field(ge=0)
    recipe: dict[str, Any]
