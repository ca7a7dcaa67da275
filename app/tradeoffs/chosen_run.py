"""The runs that Trade-offs shows: the pickers, stale links, what was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.shared import data_queries, run_picker, run_queries, state, truth, views, words
from app.tradeoffs import curve_queries
from app.tradeoffs.names import listed
from core.base.names import isolated
from core.base.trouble import StorageError
from core.config.train_config import TrainConfig
from core.results.models import RunResult

if TYPE_CHECKING:
    from core.record.record import RunRecord


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The run looked at, and those it is compared with.

    Attributes:
      record: the run whose points are looked at.
      others: any number more, in the order they were chosen.
    """

    record: "RunRecord"
    others: "list[RunRecord]"

    @property
    def records(self) -> "list[RunRecord]":
        """All of them, the run looked at first."""
        return [self.record, *self.others]


def pick_runs() -> Chosen | None:
    """Select boxes over finished runs, in the URL; None when there is none to look at."""
    finished = run_queries.runs(limit=run_picker.MOST_LISTED, states=("finished",))
    linked = _linked("runs")
    asked = state.said("run")
    known = {r.run_id: r for r in finished}
    for run_id in [*linked, *([asked] if asked else [])]:
        if (old := run_picker.linked(run_id, known)) is not None:
            known[run_id] = old
    if not known:
        return None
    if not asked and state.news("runs") is not None and (first := _first(linked, known)):
        state.choose("run", first)
    elif asked and asked not in known:
        _not_finished(asked)
    if state.news("runs") is not None:
        _said_of_link(linked, known)
    labels = dict(zip(known, map(isolated, listed(list(known.values()))), strict=True))
    left, right = st.columns(2, gap="small")
    with left:
        run_id = run_picker.pick_run("Run", known, labels)
    with right:
        others = _pick_others(labels, run_id)
    return Chosen(known[run_id], [known[i] for i in _readable(others)])


def _readable(run_ids: Sequence[str]) -> list[str]:
    """The runs that can be read; says which are damaged or of another version."""
    known = []
    for run_id in run_ids:
        try:
            curve_queries.curve(run_id)
        except StorageError as error:
            if run_queries.can_rebuild(error):
                raise
            icon = "history" if run_queries.is_unknown(error) else "broken_image"
            st.warning(views.escape(str(error)), icon=f":material/{icon}:")
        else:
            known.append(run_id)
    return known


def settings(result: RunResult) -> None:
    """What was trained on what, in one line."""
    cases, config = result.cases, TrainConfig.from_dict(result.config)
    simulated = " (simulated experts)" if result.dataset.simulated else ""
    parts = [
        f"{data_queries.title_of(result.dataset.name)}{simulated}",
        words.method_name(result.method),
        words.targets_text(config),
        words.effort_text(replace(config, seeds=len(result.seeds))),
        f"{cases.train:,} training, {cases.validation:,} validation and {cases.test:,} test cases",
    ]
    if not result.is_bounded and len(result.experts) > 1:
        parts.insert(3, f"experts {config.humans}: {policy_text(config.humans)}")
    st.caption(views.escape(" · ".join(parts)))


def warnings(record: "RunRecord", result: RunResult) -> None:
    """The run's own warnings; that its training diverged comes first."""
    views.trained_badly(record.trouble)
    for warning in result.warnings:
        if warning != record.trouble:
            st.warning(views.escape(words.sentence(warning)), icon=":material/warning:")


def say_truth(chosen: Chosen, result: RunResult) -> None:
    """That the ground truth is a consensus, for each run where it is."""
    of = views.escape(views.called(chosen.record)) if chosen.others else ""
    truth.say(truth.of_run(result), of)
    for record in chosen.others:
        found = truth.of_run(run_queries.result(record.run_id))
        truth.say(found, views.escape(views.called(record)))


def policy_text(policy: str) -> str:
    """What free or balanced experts are, to stand within a sentence."""
    text = words.HUMANS[policy].text.removesuffix(".")
    return text[:1].lower() + text[1:]


def play(run_id: str) -> None:
    """A link to Workload with this run's model."""
    st.page_link(
        f"{views.PAGES}/workload.py",
        label="Try other workloads with this run",
        icon=":material/balance:",
        query_params={"run": run_id},
    )


def _said_of_link(linked: Sequence[str], known: Mapping[str, Any]) -> None:
    """Says which runs of a link's comparison are not shown."""
    if gone := [i for i in linked if i not in known]:
        st.warning(
            f"{words.count(len(gone), 'run')} of the comparison in this link cannot be shown: "
            "deleted, not finished, or from another computer.",
            icon=":material/link_off:",
        )


def _pick_others(labels: Mapping[str, str], run_id: str) -> list[str]:
    """Any number of runs to compare with."""
    options = [i for i in labels if i != run_id]

    def read(text: str) -> list[str]:
        return [i for i in dict.fromkeys(text.split(",")) if i in options]

    nobody: list[str] = []
    state.adopt("runs", nobody, read=read)
    # The run looked at may be one of those that were compared with it a moment ago.
    st.session_state["runs"] = [i for i in st.session_state["runs"] if i in options]
    others = st.multiselect(
        "Compare with",
        options,
        format_func=labels.__getitem__,
        key="runs",
        placeholder="other runs" if options else "no other finished run",
        wrap=True,
        persist_state="session",
        help="Runs on the same test cases are compared in pairs: case by case, seed by seed.",
    )
    state.publish("runs", ",".join(others) or None)
    return list(others)


def _linked(key: str) -> list[str]:
    """Run ids that the URL lists."""
    return [i for i in dict.fromkeys((state.said(key) or "").split(",")) if i]


def _first(linked: Sequence[str], known: Mapping[str, Any]) -> str | None:
    return next((i for i in linked if i in known), None)


def _not_finished(run_id: str) -> None:
    """Says why the run in a link is not the one shown."""
    record = run_queries.run(run_id)
    if record is None:
        views.gone("run", "The newest finished run is shown instead.")
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
