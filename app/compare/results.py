"""What a comparison says so far: table, curves, missing rates, times, tests, ranks, files."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.compare import results_chart as charts
from app.compare import sweep_queries
from app.shared import state, tabs, views, words
from core.bench import paired_tests, scores
from core.bench.findings import HOLM, INTERVALS, SPEC, Findings, remaking
from core.bench.sweep_store import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go

    from core.bench.progress import Progress

_TABS = {
    "table": "Table",
    "curves": "Curves",
    "rates": "Missing annotations",
    "times": "Running times",
    "tests": "Tests",
    "ranks": "Ranks",
    "sensitivity": "Sensitivity",
}


def pick_rule(sweep: Sweep) -> str:
    """The decision rule under which methods are compared."""
    state.option("under_rule", words.RULES, sweep.spec.rule)
    rule = st.selectbox(
        "Decision rule",
        list(words.RULES),
        format_func=words.rule_name,
        key="under_rule",
        help="A method without it is shown under its own.",
        persist_state="session",
        width=300,
    )
    state.publish("under_rule", rule, sweep.spec.rule)
    return rule or sweep.spec.rule


def draw_results(sweep: Sweep, now: "Progress", rule: str) -> None:
    """Draws what the finished cells say under a rule."""
    against = state.option("tested_against", sweep.spec.methods, sweep.spec.reference)
    found = sweep_queries.findings(sweep, now, rule, against)
    titles = {key: title for key, title in _TABS.items() if key != "sensitivity" or found.varied}
    opened, place = tabs.pick("results", titles, "table")
    with place:
        _PARTS[opened](found)
    state.publish("tested_against", against, sweep.spec.reference)
    _downloads(found)


def _names(found: Findings) -> dict[str, str]:
    return {method: words.method_name(method) for method in found.sweep.spec.methods}


def _styles(found: Findings) -> dict[str, int]:
    """Each method's look, the same in every figure and whatever has finished."""
    return {method: number for number, method in enumerate(found.sweep.spec.methods)}


def _frame(frame: pd.DataFrame, key: str) -> None:
    shown = frame.apply(views.isolate).set_axis(views.isolate(frame.columns), axis=1)
    first = st.column_config.Column(pinned=True, width=290)
    st.dataframe(
        shown, hide_index=True, width="stretch", key=key, column_config={shown.columns[0]: first}
    )


def _named(found: Findings, frame: pd.DataFrame) -> pd.DataFrame:
    names = _names(found)
    return frame.assign(Method=[names.get(method, method) for method in frame["Method"]])


def _table(found: Findings) -> None:
    st.markdown("**Area under the coverage–accuracy curve (AUC-CAC), × 100**")
    _frame(_named(found, scores.crossed(scores.main_grid(found.areas))), "cmp_areas")
    st.caption(INTERVALS)
    st.markdown(f"**Accuracy × 100 where the AI takes {words.percent(found.at, 0)} of the cases**")
    _frame(_named(found, scores.crossed(scores.main_grid(found.accuracies))), "cmp_accuracies")
    own = {one.cell.method: one.rule for one in found.areas if one.rule != found.rule}
    if own:
        said = words.listing(
            [f"{words.method_name(m)} (“{words.rule_name(r)}”)" for m, r in own.items()]
        )
        st.caption(f"Under their own rule: {views.escape(said)}.")


def _place(found: Findings, rates: bool) -> tuple[float, str]:
    """Which missing rate and policy the panels show."""
    spec = found.sweep.spec
    rate, humans = spec.missing_rates[0], spec.humans[0]
    with st.container(horizontal=True):
        if rates and len(spec.missing_rates) > 1:
            shown = {f"{100 * r:g}": r for r in spec.missing_rates}
            state.option("panel_rate", shown, next(iter(shown)))
            picked = st.segmented_control(
                "Annotations removed, %", list(shown), key="panel_rate", required=True
            )
            rate = shown.get(picked or "", rate)
        if len(spec.humans) > 1:
            state.option("panel_humans", spec.humans, humans)
            picked = st.segmented_control(
                "How experts share the rest",
                list(spec.humans),
                format_func=lambda one: words.HUMANS[one].label,
                key="panel_humans",
                required=True,
            )
            humans = picked or humans
    return rate, humans


def _curves(found: Findings) -> None:
    rate, humans = _place(found, rates=True)
    main = [one for one in found.done if one.cell.varied is None]
    frame = scores.curves(
        [o for o in main if (o.cell.missing_rate, o.cell.humans) == (rate, humans)], found.rule
    )
    _panels(
        found,
        frame,
        charts.curves,
        "accuracy",
        "Team accuracy against the share of cases the AI takes",
        "Means over seeds; the pointer shows a point's 95 % interval.",
    )


def _rates(found: Findings) -> None:
    _, humans = _place(found, rates=False)
    frame = scores.table(scores.main_grid(found.areas))
    frame = frame[frame["humans"] == humans].dropna(subset=["mean"])
    _panels(
        found,
        frame,
        charts.by_rate,
        "mean",
        "Area under the curve against the share of annotations removed",
        "Bars are 95 % intervals over seeds (Student t).",
    )


