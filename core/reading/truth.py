"""Which cases have a ground truth. Those without leave the set, with their answers."""

import re

import numpy as np
import pandas as pd
from jaxtyping import Bool

from core.base.report import Choice, Report, clip, listed, refuse
from core.consensus.methods import TEXTS, possible
from core.encoding.missing_words import stands_for_missing
from core.reading.formats import ReadOptions
from core.reading.labels import Place, places

_FEWEST = 0.5  # of the cases must have a ground truth: else something else is wrong
_MANY = 0.05  # of the cases without one: a consensus is offered


def known_truth(
    labels: pd.Series,
    ids: pd.Series,
    place: Place,
    options: ReadOptions,
    report: Report,
    *,
    predictable: bool = False,
) -> Bool[np.ndarray, " N"]:
    """Which cases have a ground truth; says how many have none.

    A blank label is none. A word for missing is none where one case has it; where several have it,
    it may be a class, which only the user can say. Where a consensus is to take its place, the
    caller says how many have none.

    Args:
      labels: of the cases, trimmed.
      ids: of the cases.
      place: row → where it stands.
      options: `truth_words` says what such a word means, `consensus` what takes its place.
      report: takes the warning.
      predictable: whether the set has features or an AI's scores.

    Raises:
      DataError: the user has to say what a word means, or most cases have no ground truth.
    """
    texts = labels.to_numpy(object)
    known = np.array(texts != "", bool)
    if options.truth_words != "class":
        for word, count in _words(labels[known]).items():
            if count > 1 and options.truth_words == "ask":
                _ask(word, np.flatnonzero(texts == word), place, report)
            known &= texts != word
    report.stop()
    without = np.flatnonzero(~known)
    if not len(without) or options.fills:
        return known
    offered = offers(predictable=predictable)
    shown = listed(dict.fromkeys(str(v) or "(blank)" for v in texts[without]))
    if known.mean() < _FEWEST:
        refuse(
            "most cases have no ground truth",
            found=f"{shown} in {len(without):,} of {len(labels):,} cases",
            expected="the right class of at least half the cases",
            remedy="fill in the labels, leave these cases out, or choose a consensus of the "
            "experts as their truth",
            count=len(without),
            examples=places(place, without, ids),
            choices=offered,
            report=report,
        )
    many = len(without) >= _MANY * len(labels)
    report.warn(
        "cases have no ground truth",
        found=f"{shown} in {len(without):,} of {len(labels):,} cases",
        expected="a label for every case",
        remedy="they are left out of training and of every figure, together with their annotations",
        count=len(without),
        examples=places(place, without, ids),
        choices=[Choice("consensus", "none", "leave these cases out"), *offered] if many else (),
    )
    return known


def offers(*, predictable: bool) -> list[Choice]:
    """A choice for each consensus that may be the ground truth.

    Args:
      predictable: whether the set has features or an AI's scores.
    """
    return [
        Choice("consensus", name, f"use the experts' consensus as the truth, by {TEXTS[name]}")
        for name in possible(predictable=predictable)
    ]


def missing_labels(labels: pd.Series) -> list[str]:
    """The words among labels that say that there is none."""
    return list(_words(labels[labels != ""]))


def _words(labels: pd.Series) -> dict[str, int]:
    """The words for missing among labels, and how often each occurs."""
    counts = {str(label): int(n) for label, n in labels.value_counts().items()}
    numbers = [c for c in counts if re.fullmatch(r"[+-]?\d+(\.0*)?", c)]
    # 99 may be the class of a hundred classes: only a number far from all others says "missing".
    rest = [float(c) for c in numbers if not stands_for_missing(c, numbered=True)]
    numbered = len(rest) > 1 and min(rest) >= 0 and max(rest) < 50
    return {c: n for c, n in counts.items() if stands_for_missing(c, numbered=numbered)}


def _ask(word: str, rows: np.ndarray, place: Place, report: Report) -> None:
    report.error(
        f"{clip(word, 40)!r} is the ground truth of several cases: is it a class, or is the truth "
        "missing",
        found=f"{len(rows):,} cases",
        expected="a class",
        remedy="say what it means, or leave these cells blank where the truth is missing",
        count=len(rows),
        examples=places(place, rows),
        choices=[
            Choice("truth_words", "missing", "the truth is missing: leave these cases out"),
            Choice("truth_words", "class", "it is a class"),
        ],
    )
