"""From who-said-what rows to arrays: the checks that every form of input shares."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int8, Int32

from core.data.annotation_set import AI, Split
from core.data.report import FIRST_PLACES, Report, clip, listed, refuse

LONGEST_NAME = 200  # characters of an expert's or a class's name
LONGEST_ID = 500
MOST_CLASSES = 1000
MOST_CELLS = 200_000_000  # cases × experts; 1 GB of annotations

Place = Callable[[int], str]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Annotations as they were written, one row each, all trimmed text.

    Attributes:
      case: case ids. expert: names. label: "" where missing.
      place: row → where it stands.
      remedy: what to do about a label that is no class.
    """

    case: pd.Series
    expert: pd.Series
    label: pd.Series
    place: Place


@dataclass(frozen=True)
class Annotations:
    """Annotations [N, M] with their mask and the experts' names."""

    values: Int32[np.ndarray, "N M"]
    annotated: Bool[np.ndarray, "N M"]
    experts: tuple[str, ...]


def places(place: Place, rows: np.ndarray, texts: pd.Series | None = None) -> list[str]:
    """The first few places, with what stands there."""
    return [
        place(int(i)) + (f" {clip(texts.iloc[int(i)], 40)!r}" if texts is not None else "")
        for i in rows[:FIRST_PLACES]
    ]


def natural_key(name: str) -> list[object]:
    """Sort key by which p2 comes before p10."""
    return [int(p) if i % 2 else p.casefold() for i, p in enumerate(re.split(r"(\d+)", name))]


def check_ids(ids: pd.Series, place: Place, what: str, report: Report) -> None:
    """Errors for blank, overlong and repeated case ids."""
    blank = np.flatnonzero((ids == "").to_numpy(bool))
    if len(blank):
        report.error(
            f"cases have no {what}",
            expected="a different id for every case",
            remedy="give each case an id",
            count=len(blank),
            examples=places(place, blank),
        )
    twice = np.flatnonzero((ids.duplicated() & (ids != "")).to_numpy(bool))
    if len(twice):
        report.error(
            "the same case is listed twice",
            found=f"{len(twice)} repeated ids",
            expected="one row per case",
            remedy="delete the repeated cases, or give them ids of their own",
            count=len(twice),
            examples=places(place, twice, ids),
        )
    long = np.flatnonzero((ids.str.len() > LONGEST_ID).to_numpy(bool))
    if len(long):
        report.error(
            f"case ids are longer than {LONGEST_ID} characters",
            count=len(long),
            remedy="check which column holds the ids",
            examples=places(place, long),
        )


def tidy_labels(labels: pd.Series) -> pd.Series:
    """Labels written one way: 1.0 becomes 1 where all labels are whole numbers.

    A column of whole numbers with gaps comes out of spreadsheets and data frames as 1.0, 0.0.
    """
    codes, levels = pd.factorize(labels.to_numpy(object))
    whole = [re.fullmatch(r"([+-]?\d+)\.0*", v) for v in levels]
    if not any(whole) or not all(v == "" or re.fullmatch(r"[+-]?\d+(\.0*)?", v) for v in levels):
        return labels
    fixed = np.array([m[1] if m else v for m, v in zip(whole, levels, strict=True)], dtype=object)
    return pd.Series(fixed[codes], index=labels.index, dtype=str)


def find_classes(
    labels: pd.Series, place: Place, report: Report
) -> tuple[tuple[str, ...], Int32[np.ndarray, " N"]]:
    """The classes (numbers as numbers, else alphabetical) and each case's index into them.

    Raises:
      DataError: a case without ground truth, or names that cannot be classes.
    """
    blank = np.flatnonzero((labels == "").to_numpy(bool))
    if len(blank):
        report.error(
            "cases have no ground truth",
            found=f"{len(blank)} blank labels",
            expected="a label for every case",
            remedy="fill in the label or leave these cases out",
            count=len(blank),
            examples=places(place, blank),
        )
        report.stop()
    codes, found = pd.factorize(labels.to_numpy(object))
    names = [str(v) for v in found]
    if len(names) > MOST_CLASSES or (len(names) > 50 and len(names) > len(labels) / 3):
        refuse(
            "the ground truth has too many different labels",
            found=f"{len(names)} labels in {len(labels)} cases, such as {listed(names, 3)}",
            expected=f"classes, at most {MOST_CLASSES}",
            remedy="check that the label column holds classes, not ids or measurements",
            report=report,
        )
    long = [n for n in names if len(n) > LONGEST_NAME]
    if long:
        report.error(
            f"labels are longer than {LONGEST_NAME} characters",
            found=listed(long, 2),
            remedy="shorten them",
        )
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(_alike(name), name)
        if other != name:
            report.error(
                "two labels differ only in capitals, spaces or leading zeros",
                found=f"{clip(other)!r} and {clip(name)!r}",
                expected="one spelling per class",
                remedy="write both in the same way, or rename one of the classes",
                examples=places(place, np.flatnonzero(codes == names.index(name)), labels),
            )
    report.stop()
    if all(re.fullmatch(r"[+-]?\d{1,18}", n) for n in names):
        order = sorted(range(len(names)), key=lambda i: int(names[i]))
    else:
        order = sorted(range(len(names)), key=lambda i: (names[i].casefold(), names[i]))
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names))
    return tuple(names[i] for i in order), rank[codes]


