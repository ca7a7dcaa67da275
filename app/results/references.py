"""What a curve is seen against: random deferral, and the best any rule could do."""

from typing import Any

import numpy as np
import pandas as pd

from app import words
from app.results.run import Result, is_bounded
from core.data.annotation_set import AI

RANDOM_WORDS = (
    "Random deferral: nobody chooses the cases; a random one goes to the AI with that probability, "
    "else to a random expert."
)
COLUMNS = ["coverage", "accuracy", "low", "high"]


def random_line(result: Result, rule: str) -> pd.DataFrame:
    """The straight line of random deferral, without intervals for runs older than these.

    A random case goes to the AI with probability c, else to a random expert that takes part.
    """
    found = (result.get("random") or {}).get(rule)
    if found:
        return pd.DataFrame([_row(p["coverage"], p) for p in found], columns=COLUMNS)
    ai = result["ai_accuracy"].get(rule)
    known = [
        accuracy
        for name in included_experts(result)
        if (accuracy := result["expert_accuracy"].get(name)) is not None
    ]
    if "random" in result or ai is None or not known:
        return pd.DataFrame(columns=COLUMNS, dtype=float)
    at = np.linspace(0, 1, 11)
    line = (1 - at) * float(np.mean(known)) + at * ai
    return pd.DataFrame({"coverage": at, "accuracy": line, "low": np.nan, "high": np.nan})


def oracle_line(result: Result, rule: str) -> pd.DataFrame:
    """The best any rule could do under each target's bounds: target beside `COLUMNS`.

    With own bounds it is one row whose target and coverage are NaN. Empty where it was not
    measured; `oracle_words` says why.
    """
    rows = ((result.get("oracle") or {}).get("rules") or {}).get(rule) or []
    table = pd.DataFrame(
        [{"target": p["target"], **_row(p["target"], p)} for p in rows],
        columns=["target", *COLUMNS],
    ).astype(float)
    return table.sort_values("coverage", ignore_index=True)


def oracle_words(result: Result) -> str:
    """What the oracle is, or why it is not drawn."""
    oracle = result.get("oracle")
    if oracle is None:
        return (
            "The best any rule could do was not measured yet when this run was made; the same "
            "run once more has it."
        )
    experts = len(included_experts(result))
    everyone = "the expert" if experts == 1 else f"all {experts} experts"
    if not oracle["rules"]:
        return (
            f"The best any rule could do is not drawn: {everyone} annotated "
            f"{words.count(oracle['cases'], 'test case')}, and it takes {oracle['fewest']} to "
            "know who could have been right."
        )
    within = "within the same bounds" if is_bounded(result) else "with the same shares"
    return (
        "Best any rule could do: knows the truth and who will be right, and hands out the cases "
        f"{within}. Measured on the {words.count(oracle['cases'], 'test case')} that {everyone} "
        "annotated, so no answer is guessed."
    )


def included_experts(result: Result) -> list[str]:
    """Experts whose bounds leave them any cases at some point."""
    return [
        agent
        for agent in result["agents"]
        if agent != AI and any(p["bounds"][agent][1] > 0 for p in result["points"])
    ]


def _row(coverage: float | None, point: dict[str, Any]) -> dict[str, float]:
    low, high = point.get("interval") or (np.nan, np.nan)
    at = np.nan if coverage is None else coverage
    return {"coverage": at, "accuracy": point["accuracy"], "low": low, "high": high}
