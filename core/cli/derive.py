"""The command that derives a set by a recipe."""

import argparse
import math
from typing import Any

import numpy as np

from core.deriving import derive as deriving
from core.deriving.recipe import plain_derived
from core.library import store as library


def derive(options: argparse.Namespace) -> dict[str, Any]:
    """Derives the set, stores it unless `dry_run`, and gives every expert's accuracy."""
    parent, report = options.path(options)
    seed = 0 if options.seed is None else options.seed
    made = deriving.derive(parent, options.recipe, seed, options.name or "")
    key = None
    if not options.dry_run:
        named = options.name is not None
        key = library.Library().add(made.dataset, report, rename=named)
    return {
        "name": made.dataset.name,
        "content_hash": made.dataset.content_hash,
        "stored": None if key is None else f"stored:{key}",
        "simulated": made.dataset.simulated,
        "derived": plain_derived(made.dataset.derived),
        "experts": {e.name: _plain(e, made.dataset.classes) for e in made.experts},
        "excluded_experts": list(made.dataset.excluded_experts),
    }


def _plain(expert: deriving.DerivedExpert, classes: tuple[str, ...]) -> dict[str, Any]:
    """An expert as JSON: accuracies in [0, 1], null without annotations."""

    def by_class(shares: np.ndarray) -> dict[str, float | None]:
        known = (None if math.isnan(p) else p for p in shares.tolist())
        return dict(zip(classes, known, strict=True))

    return {
        "simulated": expert.simulated,
        "annotations": {
            "before": expert.before,
            "total": expert.annotations,
            "train": expert.train,
        },
        "expected_accuracy": expert.expected,
        "expected_accuracy_per_class": by_class(expert.per_class),
        "accuracy": expert.accuracy,
        "accuracy_per_class": by_class(expert.drawn_per_class),
    }
