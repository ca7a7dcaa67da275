"""Several runs in one figure, their areas and paired differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app.shared import comparison_words, curve_tables, looks, state, views, words
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import comparison_chart as charts
from app.tradeoffs import curve_queries, labelled, picker
from app.tradeoffs.chosen_run import Chosen
from app.tradeoffs.names import run_names
from core.dataset.annotation_set import AI
from core.experiment.collapse import AFFECTED
from core.methods.rules import RULES
from core.results.curve import same_test_cases
from core.results.models import RunResult

if TYPE_CHECKING:
    from core.evaluation.areas import AreaDifference

AGAINST = "Against the first run"
_HEIGHT = 390  # with pickers above it, the figure fits a small screen
_MOST_ROWS = 12  # of the table before it scrolls
_ROW, _HEAD = 35, 37  # pixels
_TABLE = "compared_runs"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Runs beside one another, the first is what the others are compared with.

    Attributes:
      chosen: the runs.
      wanted: the rule; runs without it are shown under their own.
      runs: their results, without what only a single point is asked for.
      names: a short name each, no two alike.
      differences: area of each less the first's; None for the first and where there is no area.
    """

    chosen: Chosen
    wanted: str
    runs: Sequence[RunResult]
    names: Sequence[str]
    differences: "Sequence[AreaDifference | None]"

    @property
    def diverged(self) -> list[bool]:
        """Whether each run's training diverged and spoils its curve here."""
        return [
            run.rule_of(self.wanted) in AFFECTED and bool(record.trouble)
            for run, record in zip(self.runs, self.chosen.records, strict=True)
        ]


def rules(chosen: Chosen) -> tuple[list[str], str]:
    """The rules of all runs, and the one to start with.

    Where the methods differ that is the gating model's own: the rule `value` is learnt in the same
    way whatever the method, so its curves would be the same.
    """
    runs = [curve_queries.curve(record.run_id) for record in chosen.records]
    found = [rule for rule in RULES if any(rule in r.rules for r in runs)]
    found = found or list(runs[0].rules)
    differ = _methods_differ(chosen) and "gate" in found
    return found, "gate" if differ else runs[0].rules[0]


def why_gating(chosen: Chosen) -> None:
    """Says where the methods differ which rules can show it."""
    if _methods_differ(chosen):
        gate, priced, value = (words.rule_name(rule) for rule in ("gate", "priced", "value"))
        st.caption(
            f"The methods differ, so the comparison opens with “{gate}”: this and “{priced}” show "
            f"what a method changes, “{value}” does not depend on it."
        )


def compared(chosen: Chosen, wanted: str) -> Compared:
    """The chosen runs under a rule, with every difference to the first."""
    runs = [curve_queries.curve(record.run_id) for record in chosen.records]
    first = (chosen.record.run_id, runs[0].rule_of(wanted))
    differences = [None] + [
        None
        if run.is_bounded or runs[0].is_bounded
        else curve_queries.area_difference((record.run_id, run.rule_of(wanted)), first)
        for record, run in zip(chosen.others, runs[1:], strict=True)
    ]
    return Compared(chosen, wanted, runs, run_names(chosen.records), differences)


def lines(found: Compared) -> list[charts.Line]:
    """A curve per run, each with a look that it keeps when another one comes first."""
    records = found.chosen.records
    aged = sorted(records, key=lambda record: (record.created, record.run_id))
    styles = {record.run_id: style for style, record in enumerate(aged)}
    return [
        line(run, record.run_id, name, run.rule_of(found.wanted), styles[record.run_id])
        for run, record, name in zip(found.runs, records, found.names, strict=True)
    ]


def comparison(chosen: Chosen, wanted: str, point: OperatingPoint) -> None:
    """The curves of the chosen runs, and a table of their areas against the first run's.

    Args:
      chosen: the runs.
      wanted: the rule; runs without it are shown under their own.
      point: of the first run, which is looked at.
    """
    found = compared(chosen, wanted)
    every = lines(found)
    drawn = [every[place] for place in _drawn(chosen)]
    shared = all(same_test_cases(found.runs[0], run) for run in found.runs[1:])
    first = found.runs[0]
    everyone = curve_tables.everyone(first, first.rule_of(wanted))
    experts = [s for s in everyone if s.name != AI]
    key = "compared"
    labelled.chart(
        charts.compare(
            drawn,
            experts if shared else [],
            theme=state.theme(),
            height=_HEIGHT,
            chosen=picker.ringed(point),
        ),
        key,
        on_select=lambda: picker.on_click(key),
        selection_mode="points",
        alt="Team accuracy against the share of cases the AI takes, of several runs. "
        + " ".join([*(spoken(one) for one in drawn), picker.ringed_words(point)]).rstrip(),
    )
    _explained(found, drawn, shared)
    for text in comparison_words.on_one_another(found.runs, wanted, found.names):
        st.info(views.escape(text), icon=":material/layers:")
    _table(found, every)


