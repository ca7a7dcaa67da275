"""Turns rows of annotations into arrays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int8, Int32

from core.base import limits
from core.base.names import alike
from core.base.report import Choice, Report, listed, refuse
from core.dataset.annotation_set import AI, Split
from core.reading import lost_digits
from core.reading.answers import read_answers
from core.reading.labels import check_names, places
from core.reading.options import Repeats
from core.reading.repeats import one_each
from core.reading.rows import Rows


@dataclass(frozen=True)
class Annotations:
    """Annotations [N, M] with their mask and the experts' names.

    `values` are indices into the classes, then into `extra`, the answers that are no classes.
    """

    values: Int32[np.ndarray, "N M"]
    annotated: Bool[np.ndarray, "N M"]
    experts: tuple[str, ...]
    extra: tuple[str, ...] = ()


def natural_key(name: str) -> list[object]:
    """Sort key by which p2 comes before p10."""
    # At most 18 digits: names may hold more than Python converts to one number.
    parts = re.split(r"(\d{1,18})", name)
    return [int(p) if i % 2 else p.casefold() for i, p in enumerate(parts)]


def annotation_matrix(
    rows: Rows,
    case_ids: pd.Series,
    classes: Sequence[str],
    report: Report,
    *,
    ignore_unknown_cases: bool = False,
    repeats: Repeats = "refuse",
    left_out: pd.Series | None = None,
    extra_experts: Sequence[str] = (),
    answers: Sequence[tuple[str, str]] = (),
) -> Annotations:
    """Annotations as arrays.

    Args:
      rows: the annotations.
      case_ids: the cases, in order, all different.
      classes: the classes, in order.
      report: takes warnings.
      ignore_unknown_cases: leave out annotations of cases that are not listed.
      repeats: which of several annotations of a case by one expert counts.
      left_out: ids of cases without a ground truth, whose annotations leave the set with them.
      extra_experts: experts to list even without any row.
      answers: what answers that are no classes mean, by choice (`ReadOptions.answers`).

    Raises:
      DataError: unknown cases, answers without a clear meaning, contradictions, invalid names.
    """
    _check_experts(rows, report)
    position = pd.Index(case_ids.to_numpy(object)).get_indexer(rows.case.to_numpy(object))
    outside = position < 0
    if left_out is not None and len(left_out):
        outside &= ~rows.case.isin(left_out).to_numpy(bool)
    unknown = np.flatnonzero(outside)
    if len(unknown):
        tell = report.warn if ignore_unknown_cases else report.error
        tell(
            "annotations name cases that are not listed",
            found=f"{len(unknown)} annotations of {rows.case.iloc[unknown].nunique()} cases",
            expected="only cases that have a ground truth",
            remedy="they are ignored"
            if ignore_unknown_cases
            else lost_digits.REMEDY
            if lost_digits.rounded(rows.case.iloc[unknown])
            else "add the cases, correct the ids, or choose to ignore unknown cases",
            count=len(unknown),
            examples=places(rows.place, unknown, rows.case),
            choices=[]
            if ignore_unknown_cases
            else [Choice("ignore_unknown_cases", True, "leave these annotations out")],
        )
    codes, extra = read_answers(rows.label, position >= 0, classes, answers, rows.place, report)
    names = sorted(
        {*map(str, rows.expert.unique()), *extra_experts}, key=lambda n: (natural_key(n), n)
    )
    if len(names) * len(case_ids) > limits.MOST_ANNOTATIONS:
        refuse(
            "there are too many case–expert pairs",
            found=f"{len(case_ids):,} cases × {len(names):,} experts",
            expected=f"at most {limits.MOST_ANNOTATIONS:,} pairs",
            remedy="leave out experts with few annotations",
            report=report,
        )
    expert = pd.Index(names).get_indexer(rows.expert.to_numpy(object))
    use = np.flatnonzero((position >= 0) & (codes >= 0))
    cell = position[use].astype(np.int64) * len(names) + expert[use]
    values = np.zeros((len(case_ids), len(names)), np.int32)
    annotated = np.zeros(values.shape, bool)
    kept = one_each(rows, use, cell, codes[use], repeats, report)
    report.stop()
    values.flat[cell[kept]] = codes[use][kept]
    annotated.flat[cell[kept]] = True
    if not annotated.any():
        refuse(
            "there are no annotations",
            found=f"{len(rows.case)} rows, none with a label" if len(rows.case) else "no rows",
            expected="at least one label by an expert",
            remedy="fill in the label column",
            report=report,
        )
    return Annotations(values, annotated, tuple(names), extra)


def _check_experts(rows: Rows, report: Report) -> None:
    blank = np.flatnonzero((rows.expert == "").to_numpy(bool))
    if len(blank):
        report.error(
            "annotations have no expert's name",
            expected="the name of an expert",
            remedy="fill in the name",
            count=len(blank),
            examples=places(rows.place, blank),
        )
    check_names(rows.expert, rows.place, "experts' names", report)
    lost_digits.warn(rows.expert, rows.place, "experts' names", report)
    names = [str(v) for v in rows.expert.unique()]
    taken = [n for n in names if n.casefold() == AI.casefold()]
    if taken:
        where = np.flatnonzero((rows.expert == taken[0]).to_numpy(bool))
        report.error(
            f"an expert is called {taken[0]!r}, the name of the classifier",
            expected="any other name",
            remedy="rename the expert, or give an AI's answers in ai_predictions.csv",
            count=len(where),
            examples=places(rows.place, where),
        )
    long = [n for n in names if len(n) > limits.LONGEST_NAME]
    if long:
        report.error(
            f"experts' names are longer than {limits.LONGEST_NAME} characters",
            found=listed(long, 2),
            remedy="check which column holds the experts",
        )
    seen: dict[str, str] = {}
    pairs = [(seen[k], n) for n in names if (k := alike(n)) in seen or seen.update({k: n})]
    if pairs:
        report.warn(
            "experts' names differ only in capitals, spaces or leading zeros",
            found=listed(f"{a} / {b}" for a, b in pairs),
            remedy="they are treated as different people; if they are one, spell both the same way",
            count=len(pairs),
        )


def excluded(
    annotations: Annotations, split: Int8[np.ndarray, " N"], report: Report
) -> tuple[str, ...]:
    """Experts without annotations in train, who are excluded from deferral, with a warning."""
    share = annotations.annotated[split == Split.TRAIN].sum(axis=0)
    names = tuple(n for n, k in zip(annotations.experts, share, strict=True) if not k)
    if len(names) == len(annotations.experts):
        refuse(
            "no expert has annotated a train case",
            found=f"{len(names)} experts with annotations in other splits only",
            expected="annotations of some train cases",
            remedy="check the splits, or move annotated cases to train",
            report=report,
        )
    if names:
        report.warn(
            "experts have no annotation in train",
            found=listed(names),
            remedy="nothing is known about their skill, so no cases are assigned to them",
            count=len(names),
        )
    return names
