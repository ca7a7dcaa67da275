"""Workloads in the unit that somebody chose."""

from app.shared import words

UNITS = {
    "share": "Share of the cases",
    "cases": "Cases a day",
    "minutes": "Minutes a day",
    "cost": "Cost a day",
}


def amount(value: float, unit: str) -> str:
    """A workload in a unit: `23.1 %`, `46 cases`, `92 min`, `1,250`."""
    if unit == "share":
        return words.percent(value)
    number = whole(value) if unit == "cases" else f"{value:.3g}"
    if abs(value) >= 99.5:
        number = f"{value:,.0f}"
    cases = "case" if number == "1" else "cases"
    return f"{number} {({'cases': cases, 'minutes': 'min'}).get(unit, '')}".rstrip()


def whole(cases: float) -> str:
    """An average number of cases a day: whole, but for less than one a day."""
    return f"{cases:,.0f}" if cases >= 0.95 or cases < 0.05 else f"{cases:.1f}"
