"""The training form: fields in plain words, checked while they are edited."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.shared import run_queries, state, words
from app.train import advanced, agents, bounds, fields, missing, targets
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.methods.registry import METHODS

MODES = {
    "targets": "A range of shares for the AI",
    "list": "Single shares for the AI",
    "bounds": "Own bounds for everyone",
}
_DEFAULT_METHOD = TrainConfig().method


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the form says now.

    Attributes:
      config: settings to train with, None while something is wrong.
      problem: what is wrong, in words.
    """

    config: TrainConfig | None = None
    problem: str | None = None


def training(data: AnnotationSet, data_id: str) -> Draft:
    """Draws the whole form and returns what it says."""
    agents.adopt(data)
    # Laid out first: the method's remark depends on the annotations that are left further down.
    method_place = st.container()
    with method_place:
        method = _method()
    st.header("Who may do how much", anchor=False)
    mode = fields.choice("by", "What to set", MODES, "targets", visible=False)
    settings, problem = _workloads(data, mode)
    settings["method"] = method
    st.header("Missing annotations", anchor=False)
    settings |= missing.draw(data, data_id)
    with method_place:
        problem = _needs_all(data, settings) or problem
    st.header("How long to train", anchor=False)
    settings |= _effort()
    note_place = st.container()
    with st.expander("Advanced: network and optimiser", icon=":material/tune:"):
        more, said = advanced.draw(data, method)
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


def _method() -> str:
    """Which method learns, with what it means beneath."""
    choices = run_queries.methods()
    labels = {name: choice.label for name, choice in choices.items()}
    method = fields.pick("method", "How to learn", labels, _DEFAULT_METHOD)
    st.caption(choices[method].text, help=choices[method].term or None)
    return method


def _needs_all(data: AnnotationSet, settings: dict[str, Any]) -> str | None:
    """Refuses the method for complete sets where annotations are missing; offers another."""
    if not METHODS[settings["method"]].needs_complete or data.kind == "labels":
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
        "This way of learning needs every expert's annotation of every training case; "
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
    return "This way of learning does not go with missing annotations."


def _workloads(data: AnnotationSet, mode: str) -> tuple[dict[str, Any], str | None]:
    """Targets or own bounds, and who is off duty."""
    if mode == "bounds":
        present = data.annotated[data.index(Split.TRAIN)].sum(axis=0)
        counts = {name: int(n) for name, n in zip(data.experts, present, strict=True)}
        asked, problem = bounds.draw(data, counts)
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
    """How many seeds, how many epochs, and from which seed."""
    numbers = (
        ("seeds", "Seeds", 1, 1, 1000, "How often everything is trained anew, each time from "
         "another random start. With three or more, intervals show what chance alone does."),
        ("epochs", "Epochs", 60, 1, 100_000, "How often training goes through all training cases."),
        ("seed", "First seed", 0, 0, 2**31 - 1001, "The number all randomness starts from: the "
         "same seed gives the same run."),
    )  # fmt: skip
    values: dict[str, Any] = {}
    for column, (key, label, default, least, most, text) in zip(
        st.columns(3), numbers, strict=True
    ):
        with column:
            values[key] = fields.number(key, label, default, least, most, text)
    return values
