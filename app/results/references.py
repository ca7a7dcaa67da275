"""What a curve is seen against: random deferral, and the best any rule could do."""

from typing import Any

import numpy as np
import pandas as pd

from app import words
from app.results.run import Result, is_bounded
from core.dataset.annotation_set import AI

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
    measured on all test cases, which the curve is: `oracle_words` says why, and `on_same_cases`
    what can be compared then.
    """
    oracle = result.get("oracle") or {}
    rows = (oracle.get("rules") or {}).get(rule) or [] if _on_all(result) else []
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
    if not _on_all(result):
        return (
            f"The best any rule could do is not drawn: {everyone} annotated only "
            f"{oracle['cases']:,} of the {words.count(result['cases']['test'], 'test case')}, and "
            "a figure of other cases must not stand beside this curve."
        )
    within = "within the same bounds" if is_bounded(result) else "with the same shares"
    return (
        "Best any rule could do: knows the truth and who will be right, and assigns the cases "
        f"{within}. {everyone[:1].upper()}{everyone[1:]} annotated every test case, so no answer "
        "is guessed."
    )


def on_same_cases(result: Result, rule: str, target: float | None) -> str:
    """The team, the AI alone and the best possible on the cases that every expert annotated.

    Empty where these are all test cases (the chart has it), or the run did not measure it.
    """
    oracle = result.get("oracle") or {}
    if _on_all(result):
        return ""
    rows = (oracle.get("rules") or {}).get(rule) or []
    same = next((row.get("same_cases") for row in rows if row["target"] == target), None)
    if not same:
        return ""
    experts = len(included_experts(result))
    everyone = "the expert" if experts == 1 else f"all {experts} experts"
    figures = {
        who: words.with_interval(one["accuracy"], one["interval"]) for who, one in same.items()
    }
    return (
        f"On the {words.count(oracle['cases'], 'test case')} that {everyone} annotated: the team "
        f"{figures['team']}, the AI alone {figures['ai']}, and the best any rule could do with the "
        f"team's workloads {figures['best']}. These cases need not be like the others."
    )


def _on_all(result: Result) -> bool:
    """Whether the best possible was measured on the cases that everything else is."""
    return (result.get("oracle") or {}).get("cases") == result["cases"]["test"]


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
