"""A scenario's answer as tables: on screen, in the report, and for other programs."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.shared import amounts, bar_rows, words
from app.workload import cap_words
from app.workload import scenario_words as wording
from core.dataset.agent_names import called
from core.dataset.annotation_set import AI
from core.dataset.group_names import group_name
from core.results.figure import Figure
from core.scenarios.answer import Answer
from core.scenarios.groups import GroupColumn
from core.scenarios.never_above import NeverAbove
from core.scenarios.settings import Scenario
from core.scenarios.truths import UnderTruth, plain_truths


def agents(answer: Answer) -> pd.DataFrame:
    """A row per agent in texts, the AI first."""
    ordered = [*answer.agents[-1:], *answer.agents[:-1]]
    table = pd.DataFrame(
        {
            "Agent": [words.marked(a.name, answer.baseline.scores.machines) for a in ordered],
            # Agents off duty get exactly nothing: no sample, and no interval.
            "Share of the cases": [
                words.with_interval(a.share, a.share_interval if a.on_duty else None)
                for a in ordered
            ],
            "Bounds": [bar_rows.bounds_words(a, answer.scenario) for a in ordered],
            f"Of the next {answer.coming_cases:,}": [
                f"{100 * a.coming[0]:.1f}–{words.percent(a.coming[1])}"
                + (" †" if wording.can_exceed(a) else "")
                if a.on_duty
                else "nothing"
                for a in ordered
            ],
            "Cases a day": [amounts.whole(a.cases) for a in ordered],
            "Accuracy on its cases": [
                words.with_interval(*a.accuracy) + (" *" if a.everywhere else "") for a in ordered
            ],
            "Measured cases": [a.measured_cases for a in ordered],
            "One more a day": [
                f"{wording.worth(a.worth)} per 1,000" if a.worth > 5e-5 else words.UNKNOWN
                for a in ordered
            ],
        }
    )
    if answer.minutes:
        table["Minutes a day"] = [amounts.amount(a.minutes, "") for a in ordered]
    if answer.cost:
        table["Cost a day"] = [amounts.amount(a.cost, "") for a in ordered]
    if answer.accuracy_with_fatigue is not None:
        table["Lost to fatigue"] = [f"{a.fatigue_loss:.1f} points" for a in ordered]
    return table


def agents_note(answer: Answer) -> str:
    """What the brackets and marks in `agents` mean."""
    notes = ["95 % intervals in brackets."]
    if any(agent.everywhere for agent in answer.agents):
        notes.append("* Too few of its cases were annotated; measured on all it annotated.")
    if any(wording.can_exceed(agent) for agent in answer.agents):
        notes.append("† Can exceed the maximum, which is met on average, not on every day.")
    return " ".join(notes)


def groups(column: GroupColumn) -> pd.DataFrame:
    """A row per group in texts."""
    return pd.DataFrame(
        {
            group_name(column.name): [row.value for row in column.rows],
            "Test cases": [row.cases for row in column.rows],
            "Accuracy of the team": [words.with_interval(*row.accuracy) for row in column.rows],
            "Read by experts": [words.with_interval(*row.deferral) for row in column.rows],
        }
    )


def group_words(column: GroupColumn) -> tuple[list[str], list[str]]:
    """What differs between the groups beyond chance (warnings), and what does not."""
    warned, calm = [], []
    for test, what in ((column.accuracy, "Accuracy"), (column.deferral, "How often experts read")):
        chance = "" if test.p is None else f" (p {_p(test.p)})"
        if test.verdict == "differ":
            warned.append(f"{what} differs between the groups beyond chance{chance}.")
        elif test.verdict == "too few":
            calm.append(f"{what}: too few cases per group to compare.")
        else:
            calm.append(f"{what}: {wording.SAME} between the groups{chance}.")
    if column.unshown:
        calm.append(f"{words.count(column.unshown, 'smaller group')} not shown.")
    return warned, calm


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def side_by_side(answers: Mapping[str, Answer], label: str) -> pd.DataFrame:
    """A column per scenario, a row per figure, in texts.

    Args:
      answers: by the scenarios' names, on the same test cases against the same baseline.
      label: the chosen class.
    """
    columns: dict[str, list[str]] = {}
    first = next(iter(answers.values()))
    figures = [card.label for card in wording.cards(first, label)]
    tiring = any(answer.accuracy_with_fatigue is not None for answer in answers.values())
    for name, answer in answers.items():
        rows = []
        for card in wording.cards(answer, label):
            rows += [f"{card.value} ({card.interval})" if card.interval else card.value]
            rows += [card.change]
        if tiring:
            tired = answer.accuracy_with_fatigue
            rows += ["" if tired is None else words.with_interval(tired.value, tired.interval)]
        rows += [amounts.amount(answer.minutes, ""), amounts.amount(answer.cost, "")]
        rows += [f"{answer.scenario.cases_per_day:,}", _limits(answer.scenario)]
        rows += [words.percent(a.share) for a in [*answer.agents[-1:], *answer.agents[:-1]]]
        columns[name] = rows
    heads = [text for figure in figures for text in (figure, "· change")]
    heads += ["Team accuracy with the assumed fatigue"] if tiring else []
    heads += ["Minutes a day", "Cost a day", "Cases per day", "Bounds and rules"]
    heads += [
        f"{called(a.name, start=True)} takes" for a in [*first.agents[-1:], *first.agents[:-1]]
    ]
    return pd.DataFrame({"": heads, **columns})


def _limits(scenario: Scenario) -> str:
    off = sum(not t.on_duty for t in scenario.terms)
    bound = sum(t.on_duty and t.bounded for t in scenario.terms)
    parts = [f"{bound} with bounds", f"{off} off duty", words.count(len(scenario.guards), "rule")]
    return ", ".join(parts)


def agents_csv(answers: Mapping[str, Answer]) -> pd.DataFrame:
    """A row per scenario and agent in plain numbers."""
    rows = []
    for name, answer in answers.items():
        for agent in answer.agents:
            terms = dict(answer.scenario.agents)[agent.name]
            rows.append(
                {
                    "scenario": name,
                    "agent": agent.name,
                    "on_duty": agent.on_duty,
                    "least": agent.lower,
                    "greatest": agent.upper,
                    "share": agent.share,
                    "share_low": agent.share_interval[0],
                    "share_high": agent.share_interval[1],
                    "coming_cases": answer.coming_cases,
                    "coming_low": agent.coming[0],
                    "coming_high": agent.coming[1],
                    "cases_per_day": agent.cases,
                    "minutes_per_day": agent.minutes,
                    "cost_per_day": agent.cost,
                    "accuracy": agent.accuracy.value,
                    "accuracy_low": _end(agent.accuracy, 0),
                    "accuracy_high": _end(agent.accuracy, 1),
                    "measured_cases": agent.measured_cases,
                    "comfortable_cases_per_day": terms.comfortable,
                    "points_lost_by_tiring": agent.fatigue_loss,
                    "points_for_one_more_case_a_day": agent.worth,
                    "outside_by_more_than_chance": agent.outside,
                }
            )
    return pd.DataFrame(rows)


def as_json(
    answers: Mapping[str, Answer],
    about: Mapping[str, Any],
    label: str,
    never: Mapping[str, NeverAbove] | None = None,
    truths: Mapping[str, Sequence[UnderTruth]] | None = None,
) -> str:
    """Scenarios and their answers as one JSON object.

    Args:
      answers: by name.
      about: what they are of (run, seed, data set).
      label: the chosen class.
      never: simulated days by name, for the scenarios where they were requested.
      truths: accuracy under other truths by name, for sets whose truth is a consensus.
    """
    scenarios = []
    for name, answer in answers.items():
        plain = {**answer.scenario.to_dict(), "name": name}
        figures = {
            "accuracy": _plain(answer.accuracy, answer.change),
            "sensitivity": _plain(answer.sensitivity, answer.sensitivity_change),
            "specificity": _plain(answer.specificity, answer.specificity_change),
            "misses_per_1000": _plain(answer.misses, answer.misses_change),
            "baseline": answer.baseline.name,
            "class": label,
            "measured": answer.measured,
            "unplaced": answer.unplaced,
            "minutes_per_day": answer.minutes,
            "cost_per_day": answer.cost,
            "moved": None if answer.moved is None else int(answer.moved.sum()),
            "groups": {column.name: _group_figures(column) for column in answer.groups},
        }
        if answer.accuracy_with_fatigue is not None:
            figures["accuracy_tired"] = _plain(answer.accuracy_with_fatigue, None)
        if never and name in never:
            figures["never_above"] = cap_words.plain(never[name])
        if truths and truths.get(name):
            figures["accuracy_by_truth"] = plain_truths(truths[name])
        table = agents_csv({name: answer}).drop(columns=["scenario"])
        figures["agents"] = [
            {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
            for row in table.astype(object).where(table.notna(), None).to_dict("records")
        ]
        scenarios.append({"scenario": plain, "answer": figures})
    whole = {**about, "scenarios": scenarios}
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False, default=_number) + "\n"


def _group_figures(column: GroupColumn) -> dict[str, dict[str, Any]]:
    """Figures of every group of a column, by the group's value."""
    return {
        row.value: {
            "test_cases": row.cases,
            "measured_cases": row.measured_cases,
            "accuracy": _plain(row.accuracy, None),
            "read_by_experts": _plain(row.deferral, None),
        }
        for row in column.rows
    }


