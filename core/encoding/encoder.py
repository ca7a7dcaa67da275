"""A data set's encoding, kept: what was fitted on train cases, to be applied to new ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float32, Float64
from pydantic import Field, TypeAdapter

from core.base.report import FIRST_PLACES, Choice, Report, clip
from core.encoding import missing_words
from core.encoding.column_numbers import many_numbers
from core.encoding.findings import Findings
from core.encoding.inputs import Columns, Inputs, blocks
from core.encoding.ranges import Outside, Range, Ranging

OUTSIDE = 0.25  # how far beyond [0, 1] a case outside the range of train may lie


class Encoded(NamedTuple):
    """Inputs, a name for each column, the encoding, and which new cases lie outside its range."""

    values: Float32[np.ndarray, "N D"]
    names: tuple[str, ...]
    encoder: "Encoder"
    outside: Outside | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberColumn:
    """A column of numbers, mapped to about [0, 1].

    Attributes:
      name: in the file.
      median: of train, what a missing number gets.
      steps: values of train in sixteenths (sums and multiples of numbers near the end of float64
        would overflow), ascending: the minimum and the maximum; one for a column whose numbers
        differ only in their last bits; all of them where numbers are scaled by rank; None where
        all train cases have one value: the number itself tells nothing.
      counts: how many train cases have each value, where numbers are scaled by rank; else empty.
      indicator: whether a second column tells which cells are missing.
      middle: 5 % and 95 % quantiles of train in sixteenths; None in encodings stored before they
        were kept.
      unit: what stood behind every number. decimal_comma: whether commas were decimal signs in a
        file whose cells are divided by commas.
      missing_codes: numbers that stand for missing, such as −9.
    """

    kind: Literal["number"] = "number"
    name: str
    median: float
    steps: tuple[float, ...] | None
    counts: tuple[int, ...] | None
    indicator: bool
    middle: tuple[float, float] | None = None
    unit: str = ""
    decimal_comma: bool = False
    missing_codes: tuple[float, ...] = ()

    def encode(self, values: Float64[np.ndarray, " N"], missing: Bool[np.ndarray, " N"]) -> Columns:
        """What becomes of the column."""
        result = []
        if self.steps is not None:
            result.append((self.name, self.scale(np.where(missing, self.median, values))))
        if self.indicator:
            result.append((missing_title(self.name), missing.astype(float)))
        return result

    def scale(self, values: Float64[np.ndarray, " N"]) -> Float64[np.ndarray, " N"]:
        """Scaled values, a little beyond [0, 1] at most."""
        assert self.steps is not None
        values = values / 16
        if self.counts:
            # QuantileTransformer differs by up to 0.7 where there are ties; fits 3 to 110× slower.
            return np.interp(values, self.steps, _ranks(self.counts))
        low, high = self.steps[0], self.steps[-1]
        if low == high:
            return np.zeros(len(values))
        # MinMaxScaler clips at [0, 1] itself, and maps a range beyond float64 to zeros.
        with np.errstate(over="ignore"):  # far outside a tiny range: clipped
            return np.clip((values - low) / (high - low), -OUTSIDE, 1 + OUTSIDE)

    @property
    def range(self) -> Range | None:
        """The range of train in sixteenths; None where the number itself is not used."""
        if self.steps is None or len(self.steps) < 2:
            return None
        return Range(
            minimum=self.steps[0],
            median=self.median / 16,
            maximum=self.steps[-1],
            middle=self.middle,
        )

    def undo(self, scaled: float) -> float:
        """The number that was scaled; of one that was cut off, where it was cut."""
        assert self.steps is not None
        if not self.counts:
            low, high = self.steps[0], self.steps[-1]
            return 16 * (low + scaled * (high - low))
        rank = _ranks(self.counts)
        # Inputs keep seven digits: beside a gap in the values that is far from the one it was.
        nearest = int(np.abs(rank - scaled).argmin())
        if abs(rank[nearest] - scaled) < 1e-6:
            return 16 * self.steps[nearest]
        return 16 * float(np.interp(scaled, rank, self.steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryColumn:
    """A column of categories.

    Attributes:
      name: in the file.
      levels: categories with a column of their own; none where all train cases have the same.
      seen: every category of train.
      other: whether one column stands for all categories beyond `levels`.
      indicator: whether a column tells which cells are blank.
    """

    kind: Literal["category"] = "category"
    name: str
    levels: tuple[str, ...]
    seen: tuple[str, ...]
    other: bool
    indicator: bool

    def unseen(self, text: np.ndarray) -> Bool[np.ndarray, " N"]:
        """Which cases have a category that no train case has."""
        which, different = pd.factorize(text)
        known = {*self.seen, ""}
        return np.array([level not in known for level in different], bool)[which]

    def encode(self, text: np.ndarray, findings: Findings) -> Columns:
        """What becomes of the column; categories that no train case has are found."""
        # Texts stay apart: in an array of texts each would be as wide as the longest.
        which, different = pd.factorize(text)
        blank = text == ""
        if (unseen := self.unseen(text)).any():
            findings.unseen[self.name] = int(unseen.sum())
        # OneHotEncoder: the same columns, 2 to 3× slower when it is rebuilt from JSON.
        codes = pd.Index(self.levels, dtype=object).get_indexer(different)[which]
        result = [
            (f"{self.name} = {level}", (codes == i).astype(np.float32))
            for i, level in enumerate(self.levels)
        ]
        if self.other:
            result.append((f"{self.name} = (other)", (~blank & (codes < 0)).astype(np.float32)))
        if self.indicator:
            result.append((missing_title(self.name), blank.astype(np.float32)))
        return result


@lru_cache(maxsize=64)
def _ranks(counts: tuple[int, ...]) -> Float64[np.ndarray, " S"]:
    """Share of train below each step, from 0 at the minimum to 1 at the maximum.

    The same for all columns without ties.
    """
    number = np.asarray(counts)
    rank = np.cumsum(number) - number / 2
    rank = (rank - rank[0]) / (rank[-1] - rank[0])
    rank.flags.writeable = False
    return rank


def missing_title(name: str) -> str:
    """The input that tells whether a cell of a column is missing."""
    return f"{name} (missing)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """The encoding of a table, fitted on train cases.

    Attributes:
      columns: in use. left_out: names of columns without information.
      missing_words: what says that a cell is missing; None for the usual words.
    """

    columns: tuple[Annotated[NumberColumn | CategoryColumn, Field(discriminator="kind")], ...]
    left_out: tuple[str, ...] = ()
    missing_words: tuple[str, ...] | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that a table of new cases must have."""
        return tuple(column.name for column in self.columns)

    def apply(
        self,
        frame: pd.DataFrame,
        *,
        delimiter: str,
        place: Callable[[int], str],
        report: Report,
    ) -> Encoded:
        """Encode new cases as those that the encoding was fitted on.

        Args:
          frame: trimmed text, "" where blank, with the columns `needed`.
          delimiter: of the file, which decides whether a comma may be a decimal comma.
          place: row position → where it is, for messages.
          report: takes errors (text where numbers belong) and warnings.
        """
        with missing_words.using(self.missing_words):
            return self._apply(frame, delimiter, place, report)

    def _apply(
        self, frame: pd.DataFrame, delimiter: str, place: Callable[[int], str], report: Report
    ) -> Encoded:
        inputs = Inputs(len(frame), report)
        findings, ranging = Findings(), Ranging(len(frame))
        for start, cells in blocks(frame[list(self.needed)]):
            cells = missing_words.blanked(cells)
            of_block = self.columns[start : start + cells.shape[1]]
            is_number = [isinstance(column, NumberColumn) for column in of_block]
            commas = [getattr(column, "decimal_comma", False) for column in of_block]
            read = many_numbers(np.where(is_number, cells, ""), delimiter, commas)
            for j, column in enumerate(of_block):
                if isinstance(column, CategoryColumn):
                    findings.blank(column.name, cells[:, j] == "")
                    inputs.add(column.encode(cells[:, j], findings))
                    if not column.other:  # of more than can have an input, new ones are ordinary
                        ranging.categories(column.name, column.unseen(cells[:, j]))
                    continue
                values, missing = read.values[:, j], read.missing[:, j]
                no_number = read.no_number[:, j]
                if read.units[j] and read.units[j] != column.unit:
                    _refuse_unit(column, read.units[j], report)
                if no_number.any():
                    filled = int((~missing).sum())
                    tell_texts(column.name, cells[:, j], no_number, filled, place, report)
                findings.missing(column.name, cells[:, j], missing)
                coded = np.isin(values, column.missing_codes)
                findings.coded(column.name, column.missing_codes, coded)
                unknown = missing | no_number | coded
                inputs.add(column.encode(values, unknown))
                if (of := column.range) is not None:
                    ranging.numbers(column.name, of, values / 16, unknown, scale=16)
            inputs.close_block()
        findings.tell(report)
        return Encoded(*inputs.together(), self, ranging.found(report))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them."""
        plain: dict[str, Any] = _STORED.dump_python(self)
        if self.missing_words is None:  # as in encoders stored before one could choose
            del plain["missing_words"]
        for column in plain["columns"]:
            for name in ("unit", "decimal_comma", "middle", "missing_codes"):
                if not column.get(name, True):
                    del column[name]
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Encoder":
        """The encoder that `to_dict` wrote.

        Raises:
          ValueError: it is not one.
        """
        return _STORED.validate_python(plain)


_STORED = TypeAdapter(Encoder)


def _refuse_unit(column: NumberColumn, unit: str, report: Report) -> None:
    report.error(
        f"feature {clip(column.name)!r} has another unit than in training",
        found=repr(clip(unit)),
        expected=repr(clip(column.unit)) if column.unit else "numbers alone",
        remedy="convert the numbers",
    )


def tell_texts(
    name: str,
    text: np.ndarray,
    no_number: Bool[np.ndarray, " N"],
    filled: int,
    place: Callable[[int], str],
    report: Report,
) -> None:
    """An error for the texts in a column of numbers."""
    rows = np.flatnonzero(no_number)
    report.error(
        f"feature {clip(name)!r} mixes numbers and text",
        found=f"{len(rows)} text{'s' * (len(rows) != 1)} among "
        f"{filled - len(rows)} number{'s' * (filled - len(rows) != 1)}",
        expected="numbers only, or a category in every row",
        remedy="correct these cells or leave them blank; "
        "to use numbers as categories put a letter before each",
        count=len(rows),
        examples=[f"{place(int(i))}: {clip(text[i], 40)!r}" for i in rows[:FIRST_PLACES]],
    )


def tell_units(name: str, units: Mapping[str, int], report: Report) -> None:
    """An error for numbers of several units in one column; `units` counts them."""
    report.error(
        f"feature {clip(name)!r} mixes units",
        found=", ".join(f"{clip(unit) or 'no unit'} {n:,}" for unit, n in units.items()),
        expected="one unit, or none",
        remedy="convert the numbers to one unit, or leave the column out",
        count=sum(units.values()),
        choices=[Choice("leave_out_columns", [name], f"leave {clip(name, 60)!r} out")],
    )
