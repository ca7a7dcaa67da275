"""Which columns of the table of cases are features, and which is that of the images' files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int, Int32

from core.base.progress import tell
from core.base.report import Choice, Report, clip, listed
from core.encoding.column_numbers import many_numbers, numbers
from core.encoding.encode import is_free_text
from core.encoding.inputs import blocks
from core.files.sources import Source
from core.files.table import Table
from core.reading.annotations import Annotations
from core.reading.column_kinds import AN_IMAGE, IMAGE, SAMPLE, kind_of, words_of
from core.reading.formats import ReadOptions
from core.reading.image_store import SUFFIXES, ImageStore
from core.reading.truth_copies import (
    MOST_LEVELS,
    answers_of,
    halves_apart,
    levels_of,
    repeats_truth,
    sample_of,
)

FILE = "file"
_COPIES = "predict the ground truth alone"
_ANSWERS = "hold an expert's answers"
# What is said of each kind after "columns", and what to do; others "look like" their kind.
_REMEDY = {
    _COPIES: "is that known when a case is decided? An AI that reads it would be right for no "
    "reason; keep a column that is known by then",
    _ANSWERS: "they are known only after the expert has answered",
    "dates": "to use one, write a number in its place, such as an age in years",
    "files or addresses": "names of images need the images: add them to the folder or the upload",
}
_USUAL_REMEDY = "they say which case it is, nothing about it"
_SHOWN = 8  # columns with a choice of their own


@dataclass
class _Found:
    """Columns of one kind, with a word about each, and those that can be used as features."""

    about: dict[str, str] = field(default_factory=dict)
    usable: list[str] = field(default_factory=list)


def feature_columns(
    cases: Table,
    names: Sequence[str],
    train: Bool[np.ndarray, " N"],
    truth: Int32[np.ndarray, " N"],
    answers: Annotations,
    options: ReadOptions,
    report: Report,
) -> list[str]:
    """The columns to use as features: without ids, folds, dates, files, answers and the truth.

    Args:
      cases: the table.
      names: of the columns that may be features.
      train: which cases are train cases.
      truth: a class for each case.
      answers: of the experts.
      options: columns that are kept, or left out, whatever they hold.
      report: takes a warning for each kind, with choices.
    """
    known = _by_name(cases, options)
    out: set[str] = set()
    compared = _Known(
        train=train,
        truth=truth,
        answers=answers,
        given=answers.annotated.sum(axis=0),
        classes=max(int(truth.max()), int(answers.values.max())) + 1,
        columns=len(names),
    )
    found = _look(cases, names, compared) if names else {}
    for kind, columns in found.items():
        kept = [n for n in columns.about if known.get(n)]
        dropped = [n for n in columns.about if n not in kept]
        out.update(dropped)
        _warn_left_out(kind, dropped, columns, report)
        _warn_kept(kind, kept, columns, report)
    if left := [n for n in names if known.get(n) is False and n not in out]:
        report.note(f"columns are left out, as was chosen: {listed(left)}", count=len(left))
    return [n for n in names if n not in out and known.get(n) is not False]


def _by_name(cases: Table, options: ReadOptions) -> dict[str, bool]:
    """Columns that the options name, and whether they are kept."""
    wanted = {n.casefold(): False for n in options.leave_out_columns}
    wanted |= {n.casefold(): True for n in options.keep_columns}
    columns = [str(c) for c in cases.frame.columns]
    return {c: wanted[c.casefold()] for c in columns if c.casefold() in wanted}


def _check_names(cases: Table, options: ReadOptions, report: Report) -> None:
    there = {FILE, *(str(c).casefold() for c in cases.frame.columns)}
    said = (*options.keep_columns, *options.leave_out_columns)
    if unknown := [n for n in said if n.casefold() not in there]:
        report.warn(
            f"{cases.name} has no such columns to keep or to leave out",
            found=listed(unknown),
            expected=f"one of {listed(cases.frame.columns, 20)}",
            count=len(unknown),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a column is compared with.

    Attributes:
      train: which cases are train cases. truth: a class for each case.
      answers: of the experts. given: how many of each.
      classes: how many there are. columns: how many are looked at.
    """

    train: Bool[np.ndarray, " N"]
    truth: Int32[np.ndarray, " N"]
    answers: Annotations
    given: Int[np.ndarray, " M"]
    classes: int
    columns: int


