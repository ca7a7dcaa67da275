"""The training form: fields in plain words, checked while they are edited."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.shared import run_queries, state, words
from app.train import advanced, agents, bounds, fields, missing, targets
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.methods.registry import METHODS, SIMPLEST

MODES = {
    "targets": "Range of shares for the AI",
    "list": "List of shares for the AI",
    "bounds": "Bounds for every agent",
}
_DEFAULT_METHOD = TrainConfig().method


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The form's current settings.

    Attributes:
      config: settings to train with, None while something is wrong.
      problem: what is wrong, in words.
    """

    config: TrainConfig | None = None
    problem: str | None = None


def training(data: AnnotationSet, data_id: str) -> Draft:
    """Draws the form and returns its settings."""
    agents.adopt(data)
    # Placed first, filled later: what a method refuses depends on fields further down.
    method_place = st.container()
    with method_place:
        method = _method(data)
    st.header("Workloads", anchor=False)
    mode = fields.choice("by", "What to set", MODES, "targets", visible=False)
    settings, problem = _workloads(data, mode)
    settings["method"] = method
    st.header("Missing annotations", anchor=False)
    settings |= missing.draw_missing_rate(data, data_id)
    with method_place:
        problem = _needs_all(data, settings) or problem
    st.header("Length of training", anchor=False)
    settings |= _effort()
    note_place = st.container()
    with st.expander("Advanced: network and optimiser", icon=":material/tune:"):
        more, said = advanced.draw_advanced(data, method)
    settings |= more
    if note := advanced.step_note(data, more["batch_size"]):
        note_place.caption(f":material/info: {note}")
    agents.publish(data)
    problem = problem or said
    if problem:
        return Draft(problem=problem)
    try:
        return Draft(config=TrainConfig(**settings))
    except ConfigError as error:
        return Draft(problem=str(error))


def _method(data: AnnotationSet) -> str:
    """The method, with its explanation below."""
    # Where all cases look alike there is nothing that a mixture could learn.
    default = SIMPLEST if data.kind == "labels" else _DEFAULT_METHOD
    choices = run_queries.methods()
    labels = {name: choice.label for name, choice in choices.items()}
    method = fields.pick_setting("method", "Method", labels, default)
    st.caption(choices[method].text, help=choices[method].term or None)
    return method


def _needs_all(data: AnnotationSet, settings: dict[str, Any]) -> str | None:
    """Why the method cannot be used where annotations are missing; offers another one."""
    if not METHODS[settings["method"]].needs_complete:
        return None
    present = data.annotated[data.index(Split.TRAIN)]
    config = TrainConfig(**{k: settings[k] for k in ("missing_rate", "missing_rates")})
    left = sum(
        count * (1 - rate)
        for count, rate in zip(present.sum(axis=0), config.rates(data.experts), strict=True)
    )
    gone = 1 - float(left) / max(present.size, 1)
    if gone <= 0:
        return None
    other = words.method_name(_DEFAULT_METHOD)
    st.error(
        "This method needs every expert's annotation of every training case; "
        f"{words.percent(gone)} are missing.",
        icon=":material/block:",
    )
    st.button(
        f"Use “{other}” instead",
        key="use_default_method",
        icon=":material/auto_fix_high:",
        on_click=state.choose,
        args=("method", _DEFAULT_METHOD),
    )
    return "This method cannot be used with missing annotations."


def _workloads(data: AnnotationSet, mode: str) -> tuple[dict[str, Any], str | None]:
    """Targets or own bounds, and the experts off duty."""
    if mode == "bounds":
        present = data.annotated[data.index(Split.TRAIN)].sum(axis=0)
        counts = {name: int(n) for name, n in zip(data.experts, present, strict=True)}
        asked, problem = bounds.draw_bounds(data, counts)
        settings: dict[str, Any] = {"bounds": asked}
    else:
        settings, problem = (targets.as_range(), None) if mode == "targets" else targets.as_list()
        settings |= targets.humans()
        problem = targets.off_duty(data) or problem
    record = agents.agents(data)
    settings["off_duty"] = tuple(
        name
        for name in data.experts
        if not record[name].on_duty and name not in data.excluded_experts
    )
    return settings, problem


def _effort() -> dict[str, Any]:
    """Number of seeds and epochs, and the first seed."""
    numbers = (
        ("seeds", "Seeds", 1, 1, 1000, "How many times everything is trained, each time from a "
         "different random start. With three or more, intervals show the effect of chance."),
        ("epochs", "Epochs", 60, 1, 100_000, "How many times training passes over all training "
         "cases."),
        ("seed", "First seed", 0, 0, 2**31 - 1001, "Where all randomness starts: the same seed "
         "gives the same run."),
    )  # fmt: skip
    values: dict[str, Any] = {}
    for column, (key, label, default, least, most, text) in zip(
        st.columns(3), numbers, strict=True
    ):
        with column:
            values[key] = fields.number(key, label, default, least, most, text)
    return values
