"""Which model assigns the cases: a finished run and one of its seeds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import data_queries, run_picker, run_queries, state, truth, views, words
from app.worklist import worklist_queries

if TYPE_CHECKING:
    from core.experiment.kept_models import RunModel


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The run whose model is used, its model and the seed."""

    run_id: str
    model: "RunModel"
    seed: int


def pick_worklist_run() -> Chosen | None:
    """Select boxes over finished runs; None, with what to do, where there is no model to use."""
    limit = run_picker.MOST_LISTED
    finished = {r.run_id: r for r in run_queries.runs(limit=limit, states=("finished",))}
    asked = state.said("run")
    if asked and asked not in finished:
        if (old := run_picker.linked(asked, finished)) is not None:
            finished[asked] = old
        else:
            views.gone("run", "The newest finished run is used instead." if finished else "")
    if not finished:
        views.no_runs("its model can assign new cases here")
        return None
    left, right = st.columns([3, 1], gap="medium")
    with left:
        run_id = run_picker.pick_run("Run whose model assigns the cases", finished)
    model, why_not = worklist_queries.kept_model(run_id)
    if model is None:
        views.empty(f"**There is no model to use.** {views.escape(why_not)}.", "train", "Train")
        return None
    with right:
        seed = run_picker.pick_seed(
            model.seeds,
            help="The run was repeated with several seeds; each has a model of its own.",
        )
    simulated = " (simulated experts)" if model.simulated else ""
    st.caption(
        f"Trained on {views.escape(data_queries.title_of(model.dataset_name))}{simulated}: "
        f"{words.count(len(model.experts) - len(model.machines), 'expert')} and the AI."
        + (f" {views.escape(words.further_ais(model.machines))}" if model.machines else "")
    )
    truth.say(model.consensus)
    return Chosen(run_id, model, seed)
