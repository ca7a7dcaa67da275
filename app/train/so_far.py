"""Results of a run before its end: loss, likelihood, points and their targets."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import curve_tables, run_queries, state, views, words
from app.train import training_chart
from core.methods.registry import METHODS
from core.methods.rules import RULES, ordered
from core.methods.spec import MethodSpec

if TYPE_CHECKING:
    from core.record.record import RunRecord

_NOT_YET = "The first point appears once it has been trained."
_NEVER = "The run ended before its first point."
VIEWS = ("The curve so far", "On target", "Loss and likelihood")


def draw_curve_so_far(record: "RunRecord | None") -> None:
    """A row of numbers, and a chart each of the points, their targets and the training."""
    if record is None:
        return
    spec = METHODS.get(record.config.method)
    metrics = {m.name: m for m in spec.metrics if not m.per_target} if spec else {}
    labels = {name: metric.label for name, metric in metrics.items()}
    history = _of_this_group(record, run_queries.live_history(record.run_id, metrics))
    found = run_queries.live_points(record.run_id)
    by_rule = {
        rule: curve_tables.points_frame([point for point in found if point.rule == rule])
        for rule in ordered({point.rule for point in found})
    }
    # What the method itself decided; of one that trains nothing, all that there is.
    own = [rule for rule in by_rule if RULES[rule].own or not (spec and spec.trains)]
    points = by_rule[own[0]] if own else curve_tables.points_frame([])
    now = being_trained(record)
    if not len(history) and not by_rule:
        return
    _numbers(record, history, labels, len(points))
    going_on = record.state == "running"
    curve, target, loss = st.tabs(VIEWS)
    with curve:
        if by_rule:
            st.plotly_chart(
                training_chart.growing(by_rule, theme=state.theme()),
                theme=None,
                width="stretch",
                key="live_curve",
                config=views.PLOT,
                alt="Team accuracy of the points that have finished: "
                + words.listing([f"{len(by_rule[r])} of “{words.rule_name(r)}”" for r in by_rule]),
            )
            st.caption(
                "Test accuracy with 95\u202f% intervals." + _still_due(spec, by_rule, going_on)
            )
        else:
            st.caption(_NOT_YET if going_on else _NEVER)
    with target:
        _on_target(record, points, now)
    with loss:
        if len(history):
            st.plotly_chart(
                training_chart.history(history, labels, theme=state.theme()),
                theme=None,
                width="stretch",
                key="live_history",
                config=views.PLOT,
                alt=f"{words.listing([*labels.values()])} per epoch, so far.",
            )
            st.caption(
                "Mean over the points trained together; each group starts again at epoch 1.",
                help="  \n".join(m.text for m in metrics.values() if m.text) or None,
            )
        else:
            st.caption("No epoch has finished yet." if going_on else "No epoch finished.")


def _still_due(spec: MethodSpec | None, found: Iterable[str], going_on: bool) -> str:
    """The rule whose points come last, while they are awaited."""
    awaited = [rule for rule in (spec.rules if spec else ()) if rule not in found]
    last = [rule for rule in awaited if RULES[rule].priced]
    return f" {words.rule_names(last)} follows at the end." if going_on and last else ""


def _of_this_group(record: "RunRecord", history: pd.DataFrame) -> pd.DataFrame:
    """The epochs of the group of points in training.

    Every group counts its epochs from 1, so later epochs still belong to the group before.
    """
    epoch = record.progress.epoch
    return history[history["epoch"] <= epoch] if epoch else history


def being_trained(record: "RunRecord") -> pd.DataFrame:
    """Target and current share of the AI of the points in training."""
    rows = []
    if record.state == "running" and record.progress.stage == "train":
        for name, value in record.progress.metrics.items():
            _, _, target = name.partition("coverage_")
            try:
                # To the per cent: an unchanged figure keeps its place in the browser.
                rows.append({"target": float(target), "coverage": round(float(value), 2)})
            except ValueError:
                continue
    return pd.DataFrame(rows, columns=["target", "coverage"])


def _numbers(
    record: "RunRecord", history: pd.DataFrame, labels: Mapping[str, str], done: int
) -> None:
    total = len(record.config.targets) * record.config.seeds
    first, *places = st.columns(1 + max(len(labels), 2))
    first.metric("Points finished", f"{done} of {total}")
    for place, (name, label) in zip(places, labels.items(), strict=False):
        known = history[name].dropna() if name in history else history
        last = float(known.iloc[-1]) if len(known) else None
        place.metric(label, words.UNKNOWN if last is None else _plain(last))


def _on_target(record: "RunRecord", points: pd.DataFrame, now: pd.DataFrame) -> None:
    if record.config.bounded:
        st.caption("This run has bounds for every agent and no target for the AI.")
        return
    known = points.dropna(subset=["target"]) if len(points) else points
    if not len(known) and not len(now):
        st.caption(_NOT_YET if record.state == "running" else _NEVER)
        return
    st.plotly_chart(
        training_chart.reached(known, now, theme=state.theme()),
        theme=None,
        width="stretch",
        key="live_reached",
        config=views.PLOT,
        alt=(
            f"Share the AI takes against its target, {len(known)} points so far, before workloads "
            "are fitted to the bounds."
        ),
    )
    worst = ""
    if len(known):
        miss = (known["coverage"] - known["target"]).abs().max()
        worst = f" At most {100 * miss:.1f} points off its target."
    fitted = " This is corrected at the end." if record.state == "running" else ""
    st.caption(f"What the AI takes by the method's own choice.{worst}{fitted}")


def _plain(value: float) -> str:
    return f"{value:.3f}".replace("-", "\u2212")
