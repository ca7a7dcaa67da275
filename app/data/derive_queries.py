"""Derived sets: what a recipe would make, and storing it."""

import streamlit as st

from app.shared import data_queries
from core.deriving import derive
from core.deriving.derive import DerivedExpert
from core.deriving.recipe import Recipe
from core.library.store import Library


@st.cache_data(max_entries=64, show_spinner=False)
def preview(data_id: str, recipe: str, seed: int) -> tuple[DerivedExpert, ...]:
    """The experts that result from a recipe (as JSON).

    Raises:
      DataError: it does not fit the set.
    """
    return derive.preview(data_queries.dataset(data_id), Recipe.model_validate_json(recipe), seed)


def store(data_id: str, recipe: Recipe, seed: int, name: str) -> str:
    """Stores what a recipe makes and returns its `Entry.id`.

    The same content keeps the name it has unless one is given.

    Raises:
      DataError: the recipe does not fit the set. OSError: it cannot be written.
    """
    parent = data_queries.dataset(data_id)
    called = name or default_name(data_id, seed)
    made = derive.derive(parent, recipe, seed, called)
    return Library().add(made.dataset, data_queries.report(data_id), rename=bool(name))


def default_name(data_id: str, seed: int) -> str:
    """What a derived set is called unless a name is given."""
    return f"{data_queries.entries()[data_id].title}, derived (seed {seed})"
