"""One operating point: the team's accuracy, who gets how much, within which bounds."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import against, bar_clicks, case_dialog, operating_point, state, views, words
from app.shared import workload_bars as charts
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import point_words, reference_words
from app.tradeoffs.point_cases import Which
from core.dataset.agent_names import called
from core.results.models import RunResult
from core.results.over_seeds import FITTED

_MOST_BREACHES = 5  # said one by one; the table has all
_MOST_ROWS = 14  # of a table that is shown whole


def figures(result: RunResult, rule: str, point: OperatingPoint) -> None:
    """Accuracy, share of the AI, what could be measured, and what the conclusion lacks."""
    first, second = st.columns(2, gap="small")
    look: dict[str, Any] = {"delta_arrow": "off", "delta_color": "off", "border": True}
    first.metric(
        "Accuracy of the team",
        words.percent(point.accuracy),
        delta=_accuracy_note(point),
        help="Share of the test cases decided rightly; the interval allows for the test cases "
        "being a sample.",
        **look,
    )
    second.metric(
        "The AI takes",
        words.percent(point.coverage),
        delta=f"95 % interval {_range(point.coverage_interval)}"
        if point.coverage_interval
        else None,
        help="Coverage: the AI's share of the test cases. The rest is deferred to experts. "
        + point_words.SHARE_INTERVAL[rule in FITTED],
        **look,
    )
    asked = "Own bounds" if point.target is None else f"Asked for {words.percent(point.target)}"
    st.caption(
        f"{asked}; {words.percent(point.measured)} of {result.cases.test:,} test cases could be "
        "measured.",
        help="Measured: the AI's cases, and those annotated by the expert they are assigned to. A "
        "missing annotation is never counted as right or wrong.",
    )
    with st.container(horizontal=True):
        st.button(
            "Cases of this point",
            key="cases_all",
            icon=":material/list:",
            on_click=case_dialog.ask,
            args=(Which(title="Every test case at the chosen point"),),
        )
    for text in point_words.unknown(point):
        st.warning(views.escape(text), icon=":material/help:")
    best = operating_point.best_point(result, rule)
    # At that point the page's first sentence says it already.
    concluded = (point.target, point.seeds) == (best.target, best.seeds)
    said = [] if concluded else against.sentences(result, rule, point)
    if same := reference_words.on_same_cases(result, rule, point.target):
        said.append(same)
    if said:
        bullet = "- " if len(said) > 1 else ""
        st.markdown("\n".join(f"{bullet}{views.escape(text)}" for text in said))


def workload(rule: str, point: OperatingPoint) -> None:
    """Bars with their bounds, and what is out of bounds in words."""
    drawn = charts.of_point(point)
    st.html(charts.html(state.theme(), drawn, clickable=True))
    bar_clicks.watch(len(point.agents), lambda agent: case_dialog.ask(_of_agent(point, agent)))
    if point.breaches:
        st.warning(_breaches(point), icon=":material/warning:")
    if text := point_words.why_outside(rule, point):
        st.info(views.escape(text), icon=":material/info:")
    said = [bar_clicks.HINT]
    if not point.breaches:
        near = point.agents["near"].ne("").any()
        said.append(
            "Every workload's interval reaches its bounds: chance can explain what is outside."
            if near
            else "Every workload is within its bounds."
        )
    if hidden := len(point.agents) - len(drawn.rows):
        said.append(f"The table has {words.count(hidden, 'more expert')} with less work or none.")
    if point.measured < 0.9995:
        said.append(words.RANDOM_MISSING)
    st.caption(" ".join(said))


def agent_table(rule: str, point: OperatingPoint, part_of_truth: Sequence[str]) -> None:
    """Every agent's share, bounds and accuracy on its cases; a row opens them.

    Args:
      rule: of the point.
      point: the point.
      part_of_truth: experts whose answers seem to be part of the ground truth.
    """
    table = pd.concat([point.agents.tail(1), point.agents.head(-1)])  # the AI first
    fitted = rule in FITTED

    def which(selection: Mapping[str, Any]) -> Which | None:
        for row in selection["rows"]:
            return _of_agent(point, int(table.index[row]))
        return None

    st.dataframe(
        point_words.agents_shown(table),
        hide_index=True,
        height="content" if len(table) <= _MOST_ROWS else 480,
        column_config={
            "Agent": st.column_config.TextColumn(width=180),
            "Share of the cases": st.column_config.TextColumn(
                help="Workload on the test cases. " + point_words.SHARE_INTERVAL[fitted]
            ),
            "Within its bounds": st.column_config.TextColumn(
                width=250,
                help="Within chance: outside, but the 95 % interval of the share reaches the "
                "bounds.",
            ),
            "Accuracy on its cases": st.column_config.TextColumn(
                help="On its test cases that it annotated, with a 95 % interval."
            ),
            "Measured cases": st.column_config.NumberColumn(format="localized"),
        },
        key="agents",
        on_select=case_dialog.on_select("agents", which),
        selection_mode="single-row",
        alt="Share, bounds and accuracy per agent",
    )
    st.caption(case_dialog.SELECT)
    if elsewhere := point_words.elsewhere(table):
        st.caption(views.escape(elsewhere))
    if part_of_truth:
        text = f"Part of the truth, so accuracy may be too high: {words.listing(part_of_truth)}."
        st.caption(views.escape(text))


def _of_agent(point: OperatingPoint, agent: int) -> Which:
    name = called(point.agents["shown"].iloc[agent])
    return Which(title=f"Cases assigned to {name}", agent=agent)


def _accuracy_note(point: OperatingPoint) -> str | None:
    if point.accuracy is None:
        return "cannot be measured"
    note = f"95 % interval {_range(point.interval)}" if point.interval else ""
    if point.known_seeds < len(point.seeds):
        note += f"; {point.known_seeds} of {len(point.seeds)} seeds measured"
    return note or None


def _breaches(point: OperatingPoint) -> str:
    said = [views.escape(text) for text in point.breaches]
    if len(said) == 1:
        return f"{said[0]}."
    lines = [f"{words.count(len(said), 'agent')} outside their bounds:"]
    lines += [f"- {text}" for text in said[:_MOST_BREACHES]]
    if len(said) > _MOST_BREACHES:
        lines.append(f"- and {len(said) - _MOST_BREACHES} more, in the table")
    return "\n".join(lines)


def _range(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.1f}–{words.percent(interval[1])}"
