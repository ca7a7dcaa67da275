"""Which trained model answers: a finished run and, of several, its seed."""

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from app.shared import (
    data_queries,
    run_picker,
    run_queries,
    run_result,
    scenario_queries,
    state,
    views,
    words,
)
from app.shared.scenario_queries import Model
from core.dataset.annotation_set import AnnotationSet
from core.results.models import RunResult
from core.scenarios.scores import Scores

if TYPE_CHECKING:
    from core.record.record import RunRecord

_FIRST = "ai_alone"  # of the baselines


class Chosen(NamedTuple):
    """The run that answers.

    Attributes:
      model: of it. record: of the run. data: its set. scores: what the model says.
    """

    model: Model
    record: "RunRecord"
    data: AnnotationSet
    scores: Scores


def pick() -> Chosen | None:
    """Select boxes over finished runs and their seeds; None, and said, where none can answer."""
    known = {record.run_id: record for record in scenario_queries.finished_runs()}
    asked = state.said("run")
    if (
        asked
        and (old := run_picker.linked(asked, known))
        and data_queries.data_id_of(old.dataset_hash)
    ):
        known[asked] = old
    if not known:
        views.empty(
            "**No finished run yet.** Train on a data set, or on a sample with one click; then "
            "any workload can be tried here, and the answer comes at once.",
            page="home",
        )
        return None
    if asked and asked not in known:
        _gone(asked)
    row = st.container(horizontal=True)
    with row:
        run_id = run_picker.pick_run("Run", known, label_visibility="collapsed")
    record = known[run_id]
    if (result := run_result.result_of(record)) is None:
        return None
    with row:
        seed = run_picker.pick_seed(
            result.seeds,
            format_func=lambda s: f"Seed {s}",
            label_visibility="collapsed",
            width=120,
        )
    data_id = data_queries.data_id_of(record.dataset_hash)
    assert data_id is not None
    model = Model(run_id, seed, data_id)
    found, why = scenario_queries.scores(model)
    if found is None:
        st.warning(views.escape(why), icon=":material/help:")
        st.page_link(
            f"{views.PAGES}/train.py", label="Go to Train", icon=":material/arrow_forward:"
        )
        return None
    return Chosen(model, record, data_queries.dataset(data_id), found)


def line(chosen: Chosen, result: RunResult) -> str:
    """Whose prices answer, and what the figures are measured on."""
    simulated = ", simulated experts" if result.dataset.simulated else ""
    scores = chosen.scores
    return (
        f"Prices of the run “{views.called(chosen.record)}”, seed {chosen.model.seed}, fitted on "
        f"{words.count(len(scores.validation), 'validation case')}; figures on "
        f"{words.count(len(scores.test), 'test case')}{simulated}."
    )


def pick_baseline(data: AnnotationSet, label: str = "Compared with") -> tuple[str, str]:
    """What the scenario is compared with, shared by the pages: its name and its short title."""
    baselines = dict(scenario_queries.baselines(data.content_hash))
    asked = state.news("baseline")
    if asked and asked not in baselines:
        views.gone("saved scenario", "The AI alone is compared with instead.")
    state.option("baseline", baselines, _FIRST)
    baseline = st.selectbox(
        label,
        list(baselines),
        format_func=baselines.__getitem__,
        key="baseline",
        persist_state="session",
        help="As recorded: each test case by one of the experts who annotated it, each as "
        "likely. Saved scenarios are answered by the same model.",
    )
    state.publish("baseline", baseline, _FIRST)
    return baseline, baselines[baseline].removeprefix("Saved: ").partition(":")[0]


def _gone(run_id: str) -> None:
    """Says why the run in a link does not answer."""
    record = run_queries.run(run_id)
    if record is None:
        views.gone("run", "The newest finished run answers instead.")
    elif record.state != "finished":
        name = words.STATES.get(record.state, (record.state,))[0].lower()
        st.info(
            f"The run in this link cannot answer: it is {name}. The newest finished run answers "
            "instead.",
            icon=":material/info:",
        )
    else:
        st.warning(
            "The data set of the run in this link is no longer here; add it again under Data. "
            "Another run answers instead.",
            icon=":material/link_off:",
        )
