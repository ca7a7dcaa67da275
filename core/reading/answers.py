"""What experts' answers mean: a class, an answer of its own that no truth has, or no annotation."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int32

from core.base import limits
from core.base.numbers import number
from core.base.report import Choice, Report, clip, listed, refuse
from core.reading.labels import Place, check_names, class_codes, places
from core.reading.spelling import by_spelling, lists_classes, misspelled, plain, spaceless

MOST_EXTRA = 20  # answers that are no classes and that nobody said anything about
_OFFERED = 30  # classes offered as the meaning of one answer
_FEWEST_DECIMALS = 3  # different decimals between 0 and 1 that make answers probabilities
_MORE_SCORES = 5  # so many more different numbers than classes are scores
_MOSTLY = 0.5  # of the answers are no classes: the words of the ground truth are others
_NONE, _UNKNOWN = -1, -2  # as `class_codes` gives them

OWN = "an answer of its own, which always counts as wrong"
_NO_ANNOTATION = "no annotation; experts who often give it then look better than they are"


class Answers(NamedTuple):
    """Answers as numbers.

    Attributes:
      codes: index into the classes, then into `extra`; −1 for no annotation.
      extra: answers that are no classes, in alphabetical order.
    """

    codes: Int32[np.ndarray, " R"]
    extra: tuple[str, ...]


def read_answers(
    labels: pd.Series,
    counted: Bool[np.ndarray, " R"],
    classes: Sequence[str],
    chosen: Iterable[tuple[str, str]],
    place: Place,
    report: Report,
) -> Answers:
    """What each answer means, as the user says or as its spelling does.

    Answers that differ from a class only in capitals, spaces or invisible characters are that
    class. Those that seem misspelled are refused with the class offered. All others are answers of
    their own: they never equal a ground truth.

    Args:
      labels: an answer a row, trimmed.
      counted: rows of cases that are in the set; others are not looked at.
      classes: the classes, in order.
      chosen: the user's meanings, see `core.reading.formats.ReadOptions.answers`.
      place: row → its place in the files.
      report: takes errors and warnings; the caller stops at errors.

    Raises:
      DataError: probabilities, scores, or too many answers that are no classes.
    """
    rows, levels = pd.factorize(labels.to_numpy(object))
    counts = np.bincount(rows[counted], minlength=len(levels))
    numbered = all(re.fullmatch(r"[+-]?\d+", c) for c in classes)
    texts = [re.sub(r"^([+-]?\d+)\.0*$", r"\1", str(v)) if numbered else str(v) for v in levels]
    codes = class_codes(pd.Series(texts, dtype=object), classes)
    codes[(codes == _UNKNOWN) & (counts == 0)] = _NONE
    keys = {i: plain(t) for i, t in enumerate(texts) if t and counts[i] and codes[i] < 0}
    found = _Levels(texts, counts, keys, rows, counted, labels, tuple(classes), place, report)
    meanings = _meanings(chosen, found)
    spelled = by_spelling(classes)
    respelled, words, own = list[int](), list[int](), dict[str, list[int]]()
    for i, key in keys.items():
        like = spelled.get(key, spelled.get(spaceless(key)))
        if key in meanings or (like is None and codes[i] == _UNKNOWN):
            own.setdefault(key, []).append(i)
        elif like is None:
            words.append(i)
        else:
            codes[i] = classes.index(like)
            respelled.append(i)
    _tell_respelled(found, respelled, codes)
    _tell_missing(found, words)
    return _own(found, own, meanings, codes)


class _Levels(NamedTuple):
    """The different answers, where they are, and where to tell what is found."""

    texts: list[str]
    counts: np.ndarray
    keys: dict[int, str]  # how those are spelled that are not exactly a class
    rows: np.ndarray  # level of each row
    counted: np.ndarray
    labels: pd.Series
    classes: tuple[str, ...]
    place: Place
    report: Report

    def where(self, levels: Sequence[int]) -> np.ndarray:
        """Rows with one of the levels."""
        return np.flatnonzero(np.isin(self.rows, levels) & self.counted)

    def examples(self, levels: Sequence[int]) -> list[str]:
        """The first places of the levels."""
        return places(self.place, self.where(levels), self.labels)

    def count(self, levels: Sequence[int]) -> int:
        """How many annotations have one of the levels."""
        return int(self.counts[list(levels)].sum())

    def name(self, levels: Sequence[int]) -> str:
        """The most frequent spelling."""
        return min((-self.counts[i], self.texts[i]) for i in levels)[1]

    @property
    def expected(self) -> str:
        return f"one of the ground truth's labels, {listed(self.classes)}"


def _meanings(chosen: Iterable[tuple[str, str]], found: _Levels) -> dict[str, str]:
    """The user's meanings by spelling of the answer: a class, "" or the answer itself."""
    spelled = {plain(c): c for c in found.classes}
    meanings = {}
    for answer, means in chosen:
        key, target = plain(answer), spelled.get(plain(means), means)
        if answer in found.classes:
            if target != answer:
                found.report.error(
                    f"{clip(answer)!r} is a class and cannot be given another meaning",
                    found=f"{clip(means)!r} as its meaning",
                    remedy="leave this choice out",
                )
            continue
        own = plain(means) == key
        if means and not own and target not in found.classes:
            found.report.error(
                f"the answer {clip(answer)!r} is to mean {clip(means)!r}, which is not a class",
                expected=f"{found.expected}, the answer itself, or nothing for no annotation",
                remedy="correct the choice",
            )
            continue
        if key not in found.keys.values():
            found.report.warn(
                f"a meaning was chosen for the answer {clip(answer)!r}, which nobody gave",
                remedy="check its spelling",
            )
        meanings[key] = answer if own else target
    return meanings


