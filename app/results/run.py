"""What a finished run's result object holds: its rules, seeds and targets."""

from collections.abc import Mapping
from typing import Any

Result = Mapping[str, Any]
RULE_ORDER = ("value", "priced", "gate")


def rules(result: Result) -> list[str]:
    """Rules a run reports, the one to start with first."""
    return [rule for rule in RULE_ORDER if rule in result["auc_cac"]] or sorted(result["auc_cac"])


def rule_of(result: Result, wanted: str) -> str:
    """The rule wanted, or the run's own first one where it has no such rule."""
    found = rules(result)
    return wanted if wanted in found else found[0]


def seeds(result: Result) -> list[int]:
    """Seeds of a run, ascending."""
    return sorted({point["seed"] for point in result["points"]})


def targets(result: Result) -> list[float | None]:
    """Targets of a run, ascending; `[None]` where own bounds replaced them."""
    found = {point["target"] for point in result["points"]}
    return sorted(found, key=lambda t: -1.0 if t is None else t)


def is_bounded(result: Result) -> bool:
    """Whether own workload bounds replaced the coverage targets."""
    return targets(result) == [None]
