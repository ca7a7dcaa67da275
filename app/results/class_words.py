"""What sensitivity and specificity of one class mean, in sentences for people who see patients."""

import math
from typing import Any

import pandas as pd

from app import words
from app.results.one_class import MEASURES, Rates, Triple
from app.results.point import OperatingPoint
from core.dataset.annotation_set import AI
from core.evaluation.intervals import SHOWN, distinguishable

TERMS = (
    "Sensitivity (recall): of the cases of the class, the share decided as that class. "
    "Specificity: of all other cases, the share decided as something else. The decisions are the "
    "team's, one class against the rest, on the test cases whose decision can be scored; each "
    "scored decision stands for as many cases of the same agent as were handed over, as in the "
    "team's accuracy."
)
EXPECT = (
    "Misses per 1,000 cases: share of the class × (1 − sensitivity) × 1,000. Wrong calls: share of "
    "the rest × (1 − specificity) × 1,000. Where the class is more or less common than among the "
    "test cases, both change in proportion. 95 % intervals in brackets."
)


def focus(
    point: OperatingPoint, compared: pd.DataFrame | None, label: str
) -> tuple[Triple | None, Triple | None]:
    """The team's sensitivity and specificity with their ends; what the run reported goes first."""
    row = point.recall[point.recall["class"] == label].iloc[0]
    stored = (
        (row["recall"], row["low"], row["high"]),
        (row["specificity"], row["specificity_low"], row["specificity_high"]),
    )
    told: list[Triple | None] = []
    for figure, measure in zip(stored, MEASURES, strict=True):
        if compared is not None and math.isnan(figure[0]):
            team = compared.iloc[0]
            figure = (team[measure], team[f"{measure}_low"], team[f"{measure}_high"])
        told.append(None if math.isnan(figure[0]) else (figure[0], figure[1], figure[2]))
    return told[0], told[1]


def measured_part(point: OperatingPoint) -> str:
    """Said wherever figures leave out agents that could not be measured; empty otherwise."""
    if point.partial is None:
        return ""
    return (
        f"These figures leave out {words.listing(point.unmeasured)}, whose decisions nothing can "
        f"measure: they speak for the agents that get {words.percent(point.partial.share)} of the "
        "cases."
    )


def sentences(
    label: str, found: Triple | None, left: Triple | None, rates: Rates | None
) -> list[str]:
    """Sensitivity, specificity, and what to expect per 1,000 cases.

    Args:
      label: the class.
      found: sensitivity with its interval, None where unmeasured.
      left: specificity, the same way.
      rates: of 1,000 cases, None where the class's share is not known.
    """
    said = []
    if known(found):
        said.append(f"Of 100 cases that are “{label}”, the team calls {hundred(found)} so.")
    else:
        said.append(f"No decision on a case that is “{label}” could be scored.")
    if known(left):
        said.append(
            f"Of 100 cases that are not “{label}”, the team calls {hundred(left)} something else."
        )
    if rates is not None and (rates.missed or rates.alarms):
        parts = []
        if rates.missed:
            parts.append(f"{_thousand(rates.missed)} are missed")
        if rates.alarms:
            parts.append(f"{_thousand(rates.alarms)} others are called “{label}” wrongly")
        said.append(
            f"Expect per 1,000 cases, where {words.percent(rates.share)} are “{label}” as among "
            f"the test cases: {' and '.join(parts)}."
        )
    return said


def beside(row: Any, label: str) -> str:
    """The team against somebody alone, in one sentence; empty where they cannot be compared."""
    who = "the AI alone" if row.who == AI else f"{row.who} alone"
    parts = []
    for measure, what in (
        ("sensitivity", f"of 100 that are “{label}” the team finds"),
        ("specificity", "of 100 that are not it leaves alone"),
    ):
        difference, low, high = (
            getattr(row, f"{measure}_team{end}") for end in ("", "_low", "_high")
        )
        if math.isnan(difference):
            continue
        ends = f"({words.signed(100 * low)} to {words.signed(100 * high)})"
        if not distinguishable((low, high), SHOWN):
            parts.append(f"{what} {words.signed(100 * difference)} {ends}, not distinguishable")
        else:
            more = "more" if difference > 0 else "fewer"
            parts.append(f"{what} {100 * abs(difference):.1f} {more} {ends}")
    return f"Against {who}: {'; '.join(parts)}." if parts else ""


def shown_table(table: pd.DataFrame) -> pd.DataFrame:
    """`one_class.compare` with its numbers as texts, for screen and report."""

    def text(row: Any, measure: str) -> str:
        value, low, high = (getattr(row, f"{measure}{end}") for end in ("", "_low", "_high"))
        return words.with_interval(value, None if math.isnan(low) else (low, high))

    def less(row: Any, measure: str) -> str:
        value, low, high = (getattr(row, f"{measure}_team{end}") for end in ("", "_low", "_high"))
        if math.isnan(value):
            return words.UNKNOWN
        ends = f"({words.signed(100 * low)} to {words.signed(100 * high)})"
        alike = "" if distinguishable((low, high), SHOWN) else " not distinguishable"
        return f"{words.signed(100 * value)} {ends}{alike}"

    rows = list(table.itertuples())
    return pd.DataFrame(
        {
            "Who decides": [str(r.who) if i == 0 else f"{r.who} alone" for i, r in enumerate(rows)],
            "Sensitivity": [text(r, "sensitivity") for r in rows],
            "Team less it, sensitivity": [less(r, "sensitivity") for r in rows],
            "Specificity": [text(r, "specificity") for r in rows],
            "Team less it, specificity": [less(r, "specificity") for r in rows],
            "Measured, of the class": [r.sensitivity_cases for r in rows],
            "Measured, of the rest": [r.specificity_cases for r in rows],
        }
    )


def known(figure: Triple | None) -> bool:
    """Whether there is a number."""
    return figure is not None and not math.isnan(figure[0])


def hundred(figure: Triple | None) -> str:
    """A share as so many of a hundred with its interval: `94.2 (91.0–96.9)`."""
    if figure is None or math.isnan(figure[0]):
        return words.UNKNOWN
    value, low, high = (100 * x for x in figure)
    return f"{value:.1f}" + ("" if math.isnan(low) else f" ({low:.1f}–{high:.1f})")


def _thousand(figure: Triple) -> str:
    return f"{figure[0]:.1f} ({figure[1]:.1f}–{figure[2]:.1f})"
