"""The run that Trade-offs shows: the picker, what a stale link gets, what was trained."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import queries, results, state, views, words


def pick() -> str | None:
    """A select box over finished runs, in the URL; None when there is none to look at."""
    finished = queries.runs(limit=200, states=("finished",))
    if not finished:
        return None
    known = {r.run_id: r for r in finished}
    asked = st.query_params.get("run")
    if asked and asked not in known:
        _not_finished(asked)
    state.option("run", known, finished[0].run_id)
    chosen = st.selectbox(
        "Run",
        list(known),
        format_func=lambda i: _label(known[i]),
        key="run",
        persist_state="session",
    )
    state.publish("run", chosen)
    return chosen


def settings(result: Mapping[str, Any]) -> None:
    """What was trained on what, in one line, and the run's warnings."""
    cases, config = result["cases"], result["config"]
    simulated = " (simulated experts)" if result["dataset"].get("simulated") else ""
    repeats = len(results.seeds(result))
    parts = [
        f"{queries.title_of(result['dataset']['name'])}{simulated}",
        words.method_name(result["method"]),
        words.targets_text(config),
        f"{words.count(config['epochs'], 'epoch')}, {words.count(repeats, 'seed')}",
        f"{cases['train']:,} training, {cases['validation']:,} validation and "
        f"{cases['test']:,} test cases",
    ]
    if config.get("missing_rate"):
        parts.insert(3, f"{words.percent(config['missing_rate'], 0)} of the annotations taken away")
    st.caption(views.escape(" · ".join(parts)))
    for warning in result["warnings"]:
        st.warning(views.escape(str(warning)), icon=":material/warning:")


def _not_finished(run_id: str) -> None:
    """Says why the run in a link is not the one shown."""
    record = queries.run(run_id)
    if record is None:
        st.warning(
            "The run in this link is not here: it was deleted, or the link comes from another "
            "computer. The newest finished run is shown instead.",
            icon=":material/link_off:",
        )
        return
    state_name = words.STATES.get(record.state, (record.state,))[0].lower()
    st.info(
        f"The run in this link has no curve: it is {state_name}. The newest finished run is "
        "shown instead.",
        icon=":material/info:",
    )
    st.page_link(
        f"{views.PAGES}/train.py",
        label="Look at the run of the link",
        icon=":material/arrow_forward:",
        query_params={"watch": run_id},
    )


def _label(record: Any) -> str:
    name = record.name or queries.title_of(record.dataset_name)
    settings = record.config.to_dict()
    asked = f"{words.targets_text(settings)} · {words.effort_text(settings)}"
    return f"{name} · {asked} · {words.ago(record.created)}"