def _panels(
    found: Findings,
    frame: pd.DataFrame,
    draw: "Callable[..., go.Figure]",
    value: str,
    shown: str,
    note: str,
) -> None:
    """A figure with a panel per data set, of a frame's column `value`."""
    if frame.empty:
        st.info("No cell of this choice has finished.")
        return
    names = _names(found)
    st.plotly_chart(
        draw(frame, _styles(found), names, state.theme()),
        theme=None,
        key=f"cmp_panels_{value}",
        config=views.PLOT,
        alt=f"{shown}, a panel per data set. {charts.spoken(frame, names, value)}",
    )
    st.caption(note)


def _times(found: Findings) -> None:
    shown = found.shown_times()
    if shown.empty:
        st.info("No cell has finished.")
        return
    _frame(_named(found, shown), "cmp_times")
    devices = words.listing(sorted({one.result.device for one in found.done}))
    st.caption(
        "Seconds without compiling, mean over missing rates and policies; the first three for all "
        f"seeds together. Measured on {views.escape(devices)}, beside whatever else ran there."
    )


def _tests(found: Findings) -> None:
    if not found.compared:
        st.info("There is nothing to test yet: it takes two methods at one place of the grid.")
        return
    names, several = _names(found), len(found.sweep.spec.humans) > 1
    st.selectbox(
        "Test the others against",
        list(found.sweep.spec.methods),
        format_func=words.method_name,
        key="tested_against",
        persist_state="session",
        width=420,
    )
    for method, said in paired_tests.verdicts(found.compared, lambda m: f"“{names[m]}”").items():
        st.markdown(f"- **{views.escape(names.get(method, method))}**: {views.escape(said)}.")
    rows = [
        {
            "Method": one.method,
            "Where": scores.place_words(one.place, several),
            "Difference": words.UNKNOWN if one.difference is None else words.signed(one.difference),
            "95 % interval": words.UNKNOWN
            if one.interval is None
            else f"{words.signed(one.interval[0])} to {words.signed(one.interval[1])}",
            "p": words.UNKNOWN if one.p is None else f"{one.p:.2g}",
            "p, corrected": words.UNKNOWN if one.corrected is None else f"{one.corrected:.2g}",
            "Verdict": one.verdict,
        }
        for one in found.compared
    ]
    _frame(_named(found, pd.DataFrame(rows)), "cmp_tests")
    st.caption(f"Difference in area × 100. {HOLM}")


def _ranks(found: Findings) -> None:
    ranking, names = found.ranking, _names(found)
    st.markdown(views.escape(ranking.sentence()))
    if ranking.left_out:
        left = words.listing([names.get(m, m) for m in ranking.left_out])
        st.caption(f"Left out, as not measured everywhere: {views.escape(left)}.")
    if len(ranking.ranks) > 1:
        st.plotly_chart(
            charts.critical_difference(ranking, _styles(found), names, state.theme()),
            theme=None,
            key="cmp_ranks",
            config=views.PLOT,
            alt="Mean ranks over data sets, 1 is best: "
            + ", ".join(f"{names[m]} {rank:.2f}" for m, rank in ranking.ranks.items()),
        )


def _sensitivity(found: Findings) -> None:
    for name in found.varied:
        st.markdown(f"**AUC-CAC by {views.escape(name.replace('_', ' '))}**")
        _frame(scores.sensitivity(found.areas, name), f"cmp_by_{name}")
    st.caption(INTERVALS)


_PARTS = {
    "table": _table,
    "curves": _curves,
    "rates": _rates,
    "times": _times,
    "tests": _tests,
    "ranks": _ranks,
    "sensitivity": _sensitivity,
}


def _downloads(found: Findings) -> None:
    st.header("Downloads", anchor=False)
    id = found.sweep.id[:8]
    csv, tex, html, yaml = "text/csv", "text/x-tex", "text/html", "application/yaml"
    files = (
        ("Table as CSV", lambda: found.csv("table.csv"), "table.csv", csv),
        ("Curves as CSV", lambda: found.csv("curves.csv"), "curves.csv", csv),
        ("Tests as CSV", lambda: found.csv("tests.csv"), "tests.csv", csv),
        ("Times as CSV", lambda: found.csv("times.csv"), "times.csv", csv),
        ("LaTeX", found.latex, "table.tex", tex),
        ("Report as HTML", found.html, "report.html", html),
        ("Spec", lambda: remaking(found.sweep), SPEC, yaml),
    )
    with st.container(horizontal=True):
        for label, made, name, mime in files:
            st.download_button(
                label,
                data=made,
                file_name=f"comparison-{id}-{name}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{name}",
            )
    st.caption(
        "The spec remakes this comparison: `python -m core sweep sweep.yaml`. Data sets that were "
        "uploaded are named by their content, so it runs where they are in the library."
    )