def line(run: RunResult, run_id: str, name: str, rule: str, style: int) -> charts.Line:
    """One run's curve for the figure."""
    mean, points = curve_tables.curve_mean(run, rule), curve_tables.curve_points(run, rule)
    return charts.Line(name, run_id, mean, points, style)


def spoken(one: charts.Line) -> str:
    """A curve in words."""
    if one.mean.empty:
        return f"{one.name}: accuracy could not be measured."
    best = one.mean.loc[one.mean["accuracy"].idxmax()]
    return (
        f"{one.name}: highest {words.percent(best['accuracy'])} where the AI takes "
        f"{words.percent(best['coverage'])}."
    )


def _methods_differ(chosen: Chosen) -> bool:
    return len({record.config.method for record in chosen.records}) > 1


def _drawn(chosen: Chosen) -> list[int]:
    """Places of the runs that are drawn: the first ones, and those selected in the table."""
    count = len(chosen.records)
    event = st.session_state.get(_table_key(chosen)) or {}
    selected = event.get("selection", {}).get("rows", [])
    return sorted({*range(min(count, charts.MOST_LINES)), *(i for i in selected if i < count)})


def _table_key(chosen: Chosen) -> str:
    # Selections are row numbers: other runs make another table.
    return f"{_TABLE}_{hash(tuple(record.run_id for record in chosen.records))}"


def _explained(found: Compared, drawn: Sequence[charts.Line], shared: bool) -> None:
    parts = []
    if len(drawn) < len(found.runs):
        parts.append(
            f"{len(drawn)} of {len(found.runs)} curves are drawn: more could not be told apart. "
            "Select rows of the table to draw theirs too; the table and the files hold all."
        )
    if len(drawn) > charts.MOST_BANDS:
        parts.append(
            f"The band is the 95 % interval of the first run ({drawn[0].name}); a point's own "
            "interval is shown when the pointer rests on it."
        )
    else:
        parts.append("Bands are 95 % intervals; small marks are single seeds.")
    parts.append("Click a point to see its figures; its run then comes first.")
    if shared:
        parts.append("Dotted level lines: experts who decide every case alone.")
    else:
        parts.append(
            "These runs were tested on different cases, so their curves say as much about the "
            "cases as about the runs."
        )
    others = [
        name
        for name, run in zip(found.names, found.runs, strict=True)
        if found.wanted not in run.rules
    ]
    if others:
        parts.append(
            f"{words.listing(others)}: without this decision rule, so shown under the method's own."
        )
    st.caption(views.escape(" ".join(parts)))
    bad = [name for name, is_bad in zip(found.names, found.diverged, strict=True) if is_bad]
    if bad:
        st.warning(
            f"Training diverged in {views.escape(words.listing(bad))}: curve and area are those "
            "of networks that learned nothing at some points.",
            icon=":material/warning:",
        )


def table(found: Compared) -> pd.DataFrame:
    """`core`'s `comparison_table`, with a note where training diverged."""
    frame = comparison_words.comparison_table(found.runs, found.wanted, found.differences)
    frame["area"] = [
        f"{area}, training diverged" if bad else area
        for area, bad in zip(frame["area"], found.diverged, strict=True)
    ]
    return frame


def _table(found: Compared, every: Sequence[charts.Line]) -> None:
    frame = table(found)
    names = [f"{looks.look(one.style, 'light').glyph} {one.name}" for one in every]
    frame.insert(0, "run", views.isolate(names))
    if frame["method"].nunique() == 1:
        frame = frame.drop(columns="method")
    selects: dict[str, Any] = {}
    if len(every) > charts.MOST_LINES:
        selects = {
            "key": _table_key(found.chosen),
            "on_select": "rerun",
            "selection_mode": "multi-row",
        }
    st.dataframe(
        frame.rename(
            columns={
                "run": "Run",
                "method": "Method",
                "area": "Area under the curve",
                "against": AGAINST,
                "paired": "Paired by",
            }
        ),
        hide_index=True,
        height="content" if len(frame) <= _MOST_ROWS else _HEAD + _ROW * _MOST_ROWS,
        column_config={
            "Run": st.column_config.TextColumn(width=230),
            "Area under the curve": st.column_config.TextColumn(
                help=f"{comparison_words.AREA}{comparison_words.OVER_SEEDS} With one seed: "
                f"{comparison_words.OVER_CASES}"
            ),
            AGAINST: st.column_config.TextColumn(
                help=f"Area less that of “{found.names[0]}”, with its 95 % interval: paired over "
                "test cases by the same resamples for both, and over seeds by Student's t, "
                f"whichever is wider. {comparison_words.ONE_BY_ONE}"
            ),
        },
        alt="Area under the curve per run with 95 % intervals and differences to the first run",
        **selects,
    )
    unpaired = [d for d in found.differences if d is not None and not (d.by_cases or d.by_seeds)]
    if unpaired:
        st.caption(
            "Not paired: the runs were measured on different test cases, or their resamples are "
            "lost. Their two intervals are combined, which detects less; with "
            "different cases the difference is not due to the method alone."
        )
