"""Select boxes over finished runs and over the seeds of one, mirrored to the URL."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.shared import run_queries, state, views

if TYPE_CHECKING:
    from core.record.record import RunRecord

MOST_LISTED = 200  # of the newest
_SEED = "model_seed"  # not "seed": Train's first seed is called so, and holds a number


def linked(run_id: str, known: "Mapping[str, RunRecord]") -> "RunRecord | None":
    """The finished run that a link leads to, where it is too old for the list of `known`."""
    old = None if run_id in known else run_queries.run(run_id)
    return old if old is not None and old.state == "finished" else None


def pick_run(
    label: str,
    known: "Mapping[str, RunRecord]",
    labels: Mapping[str, str] | None = None,
    **look: Any,
) -> str:
    """Which of some runs, the first by default.

    Args:
      label: of the box.
      known: runs to choose from by id, at least one.
      labels: of each; None for the usual ones.
      look: further arguments of the box.
    """
    names = views.run_labels(known.values()) if labels is None else labels
    state.option("run", known, next(iter(known)))
    run_id = st.selectbox(
        label,
        list(known),
        format_func=names.__getitem__,
        key="run",
        persist_state="session",
        **look,
    )
    state.publish("run", run_id)
    return str(run_id)


def pick_seed(seeds: Sequence[int], **look: Any) -> int:
    """Which of a run's seeds, the same on every page; nothing is asked where there is one.

    Args:
      seeds: of the run, at least one.
      look: further arguments of the box.
    """
    if len(seeds) == 1:
        return seeds[0]
    return int(views.pick_one("Seed", [str(seed) for seed in seeds], _SEED, **look))