def _alike(name: str) -> str:
    plain = re.sub(r"\s+", " ", name.casefold())
    return str(int(plain)) if re.fullmatch(r"[+-]?\d{1,18}", plain) else plain


def class_codes(labels: pd.Series, classes: Sequence[str]) -> Int32[np.ndarray, " R"]:
    """Index into `classes` of each label, −1 for a blank one and −2 for one that is no class."""
    codes, levels = pd.factorize(labels.to_numpy(object))
    index = {c: i for i, c in enumerate(classes)}
    # −1 says "missing" in files of numbered classes, unless −1 is one of them.
    numbered = all(re.fullmatch(r"\d+", c) for c in classes)

    def code(level: str) -> int:
        if level in index:
            return index[level]
        whole = re.fullmatch(r"(-?\d+)\.0*", level)
        plain = whole[1] if whole else level
        if plain == "" or (numbered and plain == "-1"):
            return -1
        return index.get(plain, -2)

    return np.array([code(str(v)) for v in levels] or [0], np.int32)[codes]


def check_splits(
    split: Int8[np.ndarray, " N"],
    truth: Int32[np.ndarray, " N"],
    classes: Sequence[str],
    report: Report,
    remedy: str,
) -> None:
    """Errors for splits nobody can train and test with, warnings for unusual ones."""
    for part, name in ((Split.TRAIN, "train"), (Split.TEST, "test")):
        if not (split == part).any():
            report.error(
                f"there are no {name} cases",
                found=f"{len(split)} cases, none of them in {name}",
                expected=f"some cases with split {name}",
                remedy=remedy,
            )
    report.stop()
    in_train = np.bincount(truth[split == Split.TRAIN], minlength=len(classes))
    if (in_train > 0).sum() < 2:
        refuse(
            "the train cases have fewer than two classes",
            found=listed([c for c, n in zip(classes, in_train, strict=True) if n]),
            expected="two or more",
            remedy="move cases of the other classes to train",
            report=report,
        )
    for part in (Split.VALIDATION, Split.TEST):
        there = np.bincount(truth[split == part], minlength=len(classes))
        only = np.flatnonzero((there > 0) & (in_train == 0))
        if len(only):
            report.warn(
                f"classes occur in {part.name.lower()} but not in train",
                found=listed(classes[int(i)] for i in only),
                remedy="the AI cannot learn them; move some of these cases to train",
                count=int(there[only].sum()),
            )


