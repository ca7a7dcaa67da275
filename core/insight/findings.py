"""Findings of one upload side by side: how common each is, and how well the experts see it."""

from typing import Any

import numpy as np

from core.base.clusters import share_interval
from core.dataset.annotation_set import AnnotationSet
from core.dataset.patients import clusters
from core.dataset.truth_source import part_of_truth
from core.insight.accuracy import by_class
from core.insight.agreement import agreement
from core.insight.describe import expert_accuracy
from core.matching.positive import find_class


def compare(finding: str, dataset: AnnotationSet) -> dict[str, Any]:
    """One finding as a row of a comparison, over all splits.

    Args:
      finding: its name.
      dataset: the set about it.

    Returns:
      finding, name, content_hash, cases; `classes` {class: share of cases}; of two classes the
      `positive` one with its `prevalence` and `prevalence_interval`, else None; missing_rate;
      `experts` {name: annotations, accuracy, and of two classes sensitivity and specificity, each
      with its interval, such as `accuracy_interval`}; `part_of_truth` as in `describe`; `kappa`
      {median, minimum, maximum, pairs} of the pairs that share enough cases, or None. Shares are
      in [0, 1]; intervals are 95 %, by patient where patients are known.
    """
    counts = np.bincount(dataset.truth, minlength=len(dataset.classes))
    two = len(dataset.classes) == 2
    positive = find_class(dataset.classes) if two else None
    row: dict[str, Any] = {
        "finding": finding,
        "name": dataset.name,
        "content_hash": dataset.content_hash,
        "cases": len(dataset.truth),
        "classes": dict(zip(dataset.classes, (counts / counts.sum()).tolist(), strict=True)),
        "positive": positive,
        "prevalence": None,
        "prevalence_interval": None,
        "missing_rate": 1 - float(dataset.annotated.mean()) if dataset.annotated.size else None,
        "experts": _experts(dataset, positive),
        "part_of_truth": list(part_of_truth(dataset)),
        "kappa": _kappa(dataset),
    }
    if positive is not None:
        has = dataset.truth == dataset.classes.index(positive)
        everyone = np.ones(len(has), bool)
        row["prevalence"] = float(has.mean())
        row["prevalence_interval"] = list(share_interval(has, everyone, clusters(dataset.groups)))
    return row


def _experts(dataset: AnnotationSet, positive: str | None) -> dict[str, dict[str, Any]]:
    found = {}
    for i, (name, known) in enumerate(expert_accuracy(dataset).items()):
        found[name] = {key: known[key] for key in ("annotations", "accuracy")}
        found[name]["accuracy_interval"] = known["interval"]
        if positive is None:
            continue
        for row in by_class(dataset, i).itertuples():
            measure = "sensitivity" if row.label == positive else "specificity"
            found[name][measure] = row.accuracy if row.annotations else None
            found[name][f"{measure}_interval"] = [row.low, row.high] if row.annotations else None
    return found


def _kappa(dataset: AnnotationSet) -> dict[str, Any] | None:
    pairs = agreement(dataset)
    kappas = pairs.kappa[pairs.enough & np.isfinite(pairs.kappa)]
    if not len(kappas):
        return None
    return {
        "median": float(np.median(kappas)),
        "minimum": float(kappas.min()),
        "maximum": float(kappas.max()),
        "pairs": len(kappas),
    }
