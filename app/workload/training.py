"""Train with the scenario's bounds: queue it, follow it, instant and trained side by side."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import (
    live,
    operating_point,
    run_queries,
    scenario_queries,
    state,
    training_queries,
    trouble,
    views,
    words,
)
from app.shared.scenario_model import Chosen
from app.shared.scenario_queries import Asked
from app.workload import desk
from app.workload import scenario_words as wording
from app.workload.asking import View
from core.config.train_config import ConfigError, TrainConfig
from core.methods.rules import RULES
from core.results.models import RunResult
from core.scenarios.answer import Answer
from core.scenarios.settings import Scenario

if TYPE_CHECKING:
    from core.record.record import RunRecord

_MOST = 3  # runs in sight
_QUEUED = "bounds_queued"


def draw_training(chosen: Chosen, asked: Asked, view: View) -> None:
    """What would be trained, the button, and the runs trained with these bounds."""
    scenario = desk.now(chosen.data)
    st.markdown(
        "The answer above uses a model that was trained without these bounds. Training again "
        "with them lets the model take them into account; that takes longer and may or may not "
        "be better."
    )
    if scenario.guards or scenario.fatigue is not None:
        st.caption(
            "Training takes only the bounds into account, not rules or fatigue, so the two answers "
            "are not to the same question."
        )
    if st.session_state.pop(_QUEUED, False):
        st.toast("In the queue.", icon=":material/hourglass_empty:")
    config, problem = _config(chosen, scenario)
    trained = scenario_queries.trained_with_bounds(scenario, chosen.model)
    under_way = [record for record in trained if not record.done]
    if problem:
        st.warning(views.escape(problem), icon=":material/block:")
    st.button(
        "Train with these bounds",
        key="train_bounds",
        type="primary",
        icon=":material/model_training:",
        on_click=trouble.guarded(_train),
        args=(chosen, scenario),
        disabled=config is None or bool(under_way) or asked.answer is None,
        help="All other settings as in the run above."
        + (" Such a run is already under way." if under_way else ""),
    )
    if under_way:
        drawn = {record.run_id: record.state for record in under_way}
        live.panel(
            partial(_still, drawn),
            _progress,
            key="bounds_under_way",
            what="The runs under way",
            seconds=2,
            state=lambda records: {record.run_id: record.state for record in records},
            drawn=drawn,
        )
    for record in [r for r in trained if r.done][:_MOST]:
        _run(record)
    finished = next((r for r in trained if r.state == "finished"), None)
    if finished is not None and asked.answer is not None:
        _beside(finished, asked.answer)


def _config(chosen: Chosen, scenario: Scenario) -> tuple[TrainConfig | None, str | None]:
    try:
        config = scenario_queries.config_of(scenario, chosen.model)
    except (ConfigError, LookupError) as error:
        return None, f"These bounds cannot be trained: {error}."
    problem, _ = run_queries.refusal(chosen.model.data_id, config)
    return (None, problem) if problem else (config, None)


def _train(chosen: Chosen, scenario: Scenario) -> None:
    name = scenario.name or f"{views.called(chosen.record)}, bounds of a scenario"
    run_id = scenario_queries.train_with_bounds(scenario, chosen.model, name)
    # Train shows it; the run that answers here stays the one it was.
    state.choose("watch", run_id)
    # Shown on the next drawing: what a fragment's callback draws would replace the page's style.
    st.session_state[_QUEUED] = True


def _still(run_ids: Iterable[str]) -> "list[RunRecord]":
    """Those of the runs that are still under way."""
    found = {record.run_id: record for record in training_queries.under_way()}
    return [found[run_id] for run_id in run_ids if run_id in found]


def _progress(records: "list[RunRecord]") -> None:
    for record in records[:_MOST]:
        _run(record)
        if record.state == "running":
            done = record.progress
            st.progress(
                min(max(done.fraction, 0.0), 1.0),
                text=words.progress_text(done.stage, done.seconds_left, record.cancel_requested),
            )


def _run(record: "RunRecord") -> None:
    """One run: its state, and where to follow it or open it."""
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left, st.container(horizontal=True, vertical_alignment="center"):
        views.badge(record)
        st.markdown(f"{views.escape(views.called(record))} · {words.ago(record.created)}")
    page, query, label = "train", {"watch": record.run_id}, "Follow its progress"
    if record.state == "finished":
        page, query, label = "tradeoffs", {"run": record.run_id}, "Open it in Trade-offs"
    elif record.done:
        label = "See how it ended"
    right.page_link(
        f"{views.PAGES}/{page}.py", label=label, icon=":material/arrow_forward:", query_params=query
    )


def _beside(record: "RunRecord", answer: Answer) -> None:
    """The instant answer and the trained points."""
    try:
        result = run_queries.result(record.run_id)
    except (LookupError, RuntimeError, OSError, ValueError):
        return
    st.markdown("**Instant and trained, on test cases**")
    st.dataframe(
        beside(answer, result),
        hide_index=True,
        alt="Instant answer beside the trained run's points, with 95 % intervals",
    )
    seeds = len(result.seeds)
    st.caption(
        "95 % intervals in brackets; where they overlap widely, neither is clearly better. "
        + (f"The trained points are the mean of {seeds} seeds." if seeds > 1 else "")
    )


def beside(answer: Answer, result: RunResult) -> pd.DataFrame:
    """A row for the instant answer, and one per rule of the trained run that meets the bounds."""
    rows = [
        {
            "": "Instant: the run above",
            "Accuracy of the team": words.with_interval(*answer.accuracy),
            "The AI takes": words.percent(answer.agents[-1].share),
            "Outside bounds": len(wording.breaches(answer)) or "nobody",
        }
    ]
    priced = (rule for rule in result.rules if rule in RULES and RULES[rule].priced)
    for rule in priced:
        point = operating_point.operating_point(result, rule, None)
        rows.append(
            {
                "": f"Trained run, “{words.rule_name(rule)}”",
                "Accuracy of the team": words.with_interval(point.accuracy, point.interval),
                "The AI takes": words.percent(point.coverage),
                "Outside bounds": len(point.breaches) or "nobody",
            }
        )
    return pd.DataFrame(rows).astype(str)