def under_truths(rows: Sequence[UnderTruth]) -> pd.DataFrame:
    """A row per ground truth: on how many test cases, and how accurate the team is by it."""
    return pd.DataFrame(
        {
            "Ground truth": [row.label for row in rows],
            "Test cases": [row.cases for row in rows],
            "Differs from the first in": [row.differ for row in rows],
            "Accuracy of the team": [
                words.with_interval(row.accuracy.value, row.accuracy.interval) for row in rows
            ],
        }
    )


TRUTHS = (
    "The same decisions, scored by other ground truths; nothing is trained or assigned again. "
    "Where the rows are far apart, the answer depends on the choice of the consensus."
)


def settings(scenario: Scenario, guards: Sequence[str]) -> list[tuple[str, str]]:
    """The scenario as names and values, for a report."""
    rows = [("Cases per day", f"{scenario.cases_per_day:,}")]
    for name, terms in [*scenario.agents[-1:], *scenario.agents[:-1]]:
        rows.append((name if name != AI else "The AI", _terms(scenario, terms)))
    rows.append(("Rules", " ".join(guards) or "none"))
    fatigue = "none assumed"
    if scenario.fatigue is not None:
        fatigue = (
            f"assumed: {scenario.fatigue:g} points lost per 10 % beyond the comfortable load, down "
            "to guessing at worst"
        )
    return [*rows, ("Fatigue", fatigue)]


def _terms(scenario: Scenario, terms: Any) -> str:
    if not terms.on_duty:
        return "off duty"
    parts = [words.range_words(scenario, terms)]
    if terms.minutes:
        parts.append(f"{terms.minutes:g} minutes per case")
    if terms.cost:
        parts.append(f"cost {terms.cost:g} per case")
    if terms.comfortable is not None:
        parts.append(f"comfortable up to {terms.comfortable:g} cases a day")
    return ", ".join(parts)


def _plain(figure: Figure, change: Any) -> dict[str, Any]:
    return {
        "value": figure.value,
        "interval": None if figure.interval is None else list(figure.interval),
        "change": None if change is None else change.to_dict(),
    }


def _end(figure: Figure, place: int) -> float | None:
    return None if figure.interval is None else figure.interval[place]


def _number(value: Any) -> Any:
    """Plain values of NumPy's scalars."""
    return value.item()
