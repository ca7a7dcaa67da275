"""Pieces of the Train page beside the form: what will be trained, the button, the current run."""

import streamlit as st

from app import queries, state, views, words
from app.train.form import Draft
from core.runs.config import TrainConfig


def data_line(data_id: str) -> None:
    """The chosen set in one line."""
    facts = queries.description(data_id)
    cases = facts["cases"]
    st.caption(
        f"{cases['train']:,} training and {cases['test']:,} test cases, "
        f"{words.count(len(facts['experts']), 'expert')}, "
        f"{words.percent(facts['missing_rate'])} of the annotations missing"
        + (", simulated experts" if facts["simulated"] else "")
    )


def panel(data_id: str, draft: Draft | None) -> None:
    """What the button would train, whether that is possible, and the button."""
    with st.container(border=True):
        st.markdown("**What will be trained**")
        if draft is None:
            st.info(
                "This set holds labels only, and the AI needs something to look at. Upload it "
                "again with its images or with feature columns.",
                icon=":material/image_not_supported:",
            )
            st.page_link(
                f"{views.PAGES}/data.py", label="Go to Data", icon=":material/arrow_forward:"
            )
            return
        problem, config = draft.problem, draft.config
        if config is not None:
            st.markdown("\n".join(f"- {line}" for line in _summary(config)))
            problem, warnings = queries.refusal(data_id, config)
            for warning in warnings:
                st.warning(views.escape(warning), icon=":material/warning:")
        if problem:
            st.error(views.escape(problem), icon=":material/block:")
        elif config is not None and (seconds := queries.estimate(data_id, config)) is not None:
            st.caption(f"Takes about {words.duration(seconds)}, going by earlier runs.")
        if st.button(
            "Train",
            key="train",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=problem is not None,
        ) and config is not None:  # fmt: skip
            run_id = queries.submit(data_id, config)
            # Trade-offs opens with it once it has finished.
            state.choose("watch", run_id)
            state.choose("run", run_id)
            st.rerun()


def _summary(config: TrainConfig) -> list[str]:
    """What a run would do, a line each."""
    asked = words.targets_text(config.to_dict())
    trainings = len(config.targets) * config.seeds
    passes = words.count(config.epochs, "pass", "passes")
    lines = [
        f"{words.method_name(config.method)}.",
        f"Own workload bounds: {_bounds(config)}." if config.bounded else f"The {asked}.",
        f"{words.count(config.seeds, 'repeat')}, {passes} over the data"
        + (f": {trainings} trainings in all." if trainings > 1 else "."),
    ]
    if config.missing_rate:
        lines.insert(2, f"{words.percent(config.missing_rate, 0)} of the annotations taken away.")
    return lines


def _bounds(config: TrainConfig) -> str:
    """The bounds that bind, in words."""
    lower, upper = dict(config.lower), dict(config.upper)
    bound = [
        f"{views.escape(agent)} {words.bounds_text(lower.get(agent, 0.0), upper.get(agent, 1.0))}"
        for agent in sorted({*lower, *upper})
        if lower.get(agent, 0.0) > 0 or upper.get(agent, 1.0) < 1
    ]
    return words.listing(bound) if bound else "nobody is bound"


def current_run() -> str | None:
    """The run shown on this page, from the URL or the session; None when there is none."""
    run_id = state.adopt("watch", None)
    state.publish("watch", run_id)
    return run_id
