"""What a maximum means on average, and under the rule that never goes above it, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.shared import words
from app.shared.amounts import amount
from app.workload.scenario_words import SAME
from core.dataset.agent_names import called
from core.results.figure import Figure
from core.scenarios.answer import Answer
from core.scenarios.caps import CapDay
from core.scenarios.never_above import NeverAbove

ON_AVERAGE = (
    "Averages are measured on the test cases. A maximum is met on average, not on every day. "
    "The Worklist keeps it exactly"
)


def has_maximum(answer: Answer) -> bool:
    """Whether somebody on duty has a maximum below all cases."""
    return any(agent.on_duty and agent.upper < 1 for agent in answer.agents)


def can_be_above(rows: Sequence[CapDay]) -> bool:
    """Whether somebody with a maximum can end a day above it."""
    return any(row.above > 1e-6 for row in rows)


def expected(row: CapDay) -> str:
    """The load to expect of an agent with a maximum, in one line."""
    mean, low, high = _cases(Figure(row.mean, row.mean_interval))
    bound = "exactly" if row.exactly else "at most"
    within = "" if row.above > 1e-6 else ": within the maximum"
    return (
        f"{called(row.name, start=True)}: {bound} {amount(row.maximum, '')} a day. Expect "
        f"{mean} a day on average ({low}–{high}) and up to {row.high:,} on a busy "
        f"day (95 % prediction interval {row.low:,}–{row.high:,}){within}."
    )


def accuracy(found: NeverAbove) -> str:
    """The rule's accuracy, and whether it differs from the scenario's beyond chance."""
    of = "the decided cases" if found.waiting.value else "all cases"
    if found.accuracy.value is None:
        return "The accuracy cannot be measured: an agent with work annotated no test case."
    text = f"{words.with_interval(*found.accuracy)} accurate on {of}"
    if found.change is None:
        return f"{text}. It cannot be compared with the scenario on average."
    low, high = (words.signed(100 * end) for end in found.change.interval)
    by = words.signed(100 * found.change.difference)
    change = f"{by} points ({low} to {high})"
    change += "" if found.change.distinguishable else f", {SAME}"
    return f"{text}. Against the scenario on average, on the same cases: {change}."


def waiting(found: NeverAbove) -> str:
    """How many cases a day find no agent with capacity left."""
    number, low, high = _cases(found.waiting)
    if not found.most_waiting:
        often = "" if high == "0.0" else f" ({low}–{high} cases a day)"
        return f"No case had to wait on any of the {found.days:,} days{often}."
    days, fewest, most = (f"{x:,.0f}" for x in _ends(found.waiting_days.times(found.days)))
    return (
        f"{number} cases a day wait ({low}–{high}) because no agent who may take them has "
        "capacity left: "
        f"some on {days} of the {found.days:,} days ({fewest}–{most}), "
        f"{found.most_waiting:,} on the worst. A case that waits is not decided that day and does "
        "not return."
    )


def agents(found: NeverAbove) -> pd.DataFrame:
    """A row per agent on duty in texts, the AI first."""
    ordered = sorted(found.agents, key=lambda a: a is not found.agents[-1])
    return pd.DataFrame(
        {
            "Agent": [a.name for a in ordered],
            "Maximum": ["no limit" if a.maximum is None else f"{a.maximum:,}" for a in ordered],
            "Average a day": ["{} ({}–{})".format(*_cases(a.mean)) for a in ordered],
            "95 % of the days": [f"{a.usual[0]:,}–{a.usual[1]:,}" for a in ordered],
            "Highest day": [a.highest for a in ordered],
            "Days at the maximum": [words.with_interval(*a.full) for a in ordered],
        }
    )


def basis(found: NeverAbove) -> str:
    """How the figures were simulated, and what they leave out."""
    sentences = [
        f"A simulation: {words.count(found.days, 'day')} of "
        f"{words.count(found.cases_per_day, 'case')} each, drawn from the "
        f"{words.count(found.test_cases, 'test case')}, seed {found.seed}. Brackets hold 95 % "
        "intervals that allow for the test cases being a sample."
    ]
    if found.measured < 0.9995:
        sentences.append(f"{words.percent(found.measured)} of the decisions could be scored.")
    if found.minimum:
        sentences.append("This rule does not enforce minimums.")
    if found.fatigue:
        sentences.append(
            "The assumed fatigue shapes who gets a case but is not in the accuracy shown here."
        )
    return " ".join(sentences)


def plain(found: NeverAbove) -> dict[str, Any]:
    """Plain values for JSON."""
    return {
        "days": found.days,
        "cases_per_day": found.cases_per_day,
        "test_cases": found.test_cases,
        "seed": found.seed,
        "accuracy": _plain(found.accuracy),
        "change_against_prices": None if found.change is None else found.change.to_dict(),
        "measured": found.measured,
        "waiting_per_day": _plain(found.waiting),
        "days_with_waiting": _plain(found.waiting_days),
        "most_waiting": found.most_waiting,
        "agents": [
            {
                "agent": a.name,
                "maximum": a.maximum,
                "mean": _plain(a.mean),
                "usual": list(a.usual),
                "highest": a.highest,
                "days_at_maximum": _plain(a.full),
            }
            for a in found.agents
        ],
    }


def _cases(figure: Figure) -> tuple[str, str, str]:
    """A number of cases and the ends of its interval, all with as many digits."""
    ends = _ends(figure)
    value, low, high = (f"{x:,.{1 if ends[0] < 1000 else 0}f}" for x in ends)
    return value, low, high


def _ends(figure: Figure) -> tuple[float, float, float]:
    """A figure that is always known, and the ends of its interval."""
    assert figure.value is not None
    assert figure.interval is not None
    return (figure.value, *figure.interval)


def _plain(figure: Figure) -> Mapping[str, Any]:
    return {"value": figure.value, "interval": figure.interval and list(figure.interval)}
