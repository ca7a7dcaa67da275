"""Findings while reading a data set: errors, warnings and notes, with remedies."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NoReturn

from core.base import names

Severity = Literal["error", "warning", "note"]

FIRST_PLACES = 5  # examples shown for one problem
_LONGEST = 160  # characters of any text quoted from a file


def clip(text: object, longest: int = _LONGEST) -> str:
    """One printable line of `text`.

    It may come from untrusted files, so control characters (terminal escapes, writing directions)
    are spelt out, line ends become spaces, and long texts are cut.
    """
    plain = (c if c.isprintable() or c in names.JOINERS else " " for c in names.visible(str(text)))
    line = re.sub(r"\s+", " ", "".join(plain)).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"


def listed(values: Iterable[object], maximum: int = 8) -> str:
    """`values` as a short list for a message: 'a', 'b', 'c' and 4 more."""
    texts = list(values)
    shown = ", ".join(repr(clip(v, 60)) for v in texts[:maximum])
    return shown + (f" and {len(texts) - maximum} more" if len(texts) > maximum else "")


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to deal with a problem, which the user may choose.

    Attributes:
      option: a field of `core.reading.formats.ReadOptions`.
      value: what to set it to, plain as in JSON; for a tuple, what to add.
      words: what it does, to be read in a list, such as "leave these cases out".
    """

    option: str
    value: Any
    words: str


# Counts are written in the plural; of one thing, this makes "1 case".
_ONE = re.compile(
    r"(?<![\d.,])(1)(?= ) ((?:such |of these )?(?:case|image|row|patient|file|column|answer|"
    r"annotation|cell|expert|reader|value|place|table|sheet|remark|label|id|pair))s\b"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    Attributes:
      severity: `error` (the set is refused), `warning` or `note` (it was dealt with).
      what: what is wrong, with the file it is in.
      found: what is there. expected: what should be there. remedy: what to do.
      count: how many places. examples: the first of them.
      choices: ways to deal with it; of a warning, the first is what was done.
    """

    severity: Severity
    what: str
    found: str = ""
    expected: str = ""
    remedy: str = ""
    count: int = 1
    examples: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", _ONE.sub(r"\1 \2", self.what))
        object.__setattr__(self, "found", _ONE.sub(r"\1 \2", self.found))

    def sentence(self) -> str:
        """Everything in one line."""
        parts = [f"found {self.found}" if self.found else ""]
        parts.append(f"expected {self.expected}" if self.expected else "")
        detail = ", ".join(p for p in parts if p)
        line = f"{self.what}: {detail}." if detail else f"{self.what}."
        if self.remedy:
            line += f" {self.remedy[0].upper()}{self.remedy[1:]}."
        if self.examples:
            places = "; ".join(clip(e) for e in self.examples)
            of = f"First of {self.count}" if self.count > len(self.examples) else "Where"
            line += f" {of}: {places}."
        return clip(line, 2000)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["examples"] = list(self.examples)
        # Left out where there are none, as in reports stored before there were any.
        choices = plain.pop("choices")
        return plain | ({"choices": [asdict(c) for c in choices]} if choices else {})

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Problem":
        """The problem written by `to_dict`."""
        choices = tuple(Choice(**c) for c in plain.get("choices", ()))
        return cls(**{**plain, "examples": tuple(plain["examples"]), "choices": choices})


@dataclass
class Report:
    """Problems in the order in which they were found."""

    problems: list[Problem] = field(default_factory=list)

    def _of(self, severity: Severity) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == severity)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Why the set is refused; empty for a set that was read."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was changed or left out, and should be checked."""
        return self._of("warning")

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What was done, for information."""
        return self._of("note")

    def error(
        self,
        what: str,
        *,
        found: str = "",
        expected: str = "",
        remedy: str = "",
        count: int = 1,
        examples: Sequence[str] = (),
        choices: Sequence[Choice] = (),
    ) -> None:
        """Add an error; reading goes on until `stop`, so that several are reported together."""
        first = tuple(examples[:FIRST_PLACES])
        self.problems.append(
            Problem("error", what, found, expected, remedy, count, first, tuple(choices))
        )

    def warn(
        self,
        what: str,
        *,
        found: str = "",
        expected: str = "",
        remedy: str = "",
        count: int = 1,
        examples: Sequence[str] = (),
        choices: Sequence[Choice] = (),
    ) -> None:
        """Add a warning."""
        first = tuple(examples[:FIRST_PLACES])
        self.problems.append(
            Problem("warning", what, found, expected, remedy, count, first, tuple(choices))
        )

    def note(self, what: str, *, count: int = 1, examples: Sequence[str] = ()) -> None:
        """Add a note."""
        first = tuple(examples[:FIRST_PLACES])
        self.problems.append(Problem("note", what, count=count, examples=first))

    def stop(self) -> None:
        """Refuse the set if there has been an error.

        Raises:
          DataError: there has been one.
        """
        if self.errors:
            raise DataError(self)

    @contextmanager
    def going_on(self) -> Iterator["Report"]:
        """A report for one part of what is read; reading goes on after the part is refused."""
        part = Report()
        try:
            yield part
        except DataError as error:
            if error.report is not part:
                part.problems += error.report.problems
        self.problems += part.problems

    def to_list(self) -> list[dict[str, Any]]:
        """Plain values for JSON; `from_list` reads them back."""
        return [p.to_dict() for p in self.problems]

    @classmethod
    def from_list(cls, plain: Iterable[Mapping[str, Any]]) -> "Report":
        """The report written by `to_list`."""
        return cls([Problem.from_dict(p) for p in plain])


class DataError(ValueError):
    """A data set that cannot be used; `report` has all reasons, str() the first one in one line."""

    def __init__(self, report: Report):
        self.report = report
        errors = report.errors
        more = len(errors) - 1
        line = errors[0].sentence() if errors else "The data set cannot be used."
        if more > 0:
            line += f" (and {more} more problem{'s' if more > 1 else ''})"
        super().__init__(line)


def refuse(
    what: str,
    *,
    found: str = "",
    expected: str = "",
    remedy: str = "",
    count: int = 1,
    examples: Sequence[str] = (),
    choices: Sequence[Choice] = (),
    report: Report | None = None,
) -> NoReturn:
    """Refuse at once, together with the problems of `report`.

    Raises:
      DataError: always.
    """
    report = report if report is not None else Report()
    report.error(
        what,
        found=found,
        expected=expected,
        remedy=remedy,
        count=count,
        examples=examples,
        choices=choices,
    )
    raise DataError(report)
