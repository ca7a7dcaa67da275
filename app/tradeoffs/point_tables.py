"""Tables of a point for downloads: plain numbers, one row per agent, class or case."""

from collections.abc import Sequence

import pandas as pd

from app.shared.operating_point import OperatingPoint
from core.results.against_rest import per_thousand
from core.results.decisions import Decided
from core.results.models import RunResult


def agents(rule: str, point: OperatingPoint) -> pd.DataFrame:
    """A row per agent of a point: workload, bounds, accuracy, each with its interval."""
    table = point.agents.drop(columns="shown").rename(
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
    return _labelled(table, rule, point)


def classes(result: RunResult, rule: str, point: OperatingPoint) -> pd.DataFrame:
    """A row per class of a point: sensitivity, specificity, misses and wrong calls per 1,000."""
    table = point.recall.rename(
        columns={
            "recall": "sensitivity",
            "low": "sensitivity_low",
            "high": "sensitivity_high",
            "cases": "measured_cases",
        }
    )
    tests = result.test_cases_per_class
    total = sum(tests.values())
    table.insert(1, "test_cases", table["class"].map(tests))
    rates = [
        per_thousand(tests[one.name] / max(total, 1), one.recall, one.specificity)
        for one in point.figures.classes
    ]
    for name, figures in (
        ("missed", [rate.missed for rate in rates]),
        ("wrong_calls", [rate.alarms for rate in rates]),
    ):
        rows = [(one.value, *(one.interval or (None, None))) for one in figures]
        for i, end in enumerate(("", "_low", "_high")):
            table[f"{name}_per_1000{end}"] = pd.array([row[i] for row in rows], dtype="Float64")
    return _labelled(table, rule, point)


def decisions(
    found: Sequence[Decided], names: Sequence[str], agent_names: Sequence[str]
) -> pd.DataFrame:
    """A row per test case and seed: who decides it, the decision, the ground truth."""
    tables = [d.table(tuple(names), tuple(agent_names)) for d in found]
    return pd.concat(tables, ignore_index=True)


def _labelled(table: pd.DataFrame, rule: str, point: OperatingPoint) -> pd.DataFrame:
    """The table with rule, target and seeds in front, so that a file explains itself."""
    first = {
        "rule": rule,
        "target": point.target,
        "seeds": " ".join(map(str, point.seeds)),
    }
    for place, (name, value) in enumerate(first.items()):
        table.insert(place, name, value)
    return table
