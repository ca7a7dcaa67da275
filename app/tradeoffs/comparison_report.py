"""The report of a comparison: any number of runs, their curves, areas and settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from app.shared import comparison_words as compare_words
from app.shared import report_settings, words
from app.shared.report_frame import document, plot
from app.tradeoffs import comparison_chart as charts
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
    lines, table = several.lines, several.table
    names, shown = [line.name for line in lines], lines[: charts.MOST_LINES]
    left_out = (
        f"The first {len(shown)} of {len(lines)} runs: more could not be told apart. The tables "
        "hold all."
    )
    same, differ = _settings(several)
    return document(
        "tradeoffs/comparison_report",
        title=f"{len(several.runs)} runs compared: {words.rule_name(several.rule)}",
        made=several.made,
        troubles=[f"{n}: {t}." for n, t in zip(names, several.troubles, strict=True) if t],
        curves=plot(lambda theme: charts.compare(shown, [], theme=theme)),
        left_out=left_out if len(shown) < len(lines) else "",
        numbers=_numbers(lines),
        areas=pd.DataFrame(
            {
                "Run": names,
                "Method": list(table["method"]),
                "Area under the curve": list(table["area"]),
                f"Against “{names[0]}”": list(table["against"]),
                "Paired by": list(table["paired"]),
            }
        ),
        area_words=f"{compare_words.AREA}over seeds (Student t), or over test cases",
        one_by_one=compare_words.ONE_BY_ONE,
        differ=pd.DataFrame({"Run": names, **differ}),
        same=same,
    )


def _numbers(lines: Sequence[charts.Line]) -> pd.DataFrame:
    """A row per run and point."""
    return pd.DataFrame(
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


def _settings(several: Several) -> tuple[list[tuple[str, str]], dict[str, list[str]]]:
    """What all runs have in common, and what differs, a value per run."""
    asked: list[Mapping[str, str]] = [
        {
            "Run id": run_id,
            "Data set": data,
            **dict(report_settings.by_consensus(run)),
            **dict(report_settings.asked(run.config)),
        }
        for run, run_id, data in zip(several.runs, several.run_ids, several.datasets, strict=True)
    ]
    every = list(dict.fromkeys(name for one in asked for name in one))
    same = [name for name in every if len({one.get(name) for one in asked}) == 1]
    differ = {
        name: [one.get(name, words.UNKNOWN) for one in asked] for name in every if name not in same
    }
    return [(name, asked[0][name]) for name in same], differ
