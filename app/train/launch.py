"""The Train page beside the form: what will be trained, how long it takes, and the button."""

from typing import TYPE_CHECKING

import streamlit as st

from app.shared import (
    compare_link,
    data_queries,
    run_queries,
    state,
    training_queries,
    views,
    words,
)
from app.train.form import Draft
from core.config.train_config import TrainConfig
from core.experiment.plan import trains_per_target

if TYPE_CHECKING:
    from core.record.estimate import Estimate

_WORTH_SAYING = 0.5  # seconds of compilation


def data_line(data_id: str) -> None:
    """The chosen set in one line."""
    facts = data_queries.description(data_id)
    cases, ais = facts["cases"], facts.get("machines", ())
    st.caption(
        f"{cases['train']:,} training and {cases['test']:,} test cases, "
        f"{words.count(len(facts['experts']) - len(ais), 'expert')}, "
        + (f"{words.count(len(ais), 'further AI')}, " if ais else "")
        + f"{words.percent(facts['missing_rate'])} of the annotations missing"
        + (", simulated experts" if facts["simulated"] else "")
        + (
            ". No validation cases: 15\u202f% of the training cases are set aside"
            if not cases["validation"]
            else ""
        )
    )


def panel(data_id: str, draft: Draft) -> None:
    """What would be trained, whether that is possible, how long it takes, and the button."""
    with st.container(border=True):
        st.markdown("**What will be trained**")
        problem, config = draft.problem, draft.config
        if config is not None:
            st.markdown("\n".join(f"- {line}" for line in _summary(config)))
            problem, warnings = run_queries.refusal(data_id, config)
            for warning in warnings:
                st.warning(views.escape(words.sentence(warning)), icon=":material/warning:")
        if problem:
            st.error(views.escape(problem), icon=":material/block:")
        elif config is not None:
            st.caption(
                f":material/schedule: {time_text(training_queries.estimate(data_id, config))}"
                + _ahead(data_id, config)
            )
        if st.button(
            "Train",
            key="train",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=problem is not None,
        ) and config is not None:  # fmt: skip
            follow(run_queries.submit(data_id, config))
            st.rerun()
        if config is not None:
            compare_link.draw_way_to_compare(data_id, config)


def follow(run_id: str) -> None:
    """Shows a run beside the form; Trade-offs opens with it once it has finished."""
    state.choose("watch", run_id)
    state.choose("run", run_id)


def current_run() -> str | None:
    """The run shown on this page, from the URL or the session; None when there is none."""
    run_id = state.adopt("watch", None)
    state.publish("watch", run_id)
    return run_id


def time_text(estimate: "Estimate | None") -> str:
    """How long training will take, as a range, with the basis of the estimate."""
    if estimate is None:
        return (
            "No estimate yet: no comparable run has finished here. The run shows the time left "
            "after its first epoch."
        )
    text = f"Takes {_between(estimate.low, estimate.high)}"
    text += f", based on {words.count(estimate.runs, 'earlier run')}."
    if estimate.ready is None:
        return text + " The program is compiled first; how long that takes is not known yet."
    least, most = estimate.ready
    if most < _WORTH_SAYING:
        return text
    on_top = _between(least, most) if least >= _WORTH_SAYING else f"up to {words.duration(most)}"
    return text + f" Compiling adds {on_top}, the first time only."


def _between(low: float, high: float) -> str:
    """A range of times: `about 3 s`, `3 to 6 s`, `45 s to 2 min`."""
    first, last = words.duration(max(low, 1.0)), words.duration(max(high, 1.0))
    if first == last:
        return f"about {last}"
    number, _, unit = first.rpartition(" ")
    if " " not in number and last.endswith(f" {unit}") and last.count(" ") == 1:
        first = number
    return f"{first} to {last}"


def _ahead(data_id: str, config: TrainConfig) -> str:
    """The runs ahead in the queue, and whether one has the same settings."""
    live = training_queries.under_way()
    if not live:
        return ""
    content_hash = data_queries.dataset(data_id).content_hash
    if any(r.config == config and r.dataset_hash == content_hash for r in live):
        return " The same settings are already under way; a second run gives the same numbers."
    return f" {words.count(len(live), 'run')} ahead in the queue."


def _summary(config: TrainConfig) -> list[str]:
    """What a run would do, as lines."""
    asked = words.targets_text(config)
    trainings = config.seeds * (len(config.targets) if trains_per_target(config) else 1)
    effort = f"{words.count(config.seeds, 'seed')}, {words.count(config.epochs, 'epoch')}"
    lines = [
        f"{words.method_name(config.method)}.",
        _bounds(config) if config.bounded else f"The {asked}.",
    ]
    if not config.bounded and config.humans == "balanced":
        lines.append("The experts share the rest equally.")
    if config.off_duty:
        lines.append(f"Off duty: {views.escape(words.listing(config.off_duty))}.")
    if config.missing_rates:
        rates = [f"{name} {words.percent(rate, 0)}" for name, rate in config.missing_rates if rate]
        lines.append(f"Annotations removed: {views.escape(words.listing(rates))}.")
    elif config.missing_rate:
        lines.append(f"{words.percent(config.missing_rate, 0)} of the annotations removed.")
    lines.append(effort + (f": {trainings:,} trainings in all." if trainings > 1 else "."))
    return lines


def _bounds(config: TrainConfig) -> str:
    """The bounds that were set, in words."""
    bounds = config.bounds.binding() if config.bounds else ()
    bound = [f"{views.escape(agent)} {words.bounds_text(*ends)}" for agent, *ends in bounds]
    return f"Workload bounds: {words.listing(bound)}." if bound else "No workload bounds."