def _look(cases: Table, names: Sequence[str], known: _Known) -> dict[str, _Found]:
    """The columns that are no features, by kind."""
    found: dict[str, _Found] = {}
    some = sample_of(np.flatnonzero(known.train), len(names))
    for start, block in blocks(cases.frame[list(names)]):
        tell("Looking at the columns", start / len(names))
        read = many_numbers(block[some], cases.delimiter)
        different = (np.diff(np.sort(read.values, axis=0), axis=0) > 0).sum(axis=0)
        few = different < max(len(some) // 4, 12)
        apart = halves_apart(read.values, known.truth[some])
        texts, there = read.no_number.sum(axis=0), (~read.missing).sum(axis=0)
        is_number = (texts * 2 < there) | (texts == 0)
        for j, name in enumerate(names[start : start + block.shape[1]]):
            cells, number = block[:, j], bool(is_number[j])
            kind, about = kind_of(name, cells, number=number), ""
            if not kind:
                values = None
                if number and apart[j]:
                    values = numbers(cases.frame[name], cases.delimiter).values
                kind, about = _copied(name, cells, values, known, few=bool(few[j]))
            if kind:
                columns = found.setdefault(kind, _Found())
                columns.about[name] = about
                if number or not is_free_text(cells[known.train]):
                    columns.usable.append(name)
    return found


def _copied(
    name: str, cells: np.ndarray, values: np.ndarray | None, known: _Known, *, few: bool
) -> tuple[str, str]:
    """The kind of a column that repeats the truth or an expert's answers, and how well it does."""
    train, filled = known.train, np.asarray(cells != "", bool)
    levels = levels_of(cells) if few else None
    if levels is not None and levels.number > MOST_LEVELS:
        levels = None
    copy = repeats_truth(
        levels._replace(codes=levels.codes[train]) if levels else None,
        filled[train],
        None if values is None else values[train],
        known.truth[train],
        known.columns,
    )
    if copy:
        return _COPIES, f"{copy.right:,} of {copy.cases:,} train cases"
    said = None
    if levels:
        said = answers_of(name, levels, known.answers, known.given, known.classes, known.columns)
    if said is None:
        return "", ""
    expert, same = said
    return _ANSWERS, f"{clip(expert, 40)}'s in {same.right:,} of {same.cases:,} cases"


def _says(kind: str) -> str:
    if kind in (_COPIES, _ANSWERS):
        return f"columns {kind}"
    return f"columns {'hold' if kind.startswith('texts') else 'look like'} {kind}"


def _named(names: Iterable[str], columns: _Found) -> str:
    """The columns, each with what is said of it."""
    names = list(names)
    shown = [
        f"{clip(n, 60)!r}" + (f" ({columns.about[n]})" if columns.about[n] else "")
        for n in names[:_SHOWN]
    ]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(shown) + more


def _warn_left_out(kind: str, names: list[str], columns: _Found, report: Report) -> None:
    if not names:
        return
    usable = [n for n in names if n in columns.usable]
    choices = [Choice("leave_out_columns", names, "left out")]
    if len(usable) > 1:
        choices += [
            Choice("keep_columns", [n], f"keep {clip(n, 60)!r} as a feature")
            for n in usable[:_SHOWN]
        ]
    if usable:
        all_of = "all of them as features" if len(usable) > 1 else "it as a feature"
        choices.append(Choice("keep_columns", usable, f"keep {all_of}"))
    report.warn(
        f"{_says(kind)} and are left out",
        found=_named(names, columns),
        remedy=_REMEDY.get(kind, _USUAL_REMEDY),
        count=len(names),
        choices=choices if len(choices) > 1 else (),
    )


def _warn_kept(kind: str, names: list[str], columns: _Found, report: Report) -> None:
    if names:
        report.warn(
            f"{_says(kind)} and are kept as features, as was chosen",
            found=_named(names, columns),
            count=len(names),
            choices=[
                Choice("keep_columns", names, "kept as features"),
                Choice("leave_out_columns", names, "leave out"),
            ],
        )


def with_files(cases: Table, source: Source, options: ReadOptions, report: Report) -> Table:
    """The table with the column of the images' files called `file`, if it has one.

    It is one whose values are names of images, or of images that lie there.

    Args:
      cases: the table.
      source: where the images may lie.
      options: columns that are left out.
      report: takes a note about another column than `file`, and about images that none names.
    """
    _check_names(cases, options, report)
    out = {n.casefold() for n in options.leave_out_columns}
    if FILE in cases.frame.columns:
        dropped = cases.frame.drop(columns=FILE)
        return Table(cases.name, dropped, cases.delimiter) if FILE in out else cases
    store = ImageStore(source)
    try:
        if not store or FILE in out:
            return cases
        name = image_column(cases.frame, store)
    finally:
        store.close()
    if name is None or name.casefold() in out:
        lying = sum(n.lower().endswith(SUFFIXES) for n in source.names)
        report.note(
            f"{lying or 'the'} images lie beside {cases.name} that no column names; they are not "
            "used. A column 'file' says which image is whose"
        )
        return cases
    report.note(f"the column {clip(name, 60)!r} names the images' files and is read as {FILE!r}")
    renamed = cases.frame.rename(columns={name: FILE})
    return Table(cases.name, renamed, cases.delimiter)


def image_column(frame: pd.DataFrame, store: ImageStore) -> str | None:
    """The column of the images' files, None where there is none.

    Args:
      frame: trimmed text.
      store: the images that lie there.
    """
    best: tuple[float, bool, str] | None = None
    for name in map(str, frame.columns):
        if name in ("label", "split"):
            continue
        cells = frame[name].to_numpy(object)
        some = pd.unique(cells[cells != ""][:SAMPLE])[:50]
        called = bool(set(words_of(name)) & IMAGE)
        ends = sum(AN_IMAGE.fullmatch(str(v)) is not None for v in some)
        written = ends >= max(len(some), 2) / 2
        if not written and not called:
            continue
        there = sum(store.find(str(v)) is not None for v in some) / max(len(some), 1)
        # Names of images that do not lie there are an error in the column that is called so.
        if there > 0.5 or (written and called):
            rank = (there, called and name != "case_id", name)
            if best is None or rank[:2] > best[:2]:
                best = rank
    return best[2] if best else None
