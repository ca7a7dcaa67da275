"""A scenario's answer as the numbers and sentences that screen, report and files share."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from app.shared import words
from app.shared.amounts import amount
from core.dataset.agent_names import called
from core.evaluation.intervals import Difference
from core.results.figure import Figure
from core.scenarios.answer import AgentAnswer, Answer
from core.scenarios.flows import flows

if TYPE_CHECKING:
    from core.record.scenario_store import Saved
    from core.scenarios.settings import Scenario

SAME = "not distinguishable"
UNSAVED = "Unsaved scenario"


class Card(NamedTuple):
    """One figure of the answer.

    Attributes:
      label: what it is. short: the same without the class.
      value: in words. interval: of it, in words.
      change: against the baseline, in words. tone: `better`, `worse` or nothing where chance may
        be all there is.
      help: what it means.
    """

    label: str
    short: str
    value: str
    interval: str
    change: str
    tone: str
    help: str


def cards(answer: Answer, label: str) -> list[Card]:
    """Accuracy, and of a class: missed cases, sensitivity and specificity.

    Args:
      answer: to show.
      label: the class of `answer.class_index`.
    """
    return [
        _card(
            ("Team accuracy", "Team accuracy"),
            answer.accuracy,
            answer.change,
            "Share of the test cases decided correctly; 95 % interval by bootstrap over the cases. "
            "The change is paired: the same resamples of the same cases. Where patients are known, "
            "patients, not cases, are resampled.",
        ),
        _card(
            (f"Missed “{label}” of 1,000 cases", "Missed of 1,000"),
            answer.misses,
            answer.misses_change,
            f"Of 1,000 cases, how many are “{label}” but classified as something else, if the "
            "class is as common as among the test cases.",
            per_thousand=True,
        ),
        _card(
            (f"Sensitivity for “{label}”", "Sensitivity"),
            answer.sensitivity,
            answer.sensitivity_change,
            f"Of the cases that are “{label}”, the share classified as it.",
        ),
        _card(
            (f"Specificity for “{label}”", "Specificity"),
            answer.specificity,
            answer.specificity_change,
            f"Of the cases that are not “{label}”, the share not classified as it.",
        ),
    ]


def _card(
    names: tuple[str, str],
    figure: Figure,
    change: Difference | None,
    help_: str,
    *,
    per_thousand: bool = False,
) -> Card:
    if figure.value is None:
        return Card(*names, words.UNKNOWN, "cannot be measured", "", "", help_)
    if per_thousand:
        value = f"{figure.value:.1f}"
        ends = figure.interval and f"{figure.interval[0]:.1f}–{figure.interval[1]:.1f}"
    else:
        value = words.percent(figure.value)
        ends = figure.interval and f"{100 * figure.interval[0]:.1f}–{100 * figure.interval[1]:.1f}"
    tone = ""
    if change is not None and change.distinguishable:
        # Fewer misses are better.
        tone = "better" if (change.difference > 0) != per_thousand else "worse"
    return Card(*names, value, ends or "", change_words(change, per_thousand), tone, help_)


def change_words(change: Difference | None, per_thousand: bool = False) -> str:
    """A change with its interval: `+1.2 (+0.3 to +2.1)`, marked where chance may explain it."""
    if change is None:
        return "no comparison"
    by = 1.0 if per_thousand else 100.0
    low, high = (words.signed(by * end) for end in change.interval)
    text = f"{words.signed(by * change.difference)} ({low} to {high})"
    return text if change.distinguishable else f"{text}, {SAME}"


def verdict(answer: Answer, against: str) -> str:
    """The answer in one sentence.

    Args:
      answer: to the scenario.
      against: what the baseline is called.
    """
    accuracy, change = answer.accuracy, answer.change
    if accuracy.value is None:
        return "The accuracy cannot be measured: an agent with work annotated no test case."
    if change is None:
        return f"No comparison with “{against}”: one of the two cannot be measured."
    low, high = (words.signed(100 * end) for end in change.interval)
    if not change.distinguishable:
        return (
            f"{SAME.capitalize()} from “{against}”: the change lies between {low} and {high} "
            "points."
        )
    more = "more" if change.difference > 0 else "less"
    return (
        f"{100 * abs(change.difference):.1f} points {more} accurate than “{against}” "
        f"({low} to {high} points)."
    )


def breaches(answer: Answer) -> list[str]:
    """Agents whose workload is outside its bounds beyond chance, in the bound's unit."""
    found = []
    for agent in answer.agents:
        if not agent.outside:
            continue
        terms, above = dict(answer.scenario.agents)[agent.name], agent.share > agent.upper
        where, bound = ("above", terms.maximum) if above else ("below", terms.minimum)
        assert bound is not None  # nobody has more than all cases
        by = agent.share - agent.upper if above else agent.lower - agent.share
        cases = f"{amount(by * answer.scenario.cases_per_day, 'cases')} a day"
        found.append(
            f"{called(agent.name, start=True)} is "
            f"{cases if bound.unit == 'cases' else f'{100 * by:.1f} points'} {where} its "
            f"{'maximum' if above else 'minimum'} of {bound.words()} on the test cases."
        )
    return found