def _own(
    found: _Levels, own: dict[str, list[int]], meanings: Mapping[str, str], codes: np.ndarray
) -> Answers:
    """Tells about the answers that are no classes, and numbers those that stay."""
    open_ = {key: levels for key, levels in own.items() if key not in meanings}
    _refuse_numbers(found, open_)
    if len(open_) > MOST_EXTRA:
        _refuse_many(found, open_)
    answered = found.count([i for i, text in enumerate(found.texts) if text and codes[i] != _NONE])
    most = found.count([i for levels in open_.values() for i in levels]) > _MOSTLY * answered
    kept: dict[str, list[int]] = {}
    for key, levels in own.items():
        name = found.name(levels)
        means = meanings.get(key)
        if means is None:
            means = name
            if lists_classes(name, found.classes):
                _refuse_several(found, levels)
                continue
            if near := [c for c in found.classes if misspelled(name, c)]:
                _offer(found, levels, near)
                continue
        if means in found.classes:
            codes[levels] = found.classes.index(means)
        elif not means:
            codes[levels] = _NONE
        else:
            kept[name] = levels
        _tell_own(found, levels, means, ask=most and key in open_)
    extra = tuple(sorted(kept, key=lambda name: (name.casefold(), name)))
    check_names(
        pd.Series(extra, dtype=object), lambda i: repr(clip(extra[i], 40)), "answers", found.report
    )
    if long := [name for name in extra if len(name) > limits.LONGEST_NAME]:
        found.report.error(
            f"answers are longer than {limits.LONGEST_NAME} characters",
            found=listed(long, 2),
            expected=found.expected,
            remedy="check which column holds the answers",
        )
    for i, name in enumerate(extra):
        codes[kept[name]] = len(found.classes) + i
    codes[codes == _UNKNOWN] = _NONE
    return Answers(codes[found.rows].astype(np.int32), extra)


def _tell_own(found: _Levels, levels: Sequence[int], means: str, *, ask: bool) -> None:
    """An answer that is no class: what was made of it, or that the user has to say."""
    name = found.name(levels)
    choices = {
        name: Choice("answers", [[name, name]], OWN),
        **{
            c: Choice("answers", [[name, c]], f"it means {clip(c, 40)!r}")
            for c in found.classes[:_OFFERED]
        },
        "": Choice("answers", [[name, ""]], _NO_ANNOTATION),
    }
    done = name if means not in ("", *found.classes) else means
    remedy = f"it is kept as {OWN}; it may also mean a class, or no annotation"
    if done in found.classes:
        remedy = f"it is read as {clip(means)!r}, as chosen"
    elif not done:
        remedy = (
            "it counts as no annotation, as chosen; an expert who often gives it looks better "
            "than if it counted as wrong"
        )
    first = choices.pop(done, Choice("answers", [[name, done]], f"it means {clip(done, 40)!r}"))
    if ask:
        remedy = "most answers are not classes, so say what each of them means"
    tell = found.report.error if ask else found.report.warn
    tell(
        f"the answer {clip(name, 60)!r} is not a class",
        found=_annotations(found.count(levels)),
        expected=found.expected,
        remedy=remedy,
        count=found.count(levels),
        examples=found.examples(levels),
        choices=[first, *choices.values()],
    )


def _offer(found: _Levels, levels: Sequence[int], near: Sequence[str]) -> None:
    """A likely misspelling: only the user knows whether it is one."""
    name = found.name(levels)
    found.report.error(
        f"the answer {clip(name, 60)!r} is not a class, but close to {listed(near)}",
        found=_annotations(found.count(levels)),
        expected=found.expected,
        remedy="correct its spelling, or say what it means",
        count=found.count(levels),
        examples=found.examples(levels),
        choices=[
            *(Choice("answers", [[name, c]], f"it means {clip(c, 40)!r}") for c in near),
            Choice("answers", [[name, name]], OWN),
        ],
    )


