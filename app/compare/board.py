"""The page Compare: a form for a new comparison, or one that goes on or has ended."""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app.compare import choices, results, sweep_queries
from app.shared import live, run_queries, state, trouble, views, words
from core.base.report import DataError
from core.bench.cells import expand
from core.bench.spec import SweepSpec
from core.bench.sweep_store import Sweep
from core.config.train_config import ConfigError

if TYPE_CHECKING:
    from core.bench.progress import CellState, Progress, TimeEstimate

_KEY = "comparison"  # in the link
_MOST_ROWS = 8


def draw_compare() -> None:
    """Draws the page."""
    id = state.adopt(_KEY, None)
    state.publish(_KEY, id)
    found = sweep_queries.sweep(id) if id else None
    if id and found is None:
        views.gone("comparison", "A new one can be started below.")
    if found is None:
        _new()
    else:
        _one(found)


def _new() -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        spec, problem = choices.draw_form()
    with right, st.container(key="side"):
        _launch(spec, problem)
        _earlier()


def _launch(spec: SweepSpec | None, problem: str) -> None:
    with st.container(border=True):
        st.markdown("**What will be compared**")
        able = 0
        if spec is not None:
            try:
                now, estimate = sweep_queries.preview(spec)
            except (ConfigError, DataError) as error:
                problem = words.sentence(str(error))
            else:
                able = len(now.cells) - now.count("refused")
                _planned(spec, now, estimate)
        if problem:
            st.error(views.escape(problem), icon=":material/block:")
        elif not able:
            st.error("None of these can be trained.", icon=":material/block:")
        if st.button(
            "Start the comparison",
            key="start_sweep",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=bool(problem) or not able,
        ) and spec is not None:  # fmt: skip
            with st.spinner("Putting the runs into the queue …"):
                try:
                    id = sweep_queries.start(spec)
                except (DataError, ConfigError) as error:
                    st.error(views.escape(words.sentence(str(error))), icon=":material/block:")
                    return
            state.choose(_KEY, id)
            st.rerun()
        if not run_queries.worker_is_up():
            st.caption(":material/power_off: The worker is not running; start it on Train.")


def _planned(spec: SweepSpec, now: "Progress", estimate: "TimeEstimate") -> None:
    cells = len(now.cells)
    lines = [
        f"{words.count(cells, 'cell')}: {words.count(len(spec.data), 'data set')} × "
        f"{words.count(len(spec.methods), 'method')} × "
        f"{words.count(len(spec.missing_rates), 'missing rate')} × "
        f"{words.count(len(spec.humans), 'policy', 'policies')}"
        + (", and sensitivities" if spec.sensitivity else "")
        + ".",
        f"Each cell is one run with {words.count(spec.seeds, 'seed')}.",
    ]
    if done := now.count("finished"):
        lines.append(f"{words.count(done, 'cell')} finished before; not trained again.")
    st.markdown("\n".join(f"- {line}" for line in lines))
    _refused(now)
    st.caption(f":material/schedule: {_time(estimate)}")


def _time(estimate: "TimeEstimate") -> str:
    if not estimate.cells:
        return "Nothing is left to train: the results are there at once."
    if estimate.low is None or estimate.high is None:
        return (
            "No estimate yet: no comparable run has finished here. The time left appears after "
            "the first cell."
        )
    low, high = words.duration(estimate.low), words.duration(estimate.high)
    text = f"About {low}" if low == high else f"{low[:1].upper()}{low[1:]} to {high}"
    text += " with one worker, without compiling"
    if estimate.known < estimate.cells:
        text += f"; known for {estimate.known} of {words.count(estimate.cells, 'cell')}"
    return f"{text}."


def _refused(now: "Progress") -> None:
    """The cells that cannot be trained, and why."""
    refused = [one for one in now.cells if one.state == "refused"]
    if not refused:
        return
    reasons: dict[str, list[str]] = {}
    for one in refused:
        reasons.setdefault(one.refused, []).append(_called(one))
    lines = [
        f"- {views.escape(words.listing(cells, 3))}: {views.escape(words.sentence(why))}"
        for why, cells in list(reasons.items())[:_MOST_ROWS]
    ]
    with st.expander(f"{words.count(len(refused), 'cell')} cannot be trained and will be left out"):
        st.markdown("\n".join(lines))


def _called(one: "CellState") -> str:
    cell = one.cell
    return f"{cell.data.name}, {cell.method}, {words.percent(cell.missing_rate, 0)} removed"


