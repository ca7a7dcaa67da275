"""What can be said about a column without knowing what it is for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.encoding.missing_words import missing_codes, stands_for_missing
from core.files.table import Table

_NUMBER = r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*%?"
_FILE = r".*\.(png|jpe?g|bmp|gif|tiff?|webp|dcm|dicom|svs|nii(\.gz)?)(\?.*)?"
_ADDRESS = r"(https?://|s3://|gs://|/|\w:\\|[\w.-]+/).*"
_DATE = r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}( .*)?"
# A word or none, then a number or a Roman numeral, then perhaps a part such as the a of 4a.
_GRADE = re.compile(
    r"(?:(?P<word>[^\W\d_](?:[^\W\d_]|[ .\-/])*?)(?P<gap>[ .:\-]*))??"
    r"(?P<number>\d{1,3}(?:\.0*)?|IX|IV|XI{0,2}|VI{0,3}|I{1,3}) ?(?P<part>[a-d])?",
    re.IGNORECASE,
)
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_EXAMPLES = 3
MOST_LABELS = 60  # different labels that a column of classes has at most


class Grade(NamedTuple):
    """A label that says a place on a scale.

    Attributes:
      word: before the number, such as BI-RADS; "" for none.
      number: as it is written, such as 4a.
      value: 4 for 4 and IV, 4.1 for 4a, so that 4 < 4a < 4b < 5.
      roman: whether the number is a Roman one.
    """

    word: str
    number: str
    value: float
    roman: bool = False


def grade(text: str) -> Grade | None:
    """What a label such as `3`, `-1.5`, `KL 2`, `BI-RADS 4a` or `Stage IIIb` says, if anything."""
    text = " ".join(text.split())
    if re.fullmatch(r"[+-]?\d{1,15}([.,]\d{1,15})?", text):
        return Grade("", text, float(text.replace(",", ".")))
    found = _GRADE.fullmatch(text)
    if found is None:
        return None
    number, part, word = found["number"], found["part"] or "", found["word"] or ""
    roman = not number[0].isdigit()
    if roman and ((word and not found["gap"]) or number != number.upper()):
        return None  # "Taxi" is no grade
    value = float(_ROMAN.index(number) if roman else number)
    more = (ord(part.casefold()) - ord("a") + 1) / 10 if part else 0.0
    return Grade(word, f"{number}{part}", value + more, roman)


@dataclass(frozen=True)
class Column:
    """One column of one table.

    Attributes:
      table: its table. name: of the column.
    """

    table: Table
    name: str

    @cached_property
    def _codes(self) -> tuple[np.ndarray, np.ndarray]:
        codes, levels = pd.factorize(self.table.frame[self.name].to_numpy(object))
        texts = [str(level) for level in levels]
        blank = np.array([not t or stands_for_missing(t, numbered=False) for t in texts], bool)
        # Blank cells are −1; the others count up, so that levels stay in order of appearance.
        number = np.where(blank, -1, np.cumsum(~blank) - 1)
        kept = np.array([t for t, out in zip(texts, blank, strict=True) if not out], object)
        return (number[codes] if len(levels) else codes), kept

    @property
    def codes(self) -> np.ndarray:
        """Index of each row's value into `levels`, −1 where there is none."""
        return self._codes[0]

    @property
    def levels(self) -> np.ndarray:
        """The different values as text, in order of appearance."""
        return self._codes[1]

    @cached_property
    def values(self) -> frozenset[str]:
        """The different values."""
        return frozenset(self.levels)

    @cached_property
    def filled(self) -> int:
        """In how many rows it holds a value."""
        return int((self.codes >= 0).sum())

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(self.table.frame)

    @property
    def examples(self) -> tuple[str, ...]:
        """The first different values."""
        return tuple(self.levels[:_EXAMPLES])

    @property
    def distinct(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows == self.filled == len(self.levels) > 0

    @property
    def constant(self) -> bool:
        """Whether it says nothing: one value or none."""
        return len(self.levels) < 2

    @cached_property
    def numeric(self) -> bool:
        """Whether nearly all values are numbers."""
        return self._matching(_NUMBER) > 0.95

    @cached_property
    def labels(self) -> bool:
        """Whether the values can be classes: few, and most of them in several rows."""
        few = 2 <= len(self.levels) <= MOST_LABELS and len(self.levels) <= max(self.filled / 3, 2)
        return few and not (self.numeric and any("." in v or "," in v for v in self._whole()))

    @cached_property
    def numbers(self) -> np.ndarray:
        """The different values as numbers, grades by their place; NaN where they are neither."""
        texts = pd.Series(self.levels, dtype=str).str.replace(",", ".").str.rstrip("% ")
        values = pd.to_numeric(texts, errors="coerce").to_numpy(float, copy=True)
        if len(self.levels) <= MOST_LABELS:
            for i in np.flatnonzero(np.isnan(values)):
                if (found := grade(str(self.levels[i]))) is not None:
                    values[i] = found.value
        return values

    @cached_property
    def scores(self) -> np.ndarray:
        """`numbers`, NaN also where they stand for missing, as -1 does among scores of 0 to 100."""
        values = self.numbers
        counted = values[self.codes[self.codes >= 0]]
        return np.where(np.isin(values, missing_codes(counted, ratings=True)), np.nan, values)

    @property
    def codes_for_missing(self) -> dict[str, int]:
        """Numbers that stand for missing among scores, and how often they come."""
        coded = np.flatnonzero(np.isfinite(self.numbers) & np.isnan(self.scores))
        return {str(self.levels[i]): int((self.codes == i).sum()) for i in coded}

    @cached_property
    def files(self) -> bool:
        """Whether the values look like names of images."""
        return self._matching(_FILE) > 0.9

    @cached_property
    def dates(self) -> bool:
        """Whether the values look like dates."""
        return self._matching(_DATE) > 0.9

    @cached_property
    def addresses(self) -> bool:
        """Whether the values look like paths or addresses."""
        return not self.dates and self._matching(_ADDRESS) > 0.9

    def constant_within(self, case: "Column") -> bool:
        """Whether each case has one value, in a table of several rows a case."""
        values, cases = self._pairs(case)
        return values == cases

    def nearly_constant_within(self, case: "Column") -> bool:
        """Whether at most one case in ten has a second value."""
        values, cases = self._pairs(case)
        return values <= 1.1 * cases

    def _pairs(self, case: "Column") -> tuple[int, int]:
        """How many different pairs of case and value there are, and how many cases."""
        both = (self.codes >= 0) & (case.codes >= 0)
        pairs = case.codes[both].astype(np.int64) * (len(self.levels) + 1) + self.codes[both]
        return len(np.unique(pairs)), len(np.unique(case.codes[both]))

    def _whole(self) -> list[str]:
        return [re.sub(r"[.,]0*$", "", v) for v in self.levels]

    def _matching(self, pattern: str) -> float:
        some = pd.Series(self.levels[:2000], dtype=str)
        return float(some.str.fullmatch(pattern, case=False).mean()) if len(some) else 0.0


def columns_of(tables: Sequence[Table]) -> dict[str, dict[str, Column]]:
    """The columns of every table, by the names of both."""
    return {
        table.name: {str(name): Column(table, str(name)) for name in table.frame.columns}
        for table in tables
    }
