"""Accuracy against one setting, everything else as it is."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.shared import scenario_queries, state, views, words
from app.shared.scenario_model import Chosen
from app.shared.scenario_queries import Asked
from app.workload import desk
from app.workload import sweep_chart as charts
from app.workload.asking import View
from core.scenarios.amount import Amount
from core.scenarios.settings import Scenario
from core.scenarios.sweep import PER_AGENT, SETTINGS, Setting, SweepRow

_DONE = "swept"


def draw_sweep(chosen: Chosen, asked: Asked, view: View) -> None:
    """What to vary, the button, and the chart of the last sweep."""
    data, scenario = chosen.data, desk.now(chosen.data)
    wide = [3, 2, 6]
    if st.session_state.get("sweep_kind") in PER_AGENT:
        wide = [3, 3, 2, 3]
    what, *middle, go, _ = st.columns(wide, vertical_alignment="bottom")
    kinds = list(SETTINGS)
    kind = what.selectbox(
        "Vary", kinds, format_func=SETTINGS.__getitem__, key="sweep_kind", persist_state="session"
    )
    agent = None
    if kind in PER_AGENT:
        who = middle[0] if middle else st.container()
        agent = who.selectbox("Of", scenario.names, key=desk.key(data, "sweep_agent"))
    wanted = Setting(kind, agent)
    if go.button("Sweep", key="sweep", type="primary", icon=":material/show_chart:"):
        st.session_state[desk.key(data, _DONE)] = wanted
    done: Setting | None = st.session_state.get(desk.key(data, _DONE))
    if done is None or done != wanted:
        st.caption(
            "Draws the team's accuracy along one setting of this scenario; the other settings "
            "stay as they are."
        )
        return
    _picture(chosen, scenario, done)


def _picture(chosen: Chosen, scenario: Scenario, setting: Setting) -> None:
    rows = scenario_queries.sweep_rows(chosen.model, scenario, setting)
    table = frame(rows)
    share = setting.kind == "ai_share" or (
        setting.kind in ("maximum", "minimum") and scenario.unit == "share"
    )
    axis = axis_words(setting, scenario, share)
    st.plotly_chart(
        charts.sweep(
            table, axis=axis, now=value_now(scenario, setting), share=share, theme=state.theme()
        ),
        theme=None,
        key="sweep_chart",
        config=views.PLOT,
        alt=f"Accuracy against {axis}. "
        + " ".join(
            f"{_value(r.value, share)}: {words.percent(r.accuracy)}."
            for r in table.dropna(subset=["accuracy"]).itertuples()
        ),
    )
    for text in impossible(rows, share):
        st.caption(f":material/block: {views.escape(text)}")
    with st.expander("The sweep in numbers"):
        st.dataframe(
            pd.DataFrame(
                {
                    axis: [_value(r.value, share) for r in rows],
                    "Accuracy of the team": [words.with_interval(*r.accuracy) for r in rows],
                    "The AI takes": [words.percent(r.coverage) for r in rows],
                    "Why not": [r.why for r in rows],
                }
            ),
            hide_index=True,
            height=380,
            alt="Accuracy at each value of the setting",
        )


def frame(rows: Sequence[SweepRow]) -> pd.DataFrame:
    """The rows of `sweep_chart.sweep`."""
    return pd.DataFrame(
        {
            "value": [r.value for r in rows],
            "accuracy": [r.accuracy.value for r in rows],
            "low": [(r.accuracy.interval or (None, None))[0] for r in rows],
            "high": [(r.accuracy.interval or (None, None))[1] for r in rows],
            "possible": [not r.why for r in rows],
        }
    ).astype({"accuracy": float, "low": float, "high": float})


def impossible(rows: Sequence[SweepRow], share: bool) -> list[str]:
    """Which stretch is impossible and why, a sentence per stretch."""
    sentences: list[str] = []
    stretch: list[SweepRow] = []
    for row in [*rows, None]:
        if row is not None and row.why:
            stretch.append(row)
        elif stretch:
            first, last = (_value(stretch[i].value, share) for i in (0, -1))
            where = f"At {first}" if first == last else f"From {first} to {last}"
            sentences.append(f"{where} impossible: {stretch[0].why.removesuffix('.')}.")
            stretch = []
    return sentences


def value_now(scenario: Scenario, setting: Setting) -> float | None:
    """The scenario's own value of a setting; None where it is free."""
    if setting.kind == "cases_per_day":
        return float(scenario.cases_per_day)
    if setting.kind == "fatigue":
        return scenario.fatigue
    if setting.kind == "ai_share":
        terms = scenario.terms[-1]
        day = scenario.cases_per_day
        return terms.minimum.share(day) if terms.held(day) else None
    value: Amount | float | None = getattr(dict(scenario.agents)[str(setting.agent)], setting.kind)
    if isinstance(value, Amount):  # along the axis, which is in the scenario's unit
        return value.to(scenario.unit, scenario.cases_per_day).value
    return value


def axis_words(setting: Setting, scenario: Scenario, share: bool) -> str:
    """What is varied, in its unit."""
    title = SETTINGS[setting.kind]
    if setting.agent is not None:
        title = title.replace("An agent's", f"{setting.agent}'s")
    if setting.kind in PER_AGENT:
        title += ", share of the cases" if share else ", cases a day"
    return title


def _value(value: float, share: bool) -> str:
    return words.percent(value, 0) if share else f"{value:,.4g}"
