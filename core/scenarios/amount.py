"""A part of a day's cases that keeps the unit it was given in: 40 % stays 40 %, 60 cases 60."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from core.base.numbers import is_number
from core.base.percents import percent
from core.base.report import clip

Unit = Literal["share", "cases"]
UNITS: tuple[str, ...] = get_args(Unit)
MOST_CASES = 1_000_000
DECIMALS = 9  # of a converted amount: drops binary rounding errors

# What may be typed; browsers check it too, so it uses only syntax that Python and JavaScript share.
TYPED = r"\s*([0-9]+(?:[.,][0-9]+)?)\s*(%|cases?(?: (?:a|per) day)?)?\s*"
_THOUSANDS = re.compile(r"[0-9]{1,3},[0-9]{3}")
EXPECTED = "expected a share such as “40 %” or a number of cases such as “60 cases”"


class ScenarioError(ValueError):
    """An invalid scenario; the message says what was found, what was expected and what to do."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A part of a day's cases.

    Attributes:
      value: a share in [0, 1], or cases a day.
      unit: which of the two.
    """

    value: float
    unit: Unit = "share"

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ScenarioError(f"unit is {self.unit!r}; expected 'share' or 'cases'")
        value, share = self.value, self.unit == "share"
        if not is_number(value, 0, 1 + 1e-9 if share else MOST_CASES):
            kind, maximum = ("share", "1") if share else ("number", f"{MOST_CASES:,}")
            hint = ", or a text such as '40 %'" if share else ""
            raise ScenarioError(
                f"{clip(repr(value), 40)} is not a valid {kind} of the day's cases; "
                f"expected 0 to {maximum}{hint}"
            )

    def share(self, day: int) -> float:
        """As a share of a day's cases; above 1 where it is more than a day's cases."""
        return self.value if self.unit == "share" else self.value / day

    def cases(self, day: int) -> float:
        """As a number of cases a day."""
        return self.value * day if self.unit == "share" else self.value

    def to(self, unit: Unit, day: int) -> Self:
        """Converted to a unit; a number above a day's cases becomes a share of 1."""
        if unit == self.unit:
            return self
        if unit == "cases":
            return type(self)(round(self.cases(day), DECIMALS), unit)
        return type(self)(min(round(self.share(day), DECIMALS), 1.0), unit)

    def words(self, after: str = " cases a day") -> str:
        """In a sentence: `30.0 %`, `40 cases a day`."""
        if self.unit == "share":
            return percent(self.value)
        after = after.replace("cases", "case") if self.value == 1 else after
        return f"{cases_text(self.value)}{after}"

    def of_day(self, day: int) -> str:
        """In both units: `40.0 % (80 of 200 cases a day)`, `60 cases a day (30.0 %)`."""
        if self.unit == "share":
            return f"{self.words()} ({cases_text(self.cases(day))} of {day:,} cases a day)"
        return f"{self.words()} ({percent(self.share(day))})"

    @property
    def text(self) -> str:
        """As it is typed: `12.5 %`, `60 cases`."""
        if self.unit == "share":
            return f"{round(100 * self.value, DECIMALS):.12g} %"
        return f"{self.value:.12g} {'case' if self.value == 1 else 'cases'}"

    def plain(self, unit: Unit) -> float | dict[str, float]:
        """For JSON: a number where it is in the default unit, else an object."""
        return self.value if unit == self.unit else {self.unit: self.value}

    @classmethod
    def read(cls, plain: Any, unit: Unit) -> Self:
        """Reads an amount from a file.

        Args:
          plain: a number in the unit, an object as `plain` writes, or a text as `text` writes.
          unit: of plain numbers.

        Raises:
          ScenarioError: it is none of these, or too large.
        """
        if isinstance(plain, str):
            return cls.typed(plain, None)
        if isinstance(plain, Mapping):
            if len(plain) != 1 or next(iter(plain)) not in UNITS:
                raise ScenarioError(f"found {clip(repr(plain), 60)}; {EXPECTED}")
            ((unit, plain),) = plain.items()
        return cls(plain, unit)

    @classmethod
    def typed(cls, text: str, unit: Unit | None) -> Self:
        """Reads an amount that a user typed.

        Args:
          text: as `text` writes, or a number alone: per cent, or cases.
          unit: of a number alone; None requires a unit in the text, because in a file 0.4 is 40 %.

        Raises:
          ScenarioError: it is neither, or too large.
        """
        match = re.fullmatch(TYPED, text)
        if match is None or not (match[2] or unit):
            raise ScenarioError(f"found “{clip(text, 40)}”; {EXPECTED}")
        number, mark = match[1], match[2]
        share = mark == "%" if mark else unit == "share"
        if not share and _THOUSANDS.fullmatch(number):
            raise ScenarioError(
                f"“{number}” can be read as {number.replace(',', '')} and as "
                f"{float(number.replace(',', '.')):g}; expected it without the comma"
            )
        value = float(number.replace(",", "."))
        if share and value > 100:
            raise ScenarioError(f"found “{clip(text, 40).strip()}”; expected at most 100 %")
        # Divided as text was multiplied: what is written and read again is the same number.
        return cls(round(value / 100, 14), "share") if share else cls(value, "cases")


NOTHING = Amount(0.0)


def cases_text(value: float) -> str:
    """A number of cases, whole where it is: `40`, `1,250`, `12.5`."""
    return f"{value:,.0f}" if abs(value - round(value)) < 1e-6 else f"{value:,.1f}"
