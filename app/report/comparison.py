"""The report of a comparison: any number of runs, their curves, areas and settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from app import words
from app.charts import compare as charts
from app.report import markup, settings
from app.results import compare as compare_words
from core.results.models import RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """What the report of a comparison is made of, everything in the order of the runs.

    Attributes:
      runs: their results. run_ids, datasets: their ids, and what their data sets are called.
      troubles: what went wrong in training, empty where nothing did.
      rule: under which they are compared, where they have it.
      lines: their curves; the name of each is that of its run.
      table: a row per run: method, area, against, paired.
      made: when, as text.
    """

    runs: Sequence[RunResult]
    run_ids: Sequence[str]
    datasets: Sequence[str]
    troubles: Sequence[str]
    rule: str
    lines: Sequence[charts.Line]
    table: pd.DataFrame
    made: str


def comparison_html(several: Several) -> str:
    """The whole report as one HTML document."""
    title = f"{len(several.runs)} runs compared: {words.rule_name(several.rule)}"
    names = [line.name for line in several.lines]
    troubles = [
        f"{name}: {trouble}."
        for name, trouble in zip(names, several.troubles, strict=True)
        if trouble
    ]
    body = "".join(
        [
            f"<header><h1>{markup.escape(title)}</h1>\n",
            markup.paragraph(f"Caseload report of {several.made}.", "note"),
            "</header>\n",
            markup.points(troubles, "warning"),
            _curves(several.lines),
            _areas(several, names),
            _settings(several, names),
        ]
    )
    return markup.page(title, body)


def _curves(lines: Sequence[charts.Line]) -> str:
    drawn = lines[: charts.MOST_LINES]
    alt = "Team accuracy against the share of cases that the AI takes, a line per run."
    parts = [markup.figure(lambda theme: charts.compare(drawn, [], theme=theme), alt)]
    if len(drawn) < len(lines):
        parts.append(
            markup.paragraph(
                f"The first {len(drawn)} of {len(lines)} runs: more could not be told apart. The "
                "tables hold all.",
                "note",
            )
        )
    numbers = pd.DataFrame(
        [
            {
                "Run": line.name,
                "The AI takes": words.percent(point.coverage),
                "Accuracy of the team": words.with_interval(
                    point.accuracy, None if point.low != point.low else (point.low, point.high)
                ),
            }
            for line in lines
            for point in line.mean.itertuples()
        ]
    )
    if len(numbers):
        parts.append(markup.table(numbers, "The curves in numbers"))
    return markup.section("Accuracy against coverage", *parts)


def _areas(several: Several, names: Sequence[str]) -> str:
    shown = pd.DataFrame(
        {
            "Run": names,
            "Method": list(several.table["method"]),
            "Area under the curve": list(several.table["area"]),
            f"Against “{names[0]}”": list(several.table["against"]),
            "Paired by": list(several.table["paired"]),
        }
    )
    return markup.section(
        "Area under the curve",
        markup.table(shown, compare_words.AREA + "over seeds (Student t), or over test cases"),
        markup.paragraph(compare_words.ONE_BY_ONE, "note"),
    )


def _settings(several: Several, names: Sequence[str]) -> str:
    """What all runs have in common, and a table of what differs."""
    asked: list[Mapping[str, str]] = [
        {"Run id": run_id, "Data set": data, **dict(settings.asked(run.config))}
        for run, run_id, data in zip(several.runs, several.run_ids, several.datasets, strict=True)
    ]
    every = list(dict.fromkeys(name for one in asked for name in one))
    same = [name for name in every if len({one.get(name) for one in asked}) == 1]
    differ = [name for name in every if name not in same]
    table = {name: [one.get(name, words.UNKNOWN) for one in asked] for name in differ}
    return markup.section(
        "Settings",
        markup.table(pd.DataFrame({"Run": names, **table}), "What differs"),
        markup.heading("The same in all runs"),
        markup.pairs([(name, asked[0][name]) for name in same]),
    )
