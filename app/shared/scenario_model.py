"""Which trained model answers: a finished run and, of several, its seed."""

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from app.shared import (
    data_queries,
    run_picker,
    run_queries,
    run_result,
    scenario_queries,
    scenario_record,
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

_PRACTICE, _AI = "as_recorded", "ai_alone"  # of the baselines


class Chosen(NamedTuple):
    """The run that answers.

    Attributes:
      model: of it. record: of the run. data: its set. scores: what the model says.
    """

    model: Model
    record: "RunRecord"
    data: AnnotationSet
    scores: Scores


def pick_model() -> Chosen | None:
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
        views.no_runs("any workload can be tried here, with an answer at once")
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
    """What the answer was learned from, and what its figures are measured on."""
    data = chosen.data
    experts = len(set(data.experts) - {*data.excluded_experts, *data.machines})
    whose = "one expert's" if experts == 1 else f"{experts:,} experts'"
    simulated = "simulated " if result.dataset.simulated else ""
    return (
        f"Learned from {whose.replace('expert', f'{simulated}expert')} annotations of "
        f"{words.count(result.cases.train, 'case')}; figures are measured on "
        f"{words.count(len(chosen.scores.test), 'case')} nobody used in training."
    )


def detail(chosen: Chosen) -> str:
    """Which model answers, and how its workloads are set."""
    fitted = words.count(len(chosen.scores.validation), "validation case")
    return (
        f"Run “{views.called(chosen.record)}”, seed {chosen.model.seed}. Workloads are set by "
        f"prices per agent, fitted on {fitted}."
    )


def pick_baseline(chosen: Chosen, *, practice: bool = True) -> tuple[str, str]:
    """What the scenario is compared with, shared by the pages: its name and its short title.

    Old links name a scenario and no baseline: they mean the AI alone.

    Args:
      chosen: the run that answers.
      practice: whether today's practice is the default, where experts annotated test cases; else
        it is the AI alone.
    """
    baselines = dict(scenario_queries.baselines(chosen.data.content_hash))
    asked = state.news("baseline")
    old = state.news(scenario_record.LINK) and not asked
    first = _PRACTICE if practice and chosen.scores.by_people.any() and not old else _AI
    if asked and asked not in baselines:
        title = baselines[first].partition(":")[0]
        views.gone("saved scenario", f"The comparison is with “{title}” instead.")
    state.option("baseline", baselines, first)
    baseline = st.selectbox(
        "Compared with",
        list(baselines),
        format_func=baselines.__getitem__,
        key="baseline",
        persist_state="session",
        help="Today's practice: as recorded, each test case decided by one of the experts who "
        "annotated it, all equally likely; AIs have no part in it. Saved scenarios are "
        "answered by the same model.",
    )
    state.publish("baseline", baseline)
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
