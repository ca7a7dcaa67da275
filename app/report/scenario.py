"""Scenarios and their answers as one HTML page that opens without the program."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from app import words
from app.charts import workload as charts
from app.report import markup, settings
from app.results import caps
from app.results import scenario as told
from app.results import scenario_tables as tables
from core.dataset.group_names import group_name
from core.results.models import RunResult
from core.scenarios.answer import Answer
from core.scenarios.caps import cap_days
from core.scenarios.guards import guard_words
from core.scenarios.never_above import NeverAbove

_MEASURED = (
    "Who gets a case is decided by prices per agent, fitted on validation cases so that the bounds "
    "hold, and used unseen on the test cases, one case at a time. All figures are on test cases.",
    "A missing annotation is never counted as right or wrong and never filled in: each agent is "
    "measured on the cases handed to it that it did annotate, the team is their mean weighted by "
    "workload. That is unbiased when annotations are missing completely at random.",
    "Brackets hold 95 % intervals. Changes are paired: both ways to decide on the same resamples "
    "of the same test cases; “not distinguishable” means that the interval includes zero.",
    "The coming workload is an interval that allows for the chance of both the validation cases "
    "and the coming ones. It holds as long as the coming cases are like these.",
    "What one more case a day is worth is what the model expects, not a measured figure. So is "
    "tiredness: an assumption of whoever made the scenario.",
)

_MOST = 10  # maximums said one by one, those that can end highest above first; all are in the table


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioContents:
    """What the report is made of.

    Attributes:
      answers: by the scenarios' names, the one looked at first, against one baseline.
      against: what the baseline is called. label: the class looked at.
      result: of the run that answers. run_id: its id. dataset: what its set is called.
      line: which model answers, in one sentence.
      versions: of the program's libraries. made: when, as text.
      never: simulated days on which nobody gets more than the maximum, where they were asked for.
    """

    answers: Mapping[str, Answer]
    against: str
    label: str
    result: RunResult
    run_id: str
    dataset: str
    line: str
    versions: Mapping[str, str]
    made: str
    never: Mapping[str, NeverAbove] = field(default_factory=dict)


def html(contents: ScenarioContents) -> str:
    """The whole report as one HTML document."""
    first = next(iter(contents.answers))
    title = f"Workload: {first}"
    body = "".join(
        [
            f"<header><h1>{markup.escape(title)}</h1>\n",
            markup.paragraph(
                f"Caseload report of {contents.made}: who should decide which case, the AI or "
                "which human expert?",
                "note",
            ),
            markup.paragraph(contents.line),
            "</header>\n",
            *(_scenario(name, answer, contents) for name, answer in contents.answers.items()),
            _beside(contents),
            markup.section("How this is measured", markup.points(_MEASURED)),
            markup.section(
                "The run that answers",
                markup.pairs(settings.trained(contents.result, contents.dataset, contents.run_id)),
            ),
            markup.section(
                "Versions",
                markup.pairs([(name, version) for name, version in contents.versions.items()]),
            ),
        ]
    )
    return markup.page(title, body)


def _scenario(name: str, answer: Answer, contents: ScenarioContents) -> str:
    shown = told.cards(answer, contents.label)
    rows = told.bars(answer, "share")
    boxes = "".join(
        f"<div>{markup.escape(card.label)}<b>{markup.escape(card.value)}</b>"
        f"<span>{markup.escape(card.interval)}<br>{markup.escape(card.change)}</span></div>"
        for card in shown
    )
    names = answer.scenario.names
    guards = [words.sentence(guard_words(guard), names) for guard in answer.scenario.guards]
    limited = cap_days(answer)
    parts = [
        f'<div class="key">{boxes}</div>\n',
        markup.paragraph(told.verdict(answer, contents.against)),
        markup.points(told.breaches(answer), "warning"),
        markup.figure(
            lambda theme: charts.bars(rows, axis=told.UNITS["share"], theme=theme, share=True),
            "Share of the cases per agent with its bounds; the numbers are in the table below.",
        ),
        markup.points(caps.expected(row) for row in limited[:_MOST]),
        markup.paragraph(f"{caps.ON_AVERAGE}.", "note") if caps.can_be_above(limited) else "",
        markup.points([told.hands(answer, contents.against), *told.worths(answer)]),
        markup.table(tables.agents(answer), "Every agent", numbers=("Measured cases",)),
        markup.paragraph(note, "note") if (note := tables.above_note(answer)) else "",
        markup.points(told.sure(answer)),
    ]
    if found := contents.never.get(name):
        parts += [
            markup.heading("Never above the maximum"),
            markup.points([caps.accuracy(found), caps.waiting(found)]),
            markup.table(caps.agents(found), "Simulated days", numbers=("Highest day",)),
            markup.paragraph(caps.basis(found), "note"),
        ]
    if tired := told.tired_words(answer):
        parts.append(markup.paragraph(tired, "warning"))
    for column in answer.groups:
        warned, calm = tables.group_words(column)
        parts += [
            markup.heading(group_name(column.name)),
            markup.points(warned, "warning"),
            markup.table(
                tables.groups(column), f"By {group_name(column.name)}", numbers=("Test cases",)
            ),
            markup.paragraph(" ".join(calm), "note"),
        ]
    parts += [
        markup.heading("What was set"),
        markup.pairs(tables.settings(answer.scenario, guards)),
    ]
    return markup.section(name, *parts)


def _beside(contents: ScenarioContents) -> str:
    if len(contents.answers) < 2:
        return ""
    names = list(contents.answers)
    frame = tables.shares(contents.answers)
    table: pd.DataFrame = tables.side_by_side(contents.answers, contents.label)
    return markup.section(
        "Side by side",
        markup.figure(
            lambda theme: charts.small(names, frame, theme=theme),
            "Workload per agent in each scenario; the numbers are in the table below.",
        ),
        markup.table(table, f"Changes are against “{contents.against}”"),
    )
