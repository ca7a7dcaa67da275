"""Whose model hands out the cases: a finished run and one of its seeds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app import queries, state, views, words

if TYPE_CHECKING:
    from core.runs.models import RunModel

_MOST_LISTED = 200


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The run whose model is used, its model and the seed."""

    run_id: str
    model: "RunModel"
    seed: int


def pick() -> Chosen | None:
    """Select boxes over finished runs; None, with the way on, where there is no model to use."""
    finished = {r.run_id: r for r in queries.runs(limit=_MOST_LISTED, states=("finished",))}
    asked = st.query_params.get("run")
    if asked and asked not in finished:
        old = queries.run(asked)
        if old is not None and old.state == "finished":
            finished[asked] = old
        else:
            views.gone("run", "The newest finished run is used instead." if finished else "")
    if not finished:
        views.empty(
            "**No finished run yet.** Train on a data set, or on a sample with one click; then its "
            "model can hand out new cases here.",
            page="home",
        )
        return None
    labels = views.run_labels(finished.values())
    left, right = st.columns([3, 1], gap="medium")
    with left:
        state.option("run", finished, next(iter(finished)))
        run_id = st.selectbox(
            "Run whose model hands out the cases",
            list(finished),
            format_func=labels.__getitem__,
            key="run",
            persist_state="session",
        )
        state.publish("run", run_id)
    model, why_not = queries.kept_model(run_id)
    if model is None:
        views.empty(f"**There is no model to use.** {views.escape(why_not)}.", "train", "Train")
        return None
    with right:
        seed = _seed(model.seeds)
    simulated = " (simulated experts)" if model.simulated else ""
    st.caption(
        f"Trained on {views.escape(queries.title_of(model.dataset_name))}{simulated}: "
        f"{words.count(len(model.experts), 'expert')} and the AI."
    )
    return Chosen(run_id, model, seed)


def _seed(seeds: tuple[int, ...]) -> int:
    if len(seeds) == 1:
        return seeds[0]
    options = [str(seed) for seed in seeds]
    state.option("seed", options, options[0])
    chosen = st.selectbox(
        "Seed",
        options,
        key="seed",
        persist_state="session",
        help="The run was repeated with several seeds; each has a model of its own.",
    )
    state.publish("seed", chosen, options[0])
    return int(chosen)