def predictions(answer: Answer) -> list[str]:
    """95 % prediction interval of each agent's workload among the upcoming cases."""
    n = answer.coming_cases
    sentences = []
    for agent in answer.agents:
        if not agent.on_duty or agent.coming[1] <= 0:
            continue
        low, high = (n * end for end in agent.coming)
        above = ""
        if can_exceed(agent):
            above = (
                f"; that is up to {amount(high - n * agent.upper, 'cases')} above the maximum of "
                f"{amount(n * agent.upper, '')} ({words.percent(agent.upper)})"
            )
        sentences.append(
            f"{called(agent.name, start=True)}: {math.floor(low + 1e-9):,} to "
            f"{math.ceil(high - 1e-9):,} of the next {words.count(n, 'case')} "
            f"({100 * agent.coming[0]:.1f}–{words.percent(agent.coming[1])}){above}."
        )
    return sentences


def can_exceed(agent: AgentAnswer) -> bool:
    """Whether the interval of an agent's coming workload reaches above its maximum."""
    return agent.on_duty and agent.coming[1] > agent.upper + 1e-9


def worths(answer: Answer) -> list[str]:
    """What one more case a day of each agent's maximum is worth, the most first."""
    bound = [a for a in answer.agents if a.on_duty and a.worth > 5e-5]
    sentences = [
        f"One more case a day for {called(a.name)}: {worth(a.worth)} correct decisions per 1,000 "
        "cases."
        for a in sorted(bound, key=lambda a: -a.worth)
    ]
    return sentences or ["No upper bound is binding; extra capacity would not raise accuracy."]


def worth(points: float) -> str:
    """Points of accuracy as correct decisions per 1,000 cases: `+0.5`, `+0.04`."""
    return words.signed(10 * points, 1 if points >= 0.01 else 2 if points >= 0.001 else 3)


def changes_of_hands(answer: Answer, against: str) -> str:
    """How many test cases go to another agent than in the baseline."""
    moving = flows(answer)
    recorded = float(moving[:-1].sum())
    moved = recorded - float(np.trace(moving[:-1, :-1]))
    if answer.moved is not None:
        moved, recorded = float(np.sum(answer.moved)), len(answer.moved)
    about = "" if answer.moved is not None else "On average "
    return (
        f"{about}{words.count(round(moved), 'test case')} of {round(recorded):,} "
        f"({words.percent(moved / max(recorded, 1))}) go to another agent than under “{against}”."
    )


def left_out(answer: Answer) -> list[str]:
    """What the figures leave out, where they leave out anything."""
    sentences = []
    if answer.unplaced > 0:
        sentences.append(
            f"Under these rules nobody may take {words.percent(answer.unplaced)} of the test "
            "cases; they are in no figure."
        )
    if answer.measured < 0.9995:
        sentences.append(
            f"{words.percent(answer.measured)} of the test cases could be scored. "
            + words.RANDOM_MISSING
        )
    return sentences


def fatigue_words(answer: Answer) -> str:
    """The accuracy under the assumed fatigue; empty where none is assumed."""
    fatigued = answer.accuracy_with_fatigue
    if fatigued is None:
        return ""
    worst = max(answer.agents, key=lambda a: a.fatigue_loss)
    if worst.fatigue_loss <= 0:
        return "Fatigue is assumed, but nobody works beyond a comfortable load."
    return (
        f"With the assumed fatigue: {words.with_interval(*fatigued)} instead "
        f"of the measured {words.percent(answer.accuracy.value)}. "
        f"{called(worst.name, start=True)} loses most, "
        f"{words.signed(worst.fatigue_loss, 2).removeprefix('+')} points per case; "
        "nobody falls below guessing."
    )


def scenario_name(scenario: "Scenario", known: "Mapping[str, Saved]") -> str:
    """The current scenario's name: as it is saved, or that it is unsaved."""
    plain = replace(scenario, name="")
    alike = [one.name for one in known.values() if replace(one.scenario, name="") == plain]
    if alike:
        return scenario.name if scenario.name in alike else alike[0]
    return f"{scenario.name} (changed)" if scenario.name else UNSAVED