def annotation_matrix(
    rows: Rows,
    case_ids: pd.Series,
    classes: Sequence[str],
    report: Report,
    *,
    ignore_unknown_cases: bool = False,
    extra_experts: Sequence[str] = (),
) -> Annotations:
    """Annotations as arrays.

    Args:
      rows: what the experts said.
      case_ids: the cases, in order, all different.
      classes: the classes, in order.
      report: takes warnings.
      ignore_unknown_cases: leave out annotations of cases that are not listed.
      extra_experts: experts to list even without any row.

    Raises:
      DataError: unknown cases, labels that are no class, contradictions, unusable names.
    """
    _check_experts(rows, report)
    position = pd.Index(case_ids.to_numpy(object)).get_indexer(rows.case.to_numpy(object))
    unknown = np.flatnonzero(position < 0)
    if len(unknown):
        tell = report.warn if ignore_unknown_cases else report.error
        tell(
            "annotations name cases that are not listed",
            found=f"{len(unknown)} annotations of {rows.case.iloc[unknown].nunique()} cases",
            expected="only cases that have a ground truth",
            remedy="they are ignored"
            if ignore_unknown_cases
            else "add the cases, correct the ids, or choose to ignore unknown cases",
            count=len(unknown),
            examples=places(rows.place, unknown, rows.case),
        )
    codes = class_codes(rows.label, classes)
    wrong = np.flatnonzero((codes == -2) & (position >= 0))
    if len(wrong):
        _refuse_labels(rows, wrong, classes, report)
    report.stop()
    names = sorted(
        {*map(str, rows.expert.unique()), *extra_experts}, key=lambda n: (natural_key(n), n)
    )
    if len(names) * len(case_ids) > MOST_CELLS:
        refuse(
            "there are too many cases and experts",
            found=f"{len(case_ids):,} cases × {len(names):,} experts",
            expected=f"at most {MOST_CELLS:,} pairs",
            remedy="leave out experts with few annotations",
            report=report,
        )
    expert = pd.Index(names).get_indexer(rows.expert.to_numpy(object))
    use = np.flatnonzero((position >= 0) & (codes >= 0))
    cell = position[use].astype(np.int64) * len(names) + expert[use]
    values = np.zeros((len(case_ids), len(names)), np.int32)
    annotated = np.zeros(values.shape, bool)
    # The first of several rows for the same case and expert counts.
    first_cells, first = np.unique(cell, return_index=True)
    values.flat[first_cells] = codes[use][first]
    annotated.flat[first_cells] = True
    if len(first) < len(use):
        again = np.setdiff1d(np.arange(len(use)), first)
        differ = again[values.flat[cell[again]] != codes[use][again]]
        _tell_repeats(rows, use[again], use[differ], report)
        report.stop()
    if not annotated.any():
        refuse(
            "there are no annotations",
            found=f"{len(rows.case)} rows, none with a label" if len(rows.case) else "no rows",
            expected="at least one label by an expert",
            remedy="fill in the label column",
            report=report,
        )
    return Annotations(values, annotated, tuple(names))


def _check_experts(rows: Rows, report: Report) -> None:
    blank = np.flatnonzero((rows.expert == "").to_numpy(bool))
    if len(blank):
        report.error(
            "annotations do not say who made them",
            expected="the name of an expert",
            remedy="fill in the expert",
            count=len(blank),
            examples=places(rows.place, blank),
        )
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
    long = [n for n in names if len(n) > LONGEST_NAME]
    if long:
        report.error(
            f"experts' names are longer than {LONGEST_NAME} characters",
            found=listed(long, 2),
            remedy="check which column holds the experts",
        )
    seen: dict[str, str] = {}
    alike = [(seen[k], n) for n in names if (k := _alike(n)) in seen or seen.update({k: n})]
    if alike:
        report.warn(
            "experts' names differ only in capitals, spaces or leading zeros",
            found=listed(f"{a} / {b}" for a, b in alike),
            remedy="they are taken as different people; write both in the same way if they are one",
            count=len(alike),
        )


def _refuse_labels(rows: Rows, wrong: np.ndarray, classes: Sequence[str], report: Report) -> None:
    found = [str(v) for v in rows.label.iloc[wrong].unique()]
    spelt = {_alike(c): c for c in classes}
    meant = [(v, spelt[_alike(v)]) for v in found if _alike(v) in spelt]
    remedy = "correct them, or leave the label blank where an expert gave none"
    if meant:
        remedy = f"write {clip(meant[0][1])!r} instead of {clip(meant[0][0])!r}"
    report.error(
        "annotations have labels that are no class",
        found=listed(found),
        expected=f"one of the ground truth's labels, {listed(classes)}",
        remedy=remedy,
        count=len(wrong),
        examples=places(rows.place, wrong, rows.label),
    )


def _tell_repeats(rows: Rows, again: np.ndarray, differ: np.ndarray, report: Report) -> None:
    if len(differ):
        report.error(
            "the same expert gives the same case two different labels",
            found=f"{len(differ)} contradictions",
            expected="one annotation per case and expert",
            remedy="keep the right one, or use a name per reading (A-1, A-2)",
            count=len(differ),
            examples=[
                f"{rows.place(int(i))} (case {clip(rows.case.iloc[int(i)], 40)!r}, "
                f"expert {clip(rows.expert.iloc[int(i)], 40)!r})"
                for i in differ[:FIRST_PLACES]
            ],
        )
    same = len(again) - len(differ)
    if same:
        left = again[~np.isin(again, differ)]
        report.warn(
            "the same annotation is given twice",
            found=f"{same} repeated annotations",
            remedy="the repetitions are dropped",
            count=same,
            examples=places(rows.place, left),
        )


def excluded(
    annotations: Annotations, split: Int8[np.ndarray, " N"], report: Report
) -> tuple[str, ...]:
    """Experts without an annotation in train, who are kept out of deferral, with a warning."""
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
            remedy="nothing is known about their skill, so no case is handed to them",
            count=len(names),
        )
    return names
