"""Cases without a ground truth that are kept, because a consensus is to be their truth.

Until the whole set is read their truth is the majority of the answers: splits are drawn by it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int32

from core.base.report import Choice, Report, clip, listed, refuse
from core.consensus.answers import answers_of
from core.consensus.labels import labels_of
from core.reading.annotations import Annotations, annotation_matrix
from core.reading.answers import OWN
from core.reading.formats import ReadOptions
from core.reading.labels import Place, find_classes, places, tidy_labels
from core.reading.rows import Rows
from core.reading.spelling import plain
from core.reading.truth import missing_labels

_RARE = 0.1  # of the answers: fewer may be no class, such as "unsure"
_MOST_ASKED = 5  # such answers


class Voted(NamedTuple):
    """Cases with a ground truth, or with the majority of their answers in its place.

    Attributes:
      kept: cases with either. unknown: of these, those without a ground truth.
      truth: of the kept ones, an index into `classes`.
      annotations: of the kept ones.
    """

    kept: Bool[np.ndarray, " N"]
    unknown: Bool[np.ndarray, " n"]
    truth: Int32[np.ndarray, " n"]
    classes: tuple[str, ...]
    annotations: Annotations


def vote(
    rows: Rows,
    ids: pd.Series,
    labels: pd.Series,
    known: Bool[np.ndarray, " N"],
    place: Place,
    options: ReadOptions,
    report: Report,
    *,
    extra_experts: Sequence[str] = (),
) -> Voted:
    """Classes and annotations of a set without a ground truth, or with that of some cases.

    The classes are those of the known truths, and the answers. Cases with neither a truth nor an
    answer that is a class are left out.

    Args:
      rows: the annotations, with the ids spelt as in `ids`.
      ids: of all cases.
      labels: their ground truth, trimmed, where `known`.
      known: whether there is one.
      place: row of a case → where it stands.
      options: `answers` says which answers are no classes.
      report: takes problems.
      extra_experts: experts to list even without any row.

    Raises:
      DataError: names that cannot be classes; see `annotation_matrix`, too.
    """
    classes, codes = _classes(labels[known], rows, place, np.flatnonzero(known), options, report)
    found = annotation_matrix(
        rows,
        ids,
        classes,
        report,
        ignore_unknown_cases=options.ignore_unknown_cases,
        repeats=options.repeats,
        answers=options.answers,
        extra_experts=extra_experts,
    )
    named = (found.annotated & (found.values < len(classes))).any(axis=1)
    kept = known | named
    without = np.flatnonzero(~kept)
    if len(without):
        report.warn(
            "cases have neither a ground truth nor an answer that is a class",
            found=f"{len(without):,} of {len(ids):,} cases",
            remedy="they are left out",
            count=len(without),
            examples=places(place, without, ids),
        )
    if not kept.any():
        refuse("no case has an answer that is a class", report=report)
    annotations = replace(found, values=found.values[kept], annotated=found.annotated[kept])
    truth, _ = labels_of(
        answers_of(annotations.values, annotations.annotated, len(classes)), "majority"
    )
    truth[known[kept]] = codes
    return Voted(kept, ~known[kept], truth.astype(np.int32), classes, annotations)


def _classes(
    known: pd.Series,
    rows: Rows,
    place: Place,
    at: np.ndarray,
    options: ReadOptions,
    report: Report,
) -> tuple[tuple[str, ...], Int32[np.ndarray, " k"]]:
    """The classes, and the index of each known truth into them."""
    said = tidy_labels(rows.label)
    none = missing_labels(said)
    counts = said[(said != "") & ~said.isin(none)].value_counts()
    other = {plain(answer) for answer, _ in options.answers}
    by_key = {plain(label): label for label in known.unique()}
    of_key: dict[str, int] = {}
    for label, count in counts.items():  # the most frequent spelling first
        key = plain(str(label))
        if key not in other:
            by_key.setdefault(key, str(label))
            of_key[key] = of_key.get(key, 0) + int(count)
    new = [label for key, label in by_key.items() if label not in set(known)]
    both = pd.concat([known, pd.Series(new, dtype=str)], ignore_index=True)
    first = said.drop_duplicates()

    def where(i: int) -> str:
        if i < len(known):
            return place(int(at[i]))
        return rows.place(int(first.index[(first == both.iloc[i]).to_numpy(bool)][0]))

    classes, codes = find_classes(both, where, report)
    if len(classes) < 2:
        refuse(
            "the experts' answers are all the same",
            found=listed(classes) or "no answer",
            expected="at least two classes",
            report=report,
        )
    report.note(f"the classes are the experts' answers{' and the truths' if len(known) else ''}: "
                f"{listed(classes)}")  # fmt: skip
    total = max(sum(of_key.values()), 1)
    rare = [label for key, label in by_key.items() if 0 < of_key.get(key, 0) < _RARE * total]
    if len(classes) > 2:
        for label in [label for label in rare if label in new][:_MOST_ASKED]:
            _ask_rare(label, of_key[plain(label)], total, report)
    return classes, codes[: len(known)]


def _ask_rare(label: str, count: int, total: int, report: Report) -> None:
    report.warn(
        f"the answer {clip(label, 40)!r} is rare, and became a class",
        found=f"{count:,} of {total:,} answers",
        remedy="it may be something else, such as “unsure”",
        count=count,
        choices=[
            Choice("answers", [], "it is a class"),
            Choice("answers", [[label, label]], OWN),
            Choice("answers", [[label, ""]], "no annotation"),
        ],
    )
