"""What a form of data set has to say of itself; `core.reading.read` lists them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.base.report import Report
from core.reading.parts import Parts
from core.reading.sources import Source

TruthWords = Literal["ask", "missing", "class"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Choices the reader cannot make alone.

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
    """One form in which data sets come.

    Attributes:
      title: its files, in a word or two.
      expected: its files, for somebody who gave others.
      sniff: the files of this form among names; none where the files are of another form.
      read: makes cases and annotations of them; raises DataError for what cannot be used.
    """

    title: str
    expected: str
    sniff: Callable[[Sequence[str]], Sequence[str]]
    read: Callable[[Source, ReadOptions, Report], Parts]
