"""Scenarios and their answers as one HTML page that opens without the program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from app.shared import report_settings, words, workload_bars
from app.shared.report_frame import document
from app.workload import cap_words, flow_chart
from app.workload import scenario_tables as tables
from app.workload import scenario_words as wording
from core.dataset.group_names import group_name
from core.results.models import RunResult
from core.scenarios.answer import Answer
from core.scenarios.caps import cap_days
from core.scenarios.guards import guard_words
from core.scenarios.never_above import NeverAbove
from core.scenarios.truths import UnderTruth

_MOST = 10  # maximums in sentences, those that can end highest above first; all are in the table


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioContents:
    """What the report is made of.

    Attributes:
      answers: by the scenarios' names, the current one first, against one baseline.
      against: name of the baseline. label: the chosen class.
      result: of the run that answers. run_id: its id. dataset: name of its set.
      line: which model answers, in a sentence or two.
      versions: of the program's libraries. made: when, as text.
      never: simulated days on which nobody gets more than the maximum, where requested.
      truths: accuracy under other truths, where the truth is a consensus.
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
    truths: Mapping[str, Sequence[UnderTruth]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scenario:
    """One scenario's part of the report, in the words of the Workload page.

    Attributes:
      never: of simulated days that keep every maximum: sentences, agents, how they were made.
      groups: of each group column: name, table, what differs, what does not.
    """

    name: str
    verdict: str
    fatigue: str
    breaches: Sequence[str]
    figures: Sequence[tuple[str, str, str, str]]
    bars: workload_bars.Figure
    caps: Sequence[str]
    on_average: str
    flow: flow_chart.Picture
    meaning: Sequence[str]
    agents: pd.DataFrame
    agents_note: str
    left_out: Sequence[str]
    never: tuple[Sequence[str], pd.DataFrame, str] | None
    groups: Sequence[tuple[str, pd.DataFrame, Sequence[str], Sequence[str]]]
    truths: pd.DataFrame | None
    settings: Sequence[tuple[str, str]]


def html(contents: ScenarioContents) -> str:
    """The whole report as one HTML document."""
    answers = contents.answers
    return document(
        "workload/scenario_report",
        title=words.listing(list(answers)),
        of=contents,
        truth_words=tables.TRUTHS,
        consensus=[text for _, text in report_settings.by_consensus(contents.result)],
        scenarios=[_scenario(name, answer, contents) for name, answer in answers.items()],
        beside=workload_bars.side_by_side(answers),
        table=tables.side_by_side(answers, contents.label),
        trained=report_settings.trained(contents.result, contents.dataset, contents.run_id),
    )


def _scenario(name: str, answer: Answer, contents: ScenarioContents) -> _Scenario:
    scenario, limited = answer.scenario, cap_days(answer)
    guards = [words.sentence(guard_words(guard), scenario.names) for guard in scenario.guards]
    found = contents.never.get(name)
    return _Scenario(
        name=name,
        verdict=wording.verdict(answer, contents.against),
        fatigue=wording.fatigue_words(answer),
        breaches=wording.breaches(answer),
        figures=[
            (c.label, c.value, c.interval, c.change) for c in wording.cards(answer, contents.label)
        ],
        bars=workload_bars.of_answer(answer, scenario.unit),
        caps=[cap_words.expected(row) for row in limited[:_MOST]],
        on_average=f"{cap_words.ON_AVERAGE}." if cap_words.can_be_above(limited) else "",
        flow=flow_chart.picture(answer, contents.against),
        meaning=[wording.changes_of_hands(answer, contents.against), *wording.worths(answer)],
        agents=tables.agents(answer),
        agents_note=tables.agents_note(answer),
        left_out=wording.left_out(answer),
        never=None
        if found is None
        else (
            [cap_words.accuracy(found), cap_words.waiting(found)],
            cap_words.agents(found),
            cap_words.basis(found),
        ),
        groups=[
            (group_name(c.name), tables.groups(c), *tables.group_words(c)) for c in answer.groups
        ],
        truths=tables.under_truths(rows) if (rows := contents.truths.get(name)) else None,
        settings=tables.settings(scenario, guards),
    )
