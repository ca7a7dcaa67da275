"""Sensitivity and specificity of one class, in sentences for clinicians."""

import math
from typing import Any

import pandas as pd

from app.shared import words
from app.shared.operating_point import OperatingPoint
from core.dataset.annotation_set import AI
from core.evaluation.intervals import SHOWN, distinguishable
from core.results.against_rest import Rates
from core.results.figure import Figure

TERMS = (
    "Sensitivity (recall): of the cases of the class, the share decided as that class. "
    "Specificity: of all other cases, the share not classified as it. The decisions are the "
    "team's, one class against the rest, on the test cases whose decision can be scored; each "
    "scored decision stands for as many cases of the same agent as were assigned, as in the team's "
    "accuracy."
)
EXPECT = (
    "Misses per 1,000 cases: share of the class × (1 − sensitivity) × 1,000. Wrong calls: share of "
    "the rest × (1 − specificity) × 1,000. Where the class is more or less common than among the "
    "test cases, both change in proportion. 95 % intervals in brackets."
)


def focus(point: OperatingPoint, label: str) -> tuple[Figure, Figure]:
    """The team's sensitivity and specificity for a class."""
    (found,) = [one for one in point.figures.classes if one.name == label]
    return found.recall, found.specificity


def measured_part(point: OperatingPoint) -> str:
    """Which agents the figures leave out as unmeasured; empty where none."""
    if point.partial is None:
        return ""
    return (
        f"These figures leave out {words.listing(point.unmeasured)}, whose decisions cannot "
        f"be measured: they cover the agents that get {words.percent(point.partial.share)} of the "
        "cases."
    )


def sentences(label: str, found: Figure, left: Figure, rates: Rates) -> list[str]:
    """Sensitivity, specificity, and what to expect per 1,000 cases.

    Args:
      label: the class.
      found: sensitivity.
      left: specificity.
      rates: of 1,000 cases.
    """
    said = []
    if found.known:
        said.append(f"Of 100 cases of “{label}”, the team finds {hundred(found)}.")
    else:
        said.append(f"No decision on a case of “{label}” could be scored.")
    if left.known:
        said.append(f"Of 100 other cases, the team classifies {hundred(left)} as not “{label}”.")
    parts = []
    if rates.missed.known:
        parts.append(f"{_figures(rates.missed)} are missed")
    if rates.alarms.known:
        parts.append(f"{_figures(rates.alarms)} others are wrongly called “{label}”")
    if parts:
        said.append(
            f"Expect per 1,000 cases, where {words.percent(rates.share)} are “{label}” as among "
            f"the test cases: {' and '.join(parts)}."
        )
    return said


def beside(row: Any, label: str) -> str:
    """The team against one agent alone, in a sentence; empty where they cannot be compared."""
    who = "the AI alone" if row.who == AI else f"{row.who} alone"
    parts = []
    for measure, what in (
        ("sensitivity", f"of 100 cases of “{label}” the team finds"),
        ("specificity", "of 100 others it rightly does not call so"),
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
    """`one_class.frame` with its numbers as texts, for screen and report."""

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


def hundred(share: Figure) -> str:
    """A share per hundred with its interval: `94.2 (91.0–96.9)`."""
    return _figures(share.times(100))


def _figures(figure: Figure) -> str:
    if figure.value is None:
        return words.UNKNOWN
    ends = figure.interval
    return f"{figure.value:.1f}" + (f" ({ends[0]:.1f}–{ends[1]:.1f})" if ends else "")
