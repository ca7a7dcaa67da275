"""Runs on Home: those under way, and the newest that have ended with a small curve each."""

from typing import TYPE_CHECKING

import streamlit as st

from app.home import spark_chart
from app.shared import live, run_queries, state, views, words

if TYPE_CHECKING:
    from core.record.record import RunRecord

HELP = (
    "The small curve: the team's accuracy as the AI takes more of the cases. The area under it "
    "(coverage–accuracy curve, AUC-CAC) is × 100, so 100 is always right, with its 95 % interval. "
    "Both are of the rule “Most likely right”, which does not depend on the method; Runs lists "
    "every rule."
)
_MOST_LIVE = 100
_ENDED = ("finished", "failed", "cancelled")


def running_now() -> None:
    """Runs that are in training or waiting, refreshed while the page is open."""
    records = _live()
    live.panel(
        _live,
        _draw,
        key="running_now",
        what="Running runs",
        # Slowly while nothing runs: somebody else may start a run.
        seconds=1 if records else 5,
        state=_ids,
        drawn=_ids(records),
    )


def recent_runs(most: int = 5) -> None:
    """The newest runs that have ended, or what to do when there is none."""
    with st.skeleton(height=80):
        records = run_queries.runs(limit=most, states=_ENDED)
    if not records:
        st.markdown(":gray[None yet. Train on a sample above and its run appears here.]")
        return
    for record in records:
        _row(record)
    st.page_link(
        f"{views.PAGES}/runs.py",
        label="All runs: find, compare, rename, delete",
        icon=":material/list_alt:",
    )


def _live() -> "list[RunRecord]":
    """Running ones first, then those that wait, each in the order of their turn."""
    found = run_queries.runs(limit=_MOST_LIVE, states=run_queries.LIVE)
    return sorted(found, key=lambda r: (r.state != "running", r.created))


def _ids(records: "list[RunRecord]") -> list[str]:
    return [record.run_id for record in records]


def _draw(records: "list[RunRecord]") -> None:
    if not records:
        return
    st.header("Running now", anchor=False)
    for record in (r for r in records if r.state == "running"):
        _progress(record)
    waiting = [r for r in records if r.state == "queued"]
    if waiting:
        _queue(waiting, behind=len(waiting) < len(records))


def _progress(record: "RunRecord") -> None:
    with st.container(border=True):
        name, go = st.columns([5, 1], vertical_alignment="center")
        name.markdown(views.headline(record))
        with go:
            _link(record)
        st.progress(
            min(max(record.progress.fraction, 0.0), 1.0),
            text=words.progress_text(
                record.progress.stage, record.progress.seconds_left, record.cancel_requested
            ),
        )


def _queue(waiting: "list[RunRecord]", *, behind: bool) -> None:
    with st.container(border=True):
        order = "in this order" if len(waiting) > 1 else "one run"
        after = ", after the one that is running" if behind else ""
        st.markdown(f"**Waiting** ({order}{after})")
        if not behind and not run_queries.worker_is_up():
            st.caption("The worker that trains runs is not running; the Train page can start it.")
        for place, record in enumerate(waiting, start=1):
            name, go = st.columns([5, 1], vertical_alignment="center")
            name.markdown(f"{place}\\. {views.headline(record)}")
            with go:
                _link(record)


def _row(record: "RunRecord") -> None:
    """Name, state, a small curve with its area, when, and links to it."""
    with st.container(border=True):
        name, status, line, about, go = st.columns(
            [5, 1.4, 1.8, 2.2, 1.7], vertical_alignment="center"
        )
        name.markdown(views.headline(record))
        with status:
            views.badge(record)
        facts = [f":gray[:small[{words.ago(record.created)}]]"]
        # Where training collapsed, what is left must not look like a result.
        if record.state == "finished" and not record.trouble:
            seen = run_queries.glance(record)
            if seen.spark:
                line.image(
                    spark_chart.svg(seen.spark, theme=state.theme()),
                    width=spark_chart.WIDTH,
                    alt=spark_chart.spoken(seen.spark),
                )
            if seen.areas and not record.config.bounded:
                rule = next(iter(seen.areas))
                shown = words.area(seen.areas[rule], seen.intervals.get(rule))
                facts.insert(0, f":small[Area {shown}]")
        about.markdown("  \n".join(facts))
        with go:
            _link(record)
        if record.trouble:
            st.caption(f":material/error: {views.escape(words.sentence(record.trouble))}")
        if record.state == "failed":
            reason = views.escape(record.reason or "no reason was recorded")
            st.caption(f"Why it failed: {reason}")


def _link(record: "RunRecord") -> None:
    ways = [("train", "Look at it", "watch")]
    if record.state == "finished":
        ways = [("workload", "Workload", "run"), ("tradeoffs", "See the curve", "run")]
    for page, label, key in ways:
        st.page_link(
            f"{views.PAGES}/{page}.py",
            label=label,
            icon=":material/arrow_forward:",
            query_params={key: record.run_id},
        )