def _earlier() -> None:
    """The comparisons that can be opened."""
    found = sweep_queries.sweeps()
    if not found:
        with st.container(border=True):
            st.markdown(
                "**No comparison yet.** Its page shows a table of all methods with intervals, the "
                "curves per data set, the area against the missing rate, running times, and tests "
                "in words."
            )
            if st.button("Try it on a sample", key="try_sample", icon=":material/science:"):
                id = sweep_queries.start(sweep_queries.on_sample())
                state.choose(_KEY, id)
                st.rerun()
        return
    with st.container(border=True):
        st.markdown("**Earlier comparisons**")
        for one in found[:_MOST_ROWS]:
            if st.button(
                f"{views.escape(one.spec.name)} · {words.ago(one.created)}",
                key=f"open_{one.id}",
                type="tertiary",
                icon=":material/folder_open:",
            ):
                state.choose(_KEY, one.id)
                st.rerun()


def _one(sweep: Sweep) -> None:
    now = sweep_queries.status(sweep)
    rule = sweep.spec.rule
    with st.container(border=True, key="followed"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
        ):
            st.markdown(f"**{views.escape(sweep.spec.name)}**  \n:gray[:small[{_about(sweep)}]]")
            with st.container(horizontal=True, width="content", vertical_alignment="bottom"):
                if now.count("finished"):
                    rule = results.pick_rule(sweep)
                _buttons(sweep, now)
        if not now.done:
            live.panel(
                partial(sweep_queries.status, sweep),
                _progress,
                key="sweep_progress",
                what="The progress",
                seconds=1.5 if now.live else None,
                state=_changing,
                drawn=_changing(now),
            )
        _refused(now)
        _failed(now)
    if now.count("finished"):
        results.draw_results(sweep, now, rule)
    else:
        st.info(
            "The first results appear when the first cell has finished."
            if now.live
            else "No cell has finished.",
            icon=":material/hourglass_empty:",
        )


def _changing(now: "Progress") -> tuple[int, ...]:
    """What the page depends on beside the progress bar."""
    return (
        now.count("finished"),
        now.count("failed", "cancelled", "open"),
        int(now.live),
    )


def _buttons(sweep: Sweep, now: "Progress") -> None:
    """What can be done about it."""
    if now.live:
        st.button(
            "Cancel",
            key="cancel_sweep",
            icon=":material/close:",
            on_click=trouble.guarded(_cancel),
            args=(sweep,),
            help="Finished cells are kept; Continue trains the others later.",
        )
    missing = now.count("open", "failed", "cancelled")
    if missing:
        st.button(
            f"Continue: {words.count(missing, 'cell')}",
            key="continue_sweep",
            type="primary",
            icon=":material/play_arrow:",
            on_click=trouble.guarded(_go_on),
            args=(sweep,),
        )
    st.button("New comparison", key="new_sweep", icon=":material/add:", on_click=_leave)


def _cancel(sweep: Sweep) -> None:
    count = sweep_queries.cancel(sweep)
    st.toast(f"Cancelling {words.count(count, 'cell')} …", icon=":material/close:")


def _go_on(sweep: Sweep) -> None:
    count = sweep_queries.go_on(sweep)
    st.toast(f"{words.count(count, 'cell')} in the queue.", icon=":material/play_arrow:")


def _leave() -> None:
    state.choose(_KEY, None)


def _about(sweep: Sweep) -> str:
    spec = sweep.spec
    parts = [
        words.count(len(expand(spec, sweep.sets)), "cell"),
        words.count(len(spec.data), "data set"),
        words.count(len(spec.methods), "method"),
        words.count(len(spec.missing_rates), "missing rate"),
        words.count(spec.seeds, "seed"),
        words.ago(sweep.created),
    ]
    return " · ".join(parts)


def _progress(now: "Progress") -> None:
    able = len(now.cells) - now.count("refused")
    text = f"{now.count('finished')} of {words.count(able, 'cell')} finished"
    if now.live:
        left = now.seconds_left
        text += f" · about {words.duration(left)} left" if left else " · estimating the time left"
    st.progress(min(max(now.fraction, 0.0), 1.0), text=text)
    if now.live and not run_queries.worker_is_up():
        st.warning(
            "The worker is not running, so the cells wait. It can be started on Train.",
            icon=":material/power_off:",
        )
    running = [one for one in now.cells if one.state == "running"]
    for one in running[:_MOST_ROWS]:
        run = one.run
        stage = words.STAGES.get(run.progress.stage, run.progress.stage) if run else ""
        st.caption(f"In training: {views.escape(_called(one))} · {stage}")


def _failed(now: "Progress") -> None:
    failed = [one for one in now.cells if one.state == "failed"]
    for one in failed[:_MOST_ROWS]:
        why = one.run.reason if one.run else ""
        st.error(f"{views.escape(_called(one))}: {views.escape(why)}", icon=":material/error:")
