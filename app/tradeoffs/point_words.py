"""Sentences about an operating point: what is unknown, and why bounds are broken."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from app.shared import words
from app.shared.operating_point import OperatingPoint
from core.dataset.agent_names import called
from core.methods.rules import RULES

# What a workload's interval is of: by whether prices that were fitted brought it about.
SHARE_INTERVAL = {
    True: "The 95 % interval allows for two samples: the validation cases that prices were fitted "
    "to, and the test cases (Wilson, or Student's t over seeds where that is wider); where "
    "patients are known, it goes by patient.",
    False: "The 95 % interval allows for the test cases being a sample (Wilson, or Student's t "
    "over seeds where that is wider); no prices fitted on validation cases hold this rule's "
    "workloads. Where patients are known, it goes by patient.",
}
_ALL = 0.995  # of the cases with one agent: the rule has stopped choosing


def unknown(point: OperatingPoint) -> list[str]:
    """Why the team's accuracy cannot be measured here, and what is known nevertheless."""
    if point.accuracy is not None:
        return []
    blind = point.agents[point.agents["agent"].isin(point.unmeasured)]
    blind = blind.sort_values("share", ascending=False, kind="stable")
    named = [f"{r.shown} ({words.percent(r.share)} of the cases)" for r in blind.itertuples()]
    one = len(blind) == 1
    said = (
        "The team's accuracy cannot be measured at this point: "
        + (
            f"{words.listing(named)} {'gets' if one else 'get'} cases but annotated no test case."
            if named
            else "no decision could be scored."
        )
        + " To measure it, have "
        + ("that expert" if one else "those experts")
        + " annotate some test cases, or train with a maximum of 0 % for "
        + ("that expert." if one else "them.")
    )
    if point.partial is None:
        return [said]
    return [
        said,
        "What is known: accuracy over the measured part is "
        f"{words.with_interval(point.partial.accuracy, point.partial.interval)}, where the "
        f"measured part is the agents that get {words.percent(point.partial.share)} of the cases. "
        "This is not the team's accuracy.",
    ]


def collapse(point: OperatingPoint) -> str:
    """The agent that gets all cases though its bounds do not ask for it, or nothing."""
    most = point.agents.loc[point.agents["share"].idxmax()]
    forced = most["lower"] >= _ALL or (point.agents["upper"] > 0).sum() == 1
    return str(most["shown"]) if most["share"] >= _ALL and not forced else ""


def share_of_all(share: float) -> str:
    """A share that is all or nearly so, to stand before a noun: `all`, `99.7 % of the`."""
    return "all" if share > 0.9999 else f"{words.percent(share)} of the"


def why_outside(rule: str, point: OperatingPoint) -> str:
    """Why the rule `gate` misses bounds, or sends everything to one agent; empty otherwise."""
    said = []
    if agent := collapse(point):
        who = "the trained model" if rule in RULES and RULES[rule].own else "this rule"
        most = share_of_all(float(point.agents["share"].max()))
        said.append(
            f"{most[:1].upper()}{most[1:]} test cases go to {called(agent)}: "
            f"{who} prefers it nearly everywhere, so no work is shared."
        )
    if rule == "gate" and (point.breaches or said):
        said.append(
            f"“{words.rule_name('gate')}” is the rule as published: nothing holds the "
            "workloads when it decides. "
            f"“{words.rule_name('priced')}” uses the same models and keeps the workloads "
            "within their bounds."
        )
    return " ".join(said)


def agents_shown(table: pd.DataFrame) -> pd.DataFrame:
    """An operating point's agents with their numbers as texts, for screen and report."""
    return pd.DataFrame(
        {
            "Agent": table["shown"],
            "Share of the cases": [
                words.with_interval(r.share, (r.share_low, r.share_high))
                for r in table.itertuples()
            ],
            "Bounds": [words.bounds_text(r.lower, r.upper) for r in table.itertuples()],
            "Within its bounds": [
                r.breach or ("within chance" if r.near else "yes") for r in table.itertuples()
            ],
            "Accuracy on its cases": [
                words.with_interval(r.accuracy, None if r.low != r.low else (r.low, r.high))
                for r in table.itertuples()
            ],
            "Measured cases": table["cases"],
        }
    )


def elsewhere(table: pd.DataFrame) -> str:
    """Whose accuracy is measured on more than their own cases; empty where nobody's."""
    names = list(table["shown"][table["elsewhere"]])
    if not names:
        return ""
    return (
        f"{words.listing(names)}: too few of the cases assigned were annotated, so accuracy is "
        "measured on all test cases annotated by the same agent."
    )


def classes_shown(point: OperatingPoint, tests: Mapping[str, int]) -> pd.DataFrame:
    """Every class with its sensitivity and specificity as texts.

    Args:
      point: the point.
      tests: test cases per class.
    """
    rows = list(point.recall.itertuples())
    names = list(point.recall["class"])
    shown = {
        "Class": names,
        "Test cases": [tests[name] for name in names],
        "Measured cases": [row.cases for row in rows],
    }
    shown["Sensitivity"] = [
        words.with_interval(r.recall, None if r.low != r.low else (r.low, r.high)) for r in rows
    ]
    shown["Specificity"] = [
        words.with_interval(
            r.specificity,
            None if r.specificity_low != r.specificity_low
            else (r.specificity_low, r.specificity_high),
        )
        for r in rows
    ]  # fmt: skip
    return pd.DataFrame(shown)


def counted(point: OperatingPoint) -> str:
    """Where the weighted sensitivities and the counts of the matrix differ, and by how much.

    They are the same when no annotation of a chosen expert is missing; empty then.
    """
    total, plain = point.confusion.sum(axis=1), point.figures.counted_right
    off = (point.recall["recall"].to_numpy(float) - plain).round(3)
    if not (np.abs(off) >= 1e-3).any():
        return ""
    c = int(np.nanargmax(np.abs(off)))
    row = point.recall.iloc[c]
    of = "" if len(point.seeds) == 1 else f" over {len(point.seeds)} seeds"
    return (
        "The matrix counts the decisions that could be scored; sensitivities weigh them, so that "
        "each agent counts with all its cases, also those it did not annotate. For "
        f"“{row['class']}” that is {words.percent(row['recall'])} instead of the "
        f"{int(point.confusion[c, c]):,} of {int(total[c]):,} counted{of}, "
        f"{words.percent(plain[c])}."
    )


def mix_ups(point: OperatingPoint) -> pd.DataFrame:
    """Wrong decisions, the most common first: truth, decided, cases, share of that class."""
    columns = ["truth", "decided", "cases", "share"]
    return pd.DataFrame(point.figures.mix_ups(), columns=columns)
