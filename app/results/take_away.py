"""Tables for other people's programs: plain numbers, one row per agent, class or case."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.results.one_class import Triple, per_thousand
from app.results.point import OperatingPoint
from app.results.run import Result
from core.runs.decisions import Decided


def agents(rule: str, point: OperatingPoint) -> pd.DataFrame:
    """A row per agent of a point: workload, bounds, accuracy, each with its interval."""
    table = point.agents.rename(
        columns={
            "lower": "least",
            "upper": "greatest",
            "low": "accuracy_low",
            "high": "accuracy_high",
            "cases": "measured_cases",
            "breach": "outside_by_more_than_chance",
            "near": "outside",
        }
    )
    elsewhere = table.pop("elsewhere").map({True: "all annotated", False: "handed"})
    table.insert(table.columns.get_loc("measured_cases") + 1, "measured_on", elsewhere)
    return _told(table, rule, point)


def classes(result: Result, rule: str, point: OperatingPoint) -> pd.DataFrame:
    """A row per class of a point: sensitivity, specificity, misses and wrong calls per 1,000."""
    table = point.recall.rename(
        columns={
            "recall": "sensitivity",
            "low": "sensitivity_low",
            "high": "sensitivity_high",
            "cases": "measured_cases",
        }
    )
    tests: Mapping[str, int] = result.get("test_cases_per_class") or {}
    total = sum(tests.values())
    table.insert(1, "test_cases", table["class"].map(tests))
    rates: dict[str, list[Triple | tuple[None, None, None]]] = {"missed": [], "wrong_calls": []}
    for name, r in zip(table["class"], table.itertuples(), strict=True):
        told = per_thousand(
            tests.get(name, 0) / total if total else math.nan,
            (r.sensitivity, r.sensitivity_low, r.sensitivity_high),
            (r.specificity, r.specificity_low, r.specificity_high),
        )
        rates["missed"].append(told.missed or (None, None, None))
        rates["wrong_calls"].append(told.alarms or (None, None, None))
    for name, rows in rates.items():
        for i, end in enumerate(("", "_low", "_high")):
            table[f"{name}_per_1000{end}"] = pd.array([row[i] for row in rows], dtype="Float64")
    return _told(table, rule, point)


def decisions(
    told: Sequence[Decided], names: Sequence[str], agent_names: Sequence[str]
) -> pd.DataFrame:
    """A row per test case and seed: who it goes to, what is decided, what it is."""
    tables = [d.table(tuple(names), tuple(agent_names)) for d in told]
    return pd.concat(tables, ignore_index=True)


def _told(table: pd.DataFrame, rule: str, point: OperatingPoint) -> pd.DataFrame:
    """The table with what it is of in front, so that a file speaks for itself."""
    told: dict[str, Any] = {
        "rule": rule,
        "target": point.target,
        "seeds": " ".join(map(str, point.seeds)),
    }
    for place, (name, value) in enumerate(told.items()):
        table.insert(place, name, value)
    return table
