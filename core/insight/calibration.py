"""Whether an external AI's probabilities mean what they say."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from core.base.clusters import Mean, mean_interval, share_interval, together
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.patients import clusters

BINS = 10
_DRAWS = 1000  # of what a calibrated AI would show by chance


class Calibration(NamedTuple):
    """An AI's probabilities against what happened.

    Attributes:
      bins: a row per bin of equally many cases: cases, predicted (mean probability), happened
        (share of cases), low, high (its interval).
      brier: mean squared difference of probability and outcome, 0 at best.
      ece: expected calibration error: mean distance of predicted and happened, weighted by cases.
      by_chance: the ECE that a calibrated AI stays below in 95 of 100 sets of this size.
      excess: mean probability less the share that happened; above 0 the AI is overconfident.
      cases: how many were counted. split: `test`, or `all` in a set without test cases.
    """

    bins: pd.DataFrame
    brier: Mean
    ece: float
    by_chance: float
    excess: Mean
    cases: int
    split: str


def calibration(dataset: AnnotationSet, label: int | None = None) -> Calibration:
    """Calibration of the set's own AI on its test cases.

    Args:
      dataset: one with `ai_probabilities`.
      label: of the probability of this class; None for the AI's answer (its confidence).
    """
    assert dataset.ai_probabilities is not None
    test = dataset.index(Split.TEST)
    rows = test if len(test) else np.arange(len(dataset.truth))
    given, truth = dataset.ai_probabilities[rows].astype(np.float64), dataset.truth[rows]
    if label is None:
        predicted, happened = given.max(axis=1), given.argmax(axis=1) == truth
    else:
        predicted, happened = given[:, label], truth == label
    patients = clusters(dataset.groups, rows)
    return measure(predicted, happened, patients, "test" if len(test) else "all")


def measure(
    predicted: Float[np.ndarray, " n"],
    happened: Bool[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
    split: str,
) -> Calibration:
    """Calibration of probabilities of something that happened, or did not.

    Args:
      predicted: in [0, 1].
      happened: whether it did.
      patients: number of the patient, or case, that each is about; None where each stands alone.
      split: of the cases, `test` or `all`.
    """
    number = equal_bins(predicted)
    table = [_bin(number == b, predicted, happened, patients) for b in np.unique(number)]
    bins = pd.DataFrame(table)
    gaps = (bins["predicted"] - bins["happened"]).abs()
    return Calibration(
        bins=bins,
        brier=mean_interval((predicted - happened) ** 2, patients, 0.0, 1.0),
        ece=float((gaps * bins["cases"]).sum() / len(predicted)),
        by_chance=_by_chance(predicted, happened, number, patients),
        excess=mean_interval(predicted - happened, patients, -1.0, 1.0),
        cases=len(predicted),
        split=split,
    )


def equal_bins(predicted: Float[np.ndarray, " n"], bins: int = BINS) -> Int[np.ndarray, " n"]:
    """A bin for each probability, equally many cases in each; equal probabilities in one bin."""
    edges = np.unique(np.quantile(predicted, np.arange(1, bins) / bins))
    return np.searchsorted(edges, predicted, side="right")


def _bin(
    inside: Bool[np.ndarray, " n"],
    predicted: Float[np.ndarray, " n"],
    happened: Bool[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
) -> dict[str, float]:
    low, high = share_interval(happened, inside, patients)
    return {
        "cases": int(inside.sum()),
        "predicted": float(predicted[inside].mean()),
        "happened": float(happened[inside].mean()),
        "low": low,
        "high": high,
    }


def _by_chance(
    predicted: Float[np.ndarray, " n"],
    happened: Bool[np.ndarray, " n"],
    number: Int[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
) -> float:
    """95 % quantile of the ECE of a calibrated AI with these probabilities.

    A bin's sum of outcomes less probabilities is about normal. Its variance is Σ p(1 − p), or
    where patients are known the sum of squares over patients, if that is larger.
    """
    scales = []
    for b in np.unique(number):
        inside = number == b
        variance = float((predicted * (1 - predicted))[inside].sum())
        if patients is not None:
            own = (happened - predicted) * inside
            variance = max(variance, float((together(own, patients) ** 2).sum()))
        scales.append(np.sqrt(variance))
    drawn = np.abs(np.random.default_rng(0).normal(size=(_DRAWS, len(scales))) * scales)
    return float(np.quantile(drawn.sum(axis=1) / len(predicted), 0.95))
