"""The parts of the page as tabs: only the open one is computed."""

from collections.abc import Callable, Mapping
from typing import Any

from app.data import (
    agreements,
    annotation_pattern,
    cases,
    counts,
    experts,
    external_ai,
    findings,
    findings_queries,
    first_checks,
    how_many,
    know_queries,
    missing,
    names,
    over_time,
    remarks,
)
from app.shared import tabs

Draw = Callable[[str, Mapping[str, Any]], None]
PARTS: Mapping[str, tuple[str, Draw]] = {
    "overview": ("Overview", counts.overview),
    "first": ("Check first", first_checks.draw),
    "problems": ("Problems", remarks.draw),
    "pattern": ("Who annotated what", annotation_pattern.draw),
    "experts": ("Experts", experts.draw),
    "agreement": ("Agreement", agreements.draw),
    "ai": ("External AI", external_ai.draw),
    "time": ("Over time", over_time.draw),
    "more": ("How many more?", how_many.draw),
    "missing": ("Missing rate", missing.draw),
    "cases": ("Cases", cases.draw),
}
FINDINGS = "findings"  # a further part, of sets that are findings of one upload


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """Draws the tabs and what is in the open one; which one it is stands in the URL."""
    found = findings_queries.findings_of(data_id)
    own = {FINDINGS: (f"Findings ({len(found)})", findings.draw)} if found else {}
    absent = {
        "ai": facts["external_ai"] is None and not names.machines(facts),
        "time": know_queries.dates(data_id) is None,
    }
    parts = {**own, **{name: part for name, part in PARTS.items() if not absent.get(name)}}
    view, place = tabs.pick("view", {name: title for name, (title, _) in parts.items()}, "overview")
    with place:
        parts[view][1](data_id, facts)
