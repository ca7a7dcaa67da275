"""Derived sets in words and as a table."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.shared import data_queries
from core.base.names import isolated
from core.dataset.derived import Derived
from core.deriving.derive import DerivedExpert
from core.deriving.recipe import sentence

MOST_CLASSES = 8  # with two columns each
EXPECTED, DRAWN = "Expected", "As drawn"  # how the columns of accuracies begin


def derived_text(plain: Mapping[str, Any]) -> str:
    """How a set was derived, with its parent's title."""
    derived = Derived.model_validate({k: plain[k] for k in Derived.model_fields})
    return sentence(derived, data_queries.title_of(derived.parent_name))


def table(experts: Sequence[DerivedExpert], classes: Sequence[str]) -> pd.DataFrame:
    """A row per expert; shares in per cent, per class as expected and as drawn."""
    columns: dict[str, list[Any]] = {"Expert": [isolated(e.name) for e in experts]}
    if len({e.simulated for e in experts}) > 1:
        columns["Answers"] = ["simulated" if e.simulated else "kept" for e in experts]
    columns[f"{EXPECTED} accuracy"] = [_percent(e.expected) for e in experts]
    columns[DRAWN] = [_percent(e.accuracy) for e in experts]
    columns["Annotations"] = [e.annotations for e in experts]
    columns["Training"] = [e.train for e in experts]
    if any(e.annotations < e.before for e in experts):
        columns["Before"] = [e.before or None for e in experts]
    if len(classes) <= MOST_CLASSES:
        for c, label in enumerate(classes):
            for how, shares in (
                (EXPECTED, [e.per_class for e in experts]),
                (DRAWN, [e.drawn_per_class for e in experts]),
            ):
                title = f"{how} on {isolated(label)}"
                columns[title] = [_percent(float(of[c])) for of in shares]
    return pd.DataFrame(columns)


def _percent(share: float | None) -> float | None:
    return None if share is None or math.isnan(share) else 100 * share
