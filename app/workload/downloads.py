"""Downloads of the scenarios shown: an HTML report, CSV, JSON; and the link."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st

from app.shared import (
    data_queries,
    run_queries,
    scenario_model,
    scenario_queries,
    state,
    views,
    words,
)
from app.shared.scenario_model import Chosen
from app.workload import cap_words
from app.workload import never_above_queries as query
from app.workload import scenario_tables as tables
from app.workload import scenario_words as wording
from app.workload.asking import View
from core.scenarios.answer import Answer
from core.scenarios.never_above import NeverAbove
from core.scenarios.truths import UnderTruth


def draw_downloads(chosen: Chosen, answers: Mapping[str, Answer], view: View) -> None:
    """Buttons for the scenarios that are shown."""
    if not answers:
        return
    name = _file(chosen)
    st.markdown(f"**Downloads** of {words.count(len(answers), 'scenario')}")
    with st.container(horizontal=True):
        st.download_button(
            "Report as one HTML page",
            data=lambda: report(chosen, answers, view),
            file_name=f"{name}.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            key="scenario_html",
            help="Opens in any browser, also offline and without Caseload. It holds names of "
            "agents and classes, but no cases.",
        )
        views.csv_button(
            "CSV",
            lambda: tables.agents_csv(answers),
            name,
            "scenario_csv",
            "A row per scenario and agent, plain numbers.",
        )
        st.download_button(
            "JSON",
            data=lambda: tables.as_json(
                answers,
                about(chosen),
                view.label,
                simulated(chosen, answers, view),
                under_truths(chosen, answers),
            ),
            file_name=f"{name}.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="scenario_json",
            help="Scenarios with all their settings, and their answers.",
        )
    st.markdown(
        "**Link** to this scenario",
        help="It reopens this scenario, run and comparison in any browser that reaches this "
        "dashboard. It holds positions and numbers, no names and no cases.",
    )
    st.code(state.address(), language=None, wrap_lines=True)


def report_button(chosen: Chosen, answer: Answer, view: View) -> None:
    """The report of the current scenario, one click beside its answer."""

    def made() -> str:
        known = {one.id: one for one in scenario_queries.saved(chosen.data.content_hash)}
        name = wording.scenario_name(answer.scenario, known)
        return report(chosen, {name: answer}, view)

    st.download_button(
        "Download report",
        data=made,
        file_name=f"{_file(chosen)}.html",
        mime="text/html",
        icon=":material/description:",
        on_click="ignore",
        key="report_now",
        help="This scenario as one HTML page that opens in any browser, also offline.",
    )


def _file(chosen: Chosen) -> str:
    return f"caseload-{chosen.model.run_id[:8]}-workload"


def about(chosen: Chosen) -> dict[str, object]:
    """Which model the answers are from."""
    return {
        "run": chosen.model.run_id,
        "seed": chosen.model.seed,
        "dataset": chosen.data.content_hash,
        "validation_cases": len(chosen.scores.validation),
        "test_cases": len(chosen.scores.test),
        "rule": "value",
        **({} if (found := chosen.data.consensus) is None else {"consensus": found.summary()}),
    }


def simulated(
    chosen: Chosen, answers: Mapping[str, Answer], view: View
) -> Mapping[str, NeverAbove]:
    """Simulated days on which nobody gets more than the maximum, where they are shown."""
    if not view.never_above:
        return {}
    return {
        name: query.simulated(chosen.model, answer)
        for name, answer in answers.items()
        if cap_words.has_maximum(answer)
    }


def under_truths(
    chosen: Chosen, answers: Mapping[str, Answer]
) -> Mapping[str, Sequence[UnderTruth]]:
    """Accuracy of every scenario under other truths, where the truth is a consensus."""
    return {
        name: scenario_queries.under_truths(chosen.model, answer.solution)
        for name, answer in answers.items()
    }


def report(chosen: Chosen, answers: Mapping[str, Answer], view: View) -> str:
    """The HTML report of the scenarios that are shown."""
    from app.workload import (
        scenario_report as page,  # plotly.js is read from disk: only when asked for
    )
    from core.experiment.versions import DASHBOARD, versions

    result = run_queries.result(chosen.model.run_id)
    return page.html(
        page.ScenarioContents(
            answers=answers,
            never=simulated(chosen, answers, view),
            truths=under_truths(chosen, answers),
            against=view.against,
            label=view.label,
            result=result,
            run_id=chosen.model.run_id,
            dataset=data_queries.title_of(result.dataset.name),
            line=f"{scenario_model.line(chosen, result)} {scenario_model.detail(chosen)}",
            versions=versions(DASHBOARD),
            made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        )
    )