def _tell_respelled(found: _Levels, levels: Sequence[int], codes: np.ndarray) -> None:
    if levels:
        spelled = (
            f"{clip(found.texts[i], 40)!r} {found.counts[i]:,} times for "
            f"{clip(found.classes[codes[i]], 40)!r}"
            for i in levels
        )
        found.report.warn(
            "answers differ from a class only in capitals, spaces, leading zeros or invisible "
            "characters",
            found=_some(spelled),
            remedy="they are read as that class",
            count=found.count(levels),
            examples=found.examples(levels),
        )


def _tell_missing(found: _Levels, levels: Sequence[int]) -> None:
    """Says which words were taken for "no annotation"."""
    if levels:
        texts = [found.texts[i] for i in levels]
        said = (
            f"{clip(found.texts[i], 40)!r} {found.counts[i]:,} times"
            for i in sorted(levels, key=lambda i: -found.counts[i])
        )
        found.report.warn(
            "words for missing among the annotations",
            found=_some(said),
            remedy="they are counted as missing annotations, like blank cells",
            count=found.count(levels),
            examples=found.examples(levels),
            choices=[
                Choice("answers", [[t, ""] for t in texts], "no annotation"),
                Choice("answers", [[t, t] for t in texts], OWN),
            ],
        )


def _refuse_numbers(found: _Levels, own: Mapping[str, Sequence[int]]) -> None:
    """Refuses probabilities and scores: only the user can say from where on they mean a class."""
    values = {key: value for key in own if (value := _number(key)) is not None}
    decimals = [v for v in values.values() if 0 < v < 1]
    seen = sum(_number(c) is not None for c in found.classes)
    inside = bool(values) and all(0 <= v <= 100 for v in values.values())
    share = inside and max(values.values()) <= 1 and len(decimals) >= _FEWEST_DECIMALS
    if not share and not (inside and len(values) + seen > len(found.classes) + _MORE_SCORES):
        return
    levels = [i for key in values for i in own[key]]
    what = "probabilities" if share else "scores"
    cut = next(top for top in (1, 10, 100) if max(values.values()) <= top) / 2
    all_of = [(_number(t), n) for t, n in zip(found.texts, found.counts, strict=True) if n]
    below = sum(int(n) for v, n in all_of if v is not None and v < cut)
    above = sum(int(n) for v, n in all_of if v is not None and v >= cut)
    refuse(
        f"the answers look like {what}, not like classes",
        found=f"{len(values):,} different numbers from {min(values.values()):g} to "
        f"{max(values.values()):g}",
        expected=found.expected,
        remedy="a cut is needed: choose the number from which on an answer means a class, and "
        f"write that class instead; a cut at {cut:g}, for example, puts {below:,} answers below "
        f"it and {above:,} at it or above",
        count=found.count(levels),
        examples=found.examples(levels),
        choices=[Choice("cut", cut, f"one class from {cut:g} on, the other one below")],
        report=found.report,
    )


def _refuse_many(found: _Levels, own: Mapping[str, Sequence[int]]) -> None:
    levels = [i for group in own.values() for i in group]
    refuse(
        "too many different answers are not classes",
        found=f"{len(own):,} of them in {_annotations(found.count(levels))}, such as "
        f"{listed((found.texts[i] for i in levels), 3)}",
        expected=found.expected,
        remedy="check that the column holds the experts' answers, not ids, measurements or "
        "comments; put answers into one word each",
        count=found.count(levels),
        examples=found.examples(levels),
        report=found.report,
    )


def _refuse_several(found: _Levels, levels: Sequence[int]) -> None:
    found.report.error(
        f"the answer {clip(found.name(levels), 60)!r} names several classes",
        found=_annotations(found.count(levels)),
        expected="one class per case and expert",
        remedy="make a data set per finding, in which the truth and every answer say whether the "
        "case has it",
        count=found.count(levels),
        examples=found.examples(levels),
    )


def _number(text: str) -> float | None:
    """The number in a text such as 0.7, 0,7 or 70 %."""
    found = re.fullmatch(r"(\d{1,9}(?:[.,]\d{1,18})?)\s*%?", text.strip())
    return number(found[1].replace(",", ".")) if found else None


def _annotations(count: int) -> str:
    return f"{count:,} annotation{'s' if count != 1 else ''}"


def _some(parts: Iterable[str], most: int = 8) -> str:
    texts = list(parts)
    return ", ".join(texts[:most]) + (f" and {len(texts) - most} more" if len(texts) > most else "")
