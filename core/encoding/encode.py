"""Features from text cells: numbers to about [0, 1], categories one-hot, fitted on train."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from jaxtyping import Bool

from core.base.progress import tell
from core.base.report import Report
from core.encoding import missing_words
from core.encoding.column_numbers import many_numbers, mixed_units
from core.encoding.encoder import (
    CategoryColumn,
    Encoded,
    Encoder,
    NumberColumn,
    tell_texts,
    tell_units,
)
from core.encoding.findings import Findings
from core.encoding.fitting import FittedNumbers, fit_numbers
from core.encoding.inputs import Inputs, blocks
from core.encoding.missing_words import missing_codes

MOST_LEVELS = 50  # categories with a column of their own, the most common ones


def encode(
    frame: pd.DataFrame,
    train: Bool[np.ndarray, " N"],
    *,
    delimiter: str,
    place: Callable[[int], str],
    report: Report,
) -> Encoded:
    """Encode columns of text, and keep how it was done for cases that come later.

    Numbers are scaled by the minimum and maximum of train, or by rank where a heavy tail
    would press most cases together. A column with missing cells in train gets a second column
    that tells them.

    Args:
      frame: trimmed text, "" where blank.
      train: which rows to fit on.
      delimiter: of the file, which decides whether a comma may be a decimal comma.
      place: row position → where it is, for messages.
      report: takes errors (columns of mixed types), warnings and notes.
    """
    inputs = Inputs(len(frame), report)
    columns: list[NumberColumn | CategoryColumn] = []
    findings = Findings()
    names = [str(name) for name in frame.columns]
    for start, block in blocks(frame):
        tell("Encoding the features", start / len(names))
        block = missing_words.blanked(block)
        read = many_numbers(block, delimiter)
        filled = (~read.missing).sum(axis=0)
        texts = read.no_number.sum(axis=0)
        codes = [missing_codes(column) for column in read.values.T]
        coded = np.column_stack(
            [np.isin(column, own) for column, own in zip(read.values.T, codes, strict=True)]
        )
        unknown = read.missing | coded
        fitted = fit_numbers(read.values[train], unknown[train])
        for j, name in enumerate(names[start : start + block.shape[1]]):
            cells, missing = block[:, j], read.missing[:, j]
            if texts[j] and (units := mixed_units(cells[~missing])):
                tell_units(name, units, report)
                continue
            if texts[j] * 2 >= filled[j] and texts[j]:
                findings.blank(name, cells == "")
                if (category := _fit_category(name, cells, train, findings)) is not None:
                    # Reported even if unused: values that no train case has are found here.
                    if made := category.encode(cells, findings):
                        columns.append(category)
                        inputs.add(made)
                continue
            if texts[j]:
                tell_texts(name, cells, read.no_number[:, j], int(filled[j]), place, report)
                continue
            findings.missing(name, cells, missing)
            findings.coded(name, codes[j], coded[:, j])
            if (number := _number_column(name, fitted, j, findings)) is not None:
                number = replace(
                    number,
                    unit=read.units[j],
                    decimal_comma=read.decimal_commas[j],
                    missing_codes=codes[j],
                )
                findings.written(name, number.unit, decimal_comma=number.decimal_comma)
                if read.unclear[j]:
                    findings.unclear.append(name)
                columns.append(number)
                inputs.add(number.encode(read.values[:, j], unknown[:, j]))
        inputs.close_block()
    findings.tell(report)
    used = {column.name for column in columns}
    left_out = tuple(name for name in names if name not in used)
    encoder = Encoder(columns=tuple(columns), left_out=left_out, missing_words=missing_words.own())
    return Encoded(*inputs.together(), encoder)


def _number_column(
    name: str, fitted: FittedNumbers, j: int, findings: Findings
) -> NumberColumn | None:
    """A column of numbers as fitted, None where it tells nothing."""
    if not fitted.known[j]:
        findings.empty.append(name)
        return None
    column = fitted.column(j, name)
    if column is None or column.steps is None:
        findings.constant.append(name)
    elif column.counts:
        findings.heavy.append(name)
    return column


def _fit_category(
    name: str, text: np.ndarray, train: Bool[np.ndarray, " N"], findings: Findings
) -> CategoryColumn | None:
    blank = text == ""
    codes, levels = pd.factorize(text)
    counts = np.bincount(codes[train & ~blank], minlength=len(levels))
    seen = np.flatnonzero(counts)
    known = int(counts.sum())
    if _most_differ(len(seen), known):
        findings.texts.append(name)
        return None
    if not len(seen):
        findings.empty.append(name)
        return None
    # Most common first, equal ones by name, so that the order of the rows does not matter.
    common = sorted(seen, key=lambda i: (-counts[i], str(levels[i])))[:MOST_LEVELS]
    kept = sorted(common, key=lambda i: str(levels[i]))
    indicator = bool(blank[train].any())
    if len(seen) == 1 and not indicator:
        findings.constant.append(name)
    return CategoryColumn(
        name=name,
        levels=tuple(str(levels[i]) for i in kept) if len(seen) > 1 else (),
        seen=tuple(sorted(str(levels[i]) for i in seen)),
        other=len(seen) > len(kept),
        indicator=indicator,
    )


def is_free_text(train: np.ndarray) -> bool:
    """Whether texts of the train cases, "" where blank, differ too much to be categories."""
    filled = train[train != ""]
    return _most_differ(len(pd.unique(filled)), len(filled))


def _most_differ(levels: int, known: int) -> bool:
    return levels > MOST_LEVELS and levels > known / 2
