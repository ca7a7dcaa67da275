"""What defines a format of data sets; `core.reading.read` lists the formats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.base.report import Report
from core.reading.parts import Parts
from core.reading.sources import Source

TruthWords = Literal["ask", "missing", "class"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Choices that only the user can make.

    Attributes:
      ignore_unknown_cases: leave out annotations of cases that are not listed, with a warning.
      truth_words: what a word for missing, such as NA, means where it is the ground truth of
        several cases: `ask` refuses the set with the question, `missing` leaves these cases
        out, `class` keeps it as a class.
      rate: which variant of per-expert JSON to read, such as "0.3"; None: those without a rate.
    """

    ignore_unknown_cases: bool = False
    truth_words: TruthWords = "ask"
    rate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format of data sets.

    Attributes:
      title: its files, in a word or two.
      expected: its files, for error messages.
      sniff: the files of this format among names; empty where the files are of another format.
      read: reads cases and annotations from them; raises DataError if they cannot be used.
    """

    title: str
    expected: str
    sniff: Callable[[Sequence[str]], Sequence[str]]
    read: Callable[[Source, ReadOptions, Report], Parts]
