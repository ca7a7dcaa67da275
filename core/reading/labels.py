"""Labels: their spelling, and the classes they define."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Int32

from core.base import limits
from core.base.names import alike, controls
from core.base.report import FIRST_PLACES, Report, clip, listed, refuse
from core.encoding.missing_words import stands_for_missing
from core.matching.grades import in_order

Place = Callable[[int], str]


def places(place: Place, rows: np.ndarray, texts: pd.Series | None = None) -> list[str]:
    """The first few places, with their content."""
    return [
        place(int(i)) + (f" {clip(texts.iloc[int(i)], 40)!r}" if texts is not None else "")
        for i in rows[:FIRST_PLACES]
    ]


def check_names(texts: pd.Series, place: Place, what: str, report: Report) -> None:
    """An error for names with control characters, which can falsify the text around them.

    Args:
      texts: names, one a row.
      place: row → its place in the files.
      what: what the names are, in the plural, such as "experts' names".
      report: takes the error.
    """
    codes, levels = pd.factorize(texts.to_numpy(object))
    bad = [i for i, name in enumerate(levels) if controls(str(name))]
    if bad:
        rows = np.flatnonzero(np.isin(codes, bad))
        report.error(
            f"{what} have control characters",
            found=listed(dict.fromkeys(code for i in bad for code in controls(str(levels[i])))),
            expected="letters of any script, numbers and signs",
            remedy="delete these invisible characters; they reverse, hide or break the text beside "
            "a name",
            count=len(rows),
            examples=places(place, rows, texts),
        )


def tidy_labels(labels: pd.Series) -> pd.Series:
    """Labels in one spelling: 1.0 becomes 1 where all labels are whole numbers.

    Spreadsheets and data frames export a column of whole numbers with gaps as 1.0, 0.0.
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
    """The classes (numbers and grades by value, else alphabetical) and each case's index into them.

    Args:
      labels: none of them blank (`core.reading.truth.known_truth`).
      place: row → where it stands.
      report: takes errors.

    Raises:
      DataError: names that cannot be classes.
    """
    check_names(labels, place, "labels", report)
    report.stop()
    codes, found = pd.factorize(labels.to_numpy(object))
    names = [str(v) for v in found]
    if len(names) > limits.MOST_CLASSES or (len(names) > 50 and len(names) > len(labels) / 3):
        refuse(
            "the ground truth has too many different labels",
            found=f"{len(names)} labels in {len(labels)} cases, such as {listed(names, 3)}",
            expected=f"classes, at most {limits.MOST_CLASSES}",
            remedy="check that the label column holds classes, not ids or measurements",
            report=report,
        )
    long = [n for n in names if len(n) > limits.LONGEST_NAME]
    if long:
        report.error(
            f"labels are longer than {limits.LONGEST_NAME} characters",
            found=listed(long, 2),
            remedy="shorten them",
        )
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(alike(name), name)
        if other != name:
            report.error(
                "two labels differ only in capitals, spaces or leading zeros",
                found=f"{clip(other)!r} and {clip(name)!r}",
                expected="one spelling per class",
                remedy="spell both the same way, or rename one of the classes",
                examples=places(place, np.flatnonzero(codes == names.index(name)), labels),
            )
    report.stop()
    at = {name: i for i, name in enumerate(names)}
    order = [at[name] for name in in_order(names)]
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names))
    return tuple(names[i] for i in order), rank[codes]


def class_codes(labels: pd.Series, classes: Sequence[str]) -> Int32[np.ndarray, " R"]:
    """Index into `classes` of each label, −1 for none and −2 for one that is no class.

    None is a blank label, or one that says so (`core.encoding.missing_words`).
    """
    codes, levels = pd.factorize(labels.to_numpy(object))
    index = {c: i for i, c in enumerate(classes)}
    whole = [bool(re.fullmatch(r"[+-]?\d+", c)) for c in classes]

    def code(level: str) -> int:
        if level in index:
            return index[level]
        float_ = re.fullmatch(r"(-?\d+)\.0*", level)
        plain = float_[1] if float_ else level
        if plain in index:
            return index[plain]
        # Among words, 99 may be a code of an answer; -1 is none.
        numbered = all(whole) or (not any(whole) and plain.startswith("-"))
        return -1 if plain == "" or stands_for_missing(plain, numbered=numbered) else -2

    return np.array([code(str(v)) for v in levels] or [0], np.int32)[codes]
