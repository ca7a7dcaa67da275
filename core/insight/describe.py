"""A summary of a data set, as `python -m core inspect` prints it."""

from collections import Counter
from typing import Any

import numpy as np

from core.base import shares
from core.base.clusters import share_interval
from core.base.report import Report
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.consensus import scoring
from core.dataset.patients import clusters
from core.dataset.truth_source import part_of_truth
from core.deriving.recipe import plain_derived

_MOST_VALUES = 50  # values of a group column that are counted individually


def describe(dataset: AnnotationSet, report: Report) -> dict[str, Any]:
    """Counts, missing rates and every expert's accuracy against the ground truth.

    Shares and accuracies are in [0, 1]; intervals are 95 % Wilson intervals, by patient where
    several cases are of one: `patients` counts them then. An expert's accuracy is over all cases
    the expert annotated, whatever their split.
    """
    splits = {s.name.lower(): dataset.index(s) for s in Split}
    annotated = dataset.annotated
    n, m = annotated.shape
    counts = {name: int(annotated[index].sum()) for name, index in splits.items()}
    patients = clusters(dataset.groups)
    known = {} if patients is None else {"patients": int(patients.max()) + 1}
    return {
        "name": dataset.name,
        "content_hash": dataset.content_hash,
        "kind": dataset.kind,
        "cases": {name: len(index) for name, index in splits.items()},
        **known,
        **({} if dataset.consensus is None else {"consensus": dataset.consensus.summary()}),
        "classes": list(dataset.classes),
        "class_counts": {
            name: dict(
                zip(
                    dataset.classes,
                    np.bincount(dataset.truth[index], minlength=len(dataset.classes)).tolist(),
                    strict=True,
                )
            )
            for name, index in splits.items()
        },
        "extra_answers": _extra_answers(dataset),
        "experts": list(dataset.experts),
        "annotations": counts | {"total": sum(counts.values())},
        "missing_rate": _missing(sum(counts.values()), n * m),
        "missing_rate_by_split": {
            name: _missing(counts[name], len(index) * m) for name, index in splits.items()
        },
        "expert_accuracy": expert_accuracy(dataset),
        "part_of_truth": list(part_of_truth(dataset)),
        "inputs": _inputs(dataset),
        "groups": {
            name: dict(Counter(map(str, values)).most_common(_MOST_VALUES))
            for name, values in dataset.groups.items()
        },
        "simulated": dataset.simulated,
        "derived": plain_derived(dataset.derived),
        "external_ai": _external_ai(dataset),
        **({"machines": list(dataset.machines)} if dataset.machines else {}),
        "excluded_experts": list(dataset.excluded_experts),
        "warnings": [p.sentence() for p in report.warnings],
        "notes": [p.sentence() for p in report.notes],
    }


def expert_accuracy(dataset: AnnotationSet, split: Split | None = None) -> dict[str, Any]:
    """Per expert: accuracy with interval (None without annotations), annotations, share annotated.

    In a set by consensus the accuracy is against the others' consensus (`core.dataset.consensus`).

    Args:
      dataset: the set.
      split: count the cases of this split only.
    """
    rows = slice(None) if split is None else dataset.index(split)
    annotated = dataset.annotated[rows]
    scored = scoring(dataset, rows)
    patients = clusters(dataset.groups, None if split is None else dataset.index(split))
    result = {}
    for i, name in enumerate(dataset.experts):
        made = int(annotated[:, i].sum())
        found = scored.of(i).accuracy(len(dataset.classes), patients)
        result[name] = {
            "accuracy": None if found is None else found[0],
            "interval": None if found is None else list(found[1]),
            "annotations": made,
            "share_annotated": made / len(annotated) if len(annotated) else 0.0,
        }
    return result


def _interval(
    right: np.ndarray, made: np.ndarray, patients: np.ndarray | None
) -> list[float] | None:
    return list(share_interval(right, made, patients)) if made.any() else None


def wilson(right: int, n: int) -> list[float] | None:
    """95 % score interval of a share, ready for JSON; None for no cases."""
    return list(shares.wilson(right, n)) if n else None


def _extra_answers(dataset: AnnotationSet) -> dict[str, int]:
    """Answers of experts that are no classes, which count as wrong, and how many there are."""
    given = np.bincount(dataset.annotations[dataset.annotated], minlength=len(dataset.answers))
    counts = given[len(dataset.classes) :].tolist()
    return dict(zip(dataset.extra_answers, counts, strict=True))


def _missing(present: int, cells: int) -> float | None:
    return 1 - present / cells if cells else None


def _inputs(dataset: AnnotationSet) -> dict[str, Any]:
    if dataset.inputs is None:
        return {"kind": dataset.kind}
    if dataset.kind == "images":
        _, height, width, channels = dataset.inputs.shape
        return {"kind": "images", "height": height, "width": width, "channels": channels}
    names = list(dataset.feature_names)
    return {"kind": "features", "columns": dataset.inputs.shape[1], "names": names}


def _external_ai(dataset: AnnotationSet) -> dict[str, Any] | None:
    if dataset.ai_probabilities is None:
        return None
    test = dataset.index(Split.TEST)
    right = dataset.ai_probabilities[test].argmax(axis=1) == dataset.truth[test]
    accuracy = int(right.sum()) / len(test) if len(test) else None
    patients = clusters(dataset.groups, test)
    return {
        "test_accuracy": accuracy,
        "interval": _interval(right, np.ones(len(test), bool), patients),
    }
