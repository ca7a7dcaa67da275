"""How the form differs from a run, and a button that restores the run's settings."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import data_queries, setting_words, settings_link, state, views, words
from app.shared.settings_link import Agent
from app.train.advanced import AI_KINDS, CURVES, EXPERT_NETWORKS, networks
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AI, AnnotationSet

if TYPE_CHECKING:
    from core.record.record import RunRecord

_MOST = 12  # rows; of more the number is given
_PLAIN: tuple[tuple[str, Callable[[TrainConfig], str]], ...] = (
    ("Method", lambda c: words.method_name(c.method)),
    ("Seeds", lambda c: f"{c.seeds:,}"),
    ("Epochs", lambda c: f"{c.epochs:,}"),
    ("First seed", lambda c: str(c.seed)),
    ("Network", lambda c: networks().get(c.network, c.network)),
    ("Networks of the experts", lambda c: EXPERT_NETWORKS[c.expert_networks]),
    ("Training of the curve", lambda c: CURVES[c.curve]),
    ("The AI", lambda c: AI_KINDS[c.ai]),
    ("Learning rate", lambda c: _number(c.learning_rate)),
    ("Weight decay", lambda c: _number(c.weight_decay)),
    ("Batch size", lambda c: f"{c.batch_size:,}"),
    ("Hidden layers", lambda c: ", ".join(map(str, c.hidden))),
)
Change = tuple[str, str, str]


def named(run: TrainConfig, form: TrainConfig, data: AnnotationSet) -> list[Change]:
    """The settings that differ: name, value of the run, value in the form.

    Two ways to write the same setting are no difference: no bounds are bounds of 0 and 100 %.
    """
    found = _plain(run, form)
    if run.bounded != form.bounded or run.targets != form.targets:
        found.append(("Targets", _targets(run), _targets(form)))
    if not (run.bounded or form.bounded) and run.humans != form.humans:
        shares = words.HUMANS[run.humans].label, words.HUMANS[form.humans].label
        found.append(("How the experts share the rest", *shares))
    then, now = (settings_link.agents_of(config, data) for config in (run, form))
    for name in data.agents:
        say = _bounds if run.bounded and form.bounded else _duty
        if (name != AI or say is _bounds) and say(then[name]) != say(now[name]):
            found.append((name, say(then[name]), say(now[name])))
    rates = run.rates(data.experts), form.rates(data.experts)
    if len(set(rates[0])) <= 1 and len(set(rates[1])) <= 1:
        if rates[0][:1] != rates[1][:1]:
            then_, now_ = (words.percent(rate[0]) for rate in rates)
            found.append(("Annotations removed", then_, now_))
        return found
    for name, one, other in zip(data.experts, *rates, strict=True):
        if one != other:
            found.append((f"Annotations removed, {name}", words.percent(one), words.percent(other)))
    return found


def _plain(run: TrainConfig, form: TrainConfig) -> list[Change]:
    found = [(what, say(run), say(form)) for what, say in _PLAIN if say(run) != say(form)]
    then, now = dict(run.settings), dict(form.settings)
    # A setting that only one of the methods has is no change of its own.
    for name in (name for name in then if name in now and then[name] != now[name]):
        had, has = (setting_words.value(name, values[name]) for values in (then, now))
        found.append((setting_words.name(name), had, has))
    return found


def draw_changes(record: "RunRecord", form: TrainConfig | None, data_id: str) -> None:
    """Shows what has changed since the run, and offers to restore its settings."""
    if form is None:
        return
    own_id = data_queries.data_id_of(record.dataset_hash)
    data = data_queries.dataset(data_id)
    if data.content_hash == record.dataset_hash:
        changed = named(record.config, form, data)
    else:
        there = data_queries.title_of(record.dataset_name)
        changed = [("Data set", there, data_queries.entries()[data_id].title)]
        changed += _plain(record.config, form)
    if not changed:
        st.caption(":material/check: The form shows this run's settings.")
        return
    label = f"Settings changed since this run: {len(changed)}"
    with st.expander(label, icon=":material/difference:"):
        rows = pd.DataFrame(changed[:_MOST], columns=["Setting", "This run", "Form now"])
        st.table(rows.map(views.escape), border="horizontal", hide_index=True)
        if len(changed) > _MOST:
            st.caption(f"… and {len(changed) - _MOST:,} more.")
        st.button(
            "Restore this run's settings",
            key="bring_back",
            icon=":material/undo:",
            on_click=_restore,
            args=(record.config, own_id),
            disabled=own_id is None,
            help="Its data set is no longer here." if own_id is None else None,
        )


def _restore(config: TrainConfig, data_id: str) -> None:
    """Has the fields take the run's settings as if a link had brought them."""
    for key, value in settings_link.params(config, data_id).items():
        state.ask(key, value)


def _targets(config: TrainConfig) -> str:
    if config.bounded:
        return "own workload bounds"
    shown = [f"{100 * c:.6g}" for c in config.coverage]
    return ", ".join(shown if len(shown) <= 12 else [*shown[:5], "…", *shown[-5:]]) + " %"


def _bounds(agent: Agent) -> str:
    if not agent.on_duty:
        return "off duty"
    return words.bounds_text(*agent.shares())


def _duty(agent: Agent) -> str:
    return "on duty" if agent.on_duty else "off duty"


def _number(value: float | None) -> str:
    return "the default" if value is None else f"{value:.6g}"
