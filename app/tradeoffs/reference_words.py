"""References for a curve: random deferral, and the best any rule could do."""

import math

import pandas as pd

from app.shared import words
from app.shared.curve_tables import ends
from core.results.models import RunResult

RANDOM_WORDS = (
    "Random deferral: each case goes to the AI with that probability, else to a random expert."
)
COLUMNS = ["coverage", "accuracy", "low", "high"]


def random_line(result: RunResult, rule: str) -> pd.DataFrame:
    """The straight line of random deferral: `COLUMNS`."""
    rows = [
        (point.coverage, point.accuracy, *ends(point.interval))
        for point in result.random[rule] or ()
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=float)


def oracle_line(result: RunResult, rule: str) -> pd.DataFrame:
    """The best any rule could do under each target's bounds: target beside `COLUMNS`.

    With own bounds it is one row whose target and coverage are NaN. Empty where it was not
    measured on all test cases, which the curve is: `oracle_words` says why, and `on_same_cases`
    what can be compared then.
    """
    points = result.oracle.rules.get(rule, ()) if result.oracle.all_test_cases else ()
    rows = [
        (*(2 * [math.nan if p.target is None else p.target]), p.accuracy, *p.interval)
        for p in points
    ]
    table = pd.DataFrame(rows, columns=["target", *COLUMNS], dtype=float)
    return table.sort_values("coverage", ignore_index=True)


def oracle_words(result: RunResult) -> str:
    """What the oracle is, or why it is not drawn."""
    oracle, everyone = result.oracle, _everyone(result)
    if not oracle.rules:
        return (
            f"The best any rule could do is not drawn: {everyone} annotated "
            f"{words.count(oracle.cases, 'test case')}, and it takes {oracle.fewest} to "
            "know who could have been right."
        )
    if not oracle.all_test_cases:
        return (
            f"The best any rule could do is not drawn: {everyone} annotated only "
            f"{oracle.cases:,} of the {words.count(result.cases.test, 'test case')}, and "
            "a figure of other cases cannot be compared with this curve."
        )
    within = "within the same bounds" if result.is_bounded else "with the same shares"
    return (
        "Best any rule could do: knows the truth and who will be right, and assigns the cases "
        f"{within}. {everyone[:1].upper()}{everyone[1:]} annotated every test case, so no answer "
        "is guessed."
    )


def on_same_cases(result: RunResult, rule: str, target: float | None) -> str:
    """The team, the AI alone and the best possible on the cases that every expert annotated.

    Empty where these are all test cases (the chart has it), or too few of them.
    """
    oracle = result.oracle
    rows = () if oracle.all_test_cases else oracle.rules.get(rule, ())
    same = next((row.same_cases for row in rows if row.target == target), None)
    if same is None:
        return ""
    team, ai, best = (words.with_interval(*f.figure) for f in (same.team, same.ai, same.best))
    return (
        f"On the {words.count(oracle.cases, 'test case')} that {_everyone(result)} annotated: the "
        f"team {team}, the AI alone {ai}, and the best any rule could do with the "
        f"team's workloads {best}. These cases need not be like the others."
    )


def _everyone(result: RunResult) -> str:
    experts = len(result.included_experts)
    return "the expert" if experts == 1 else f"all {experts} experts"
