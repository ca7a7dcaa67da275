"""What defines a format of data sets; `core.reading.read` lists the formats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.base.report import Report
from core.files.sources import Source
from core.reading.options import ReadOptions
from core.reading.parts import Parts

__all__ = ["Format", "ReadOptions"]


class OtherForm(Exception):
    """The files are called as in one form and hold something else; they may be other tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format of data sets.

    Attributes:
      title: its files, in a word or two.
      expected: its files, for error messages.
      sniff: the files of this format among names; empty where the files are of another format.
      read: reads cases and annotations from them; raises DataError if they cannot be used, and
        OtherForm if they are not of this form after all.
      further: what is wrong with each file on its own, asked where `read` has stopped early.
    """

    title: str
    expected: str
    sniff: Callable[[Sequence[str]], Sequence[str]]
    read: Callable[[Source, ReadOptions, Report], Parts]
    further: Callable[[Source, ReadOptions], Report] = lambda source, options: Report()
