"""The training form: fields in plain words, checked while they are edited."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import queries, state, words
from app.train import bounds
from core.data.annotation_set import AnnotationSet
from core.runs.config import ConfigError, TrainConfig

MODES = {"targets": "Shares for the AI", "bounds": "Own bounds for everyone"}
STEPS = (5, 10, 20, 25)
NETWORKS = {
    "auto": "Chosen by the data",
    "mlp": "Layers of units (MLP)",
    "cnn": "Small image network (CNN)",
}
EXPERT_NETWORKS = {
    "auto": "Chosen by the data",
    "separate": "One network per expert (as published)",
    "shared": "One shared network, a head per expert",
}
PROJECTIONS = {
    "batch": "Solve the prices in every batch",
    "running": "Carry the prices on from batch to batch",
}
AI_KINDS = {"learned": "Learn an AI", "external": "Use the data set's own AI predictions"}


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
    method = method_field()
    st.subheader("Who may do how much", anchor=False)
    mode = _choice("by", "What to set", MODES, "targets", visible=False)
    settings: dict[str, Any] = {"method": method}
    problem = None
    if mode == "targets":
        settings |= target_fields()
    else:
        limits, problem = bounds.draw(data)
        settings |= limits
    st.subheader("Missing annotations and repeats", anchor=False)
    settings |= missing_field(data_id)
    settings |= repeat_fields()
    with st.expander("Advanced settings", icon=":material/tune:"):
        advanced, said = advanced_fields(data)
    settings |= advanced
    problem = problem or said
    if problem:
        return Draft(problem=problem)
    try:
        config = TrainConfig(**settings)
    except ConfigError as error:
        return Draft(problem=str(error))
    return Draft(config=config)


def method_field() -> str:
    """Which method learns, with what it means beneath."""
    choices = queries.methods()
    method = _pick("method", "How to learn", {k: c.label for k, c in choices.items()}, "pl2d")
    st.caption(choices[method].text, help=choices[method].term or None)
    return method


def target_fields() -> dict[str, Any]:
    """Shares of the cases that the AI is asked to take, and how the experts share the rest."""
    st.caption(
        "Each share becomes one point of the curve: the AI takes that many cases, "
        "the experts the rest.",
        help="A target c bounds the AI's workload by [c, c].",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        state.span("ai", (0, 100), 0, 100)
        chosen: Any = st.slider(
            "The AI takes from … to … of the cases",
            0,
            100,
            step=5,
            format="%d %%",
            key="ai",
            persist_state="session",
        )
        low, high = chosen
        state.publish("ai", (low, high), (0, 100))
    with right:
        state.adopt("step", 10, read=int, valid=lambda v: v in STEPS)
        step = st.segmented_control(
            "In steps of",
            STEPS,
            format_func=lambda s: f"{s}\u202f%",
            key="step",
            required=True,
            persist_state="session",
        )
        state.publish("step", step, 10)
    targets = [*range(low, high, step or 10), high]
    shown = ", ".join(map(str, targets if len(targets) <= 12 else targets[:11])) + (
        " %" if len(targets) <= 12 else f", … {high} %"
    )
    st.caption(f"{words.count(len(targets), 'point')}: {shown}")
    humans = _choice(
        "humans",
        "How the experts share the rest",
        {name: choice.label for name, choice in words.HUMANS.items()},
        "free",
        help=" ".join(f"{c.label}: {c.help}" for c in words.HUMANS.values()),
    )
    return {"coverage": tuple(t / 100 for t in targets), "humans": humans}


def missing_field(data_id: str) -> dict[str, Any]:
    """How many of the present annotations to take away, with what is left as counts."""
    state.whole("missing", 0, 0, 95)
    missing = st.slider(
        "Take away some of the present annotations",
        0,
        95,
        step=5,
        format="%d %%",
        key="missing",
        persist_state="session",
        help=(
            "Completely at random, from the training cases only, anew for each seed: to see how "
            "well the team does with fewer annotations. 0 % keeps all there are."
        ),
    )
    state.publish("missing", missing, 0)
    kept = queries.kept_annotations(data_id, missing / 100, 0)
    present, left = int(kept["present"].sum()), int(kept["kept"].sum())
    possible = int((kept["cases"]).sum())
    if missing:
        line = f"Leaves **{left:,}** of {words.count(present, 'training annotation')}"
    else:
        line = f"Keeps all **{present:,}** training annotations"
    st.caption(f"{line}: {words.percent(left / max(possible, 1))} of what a full table would hold.")
    if missing and len(kept) <= 12:
        st.caption(
            "Per expert: "
            + ", ".join(f"{r.expert} {r.kept:,} of {r.present:,}" for r in kept.itertuples())
        )
    return {"missing_rate": missing / 100}


def repeat_fields() -> dict[str, Any]:
    """How often to repeat, from which seed, and how long to train."""
    fields = (
        ("seeds", "Repeats (seeds)", 1, 1, 100, "Each repeat trains everything anew. With three or "
         "more, intervals show what chance alone does."),
        ("epochs", "Passes (epochs)", 60, 1, 100_000, "How often training goes "
         "through all training cases."),
        ("seed", "First seed", 0, 0, 1_000_000, "The number all randomness starts from: the same "
         "seed gives the same run."),
    )  # fmt: skip
    values: dict[str, Any] = {}
    for column, (key, label, default, least, most, text) in zip(st.columns(3), fields, strict=True):
        with column:
            values[key] = _number(key, label, default, least, most, text)
    return values


def advanced_fields(data: AnnotationSet) -> tuple[dict[str, Any], str | None]:
    """Network and optimiser; what cannot be read is returned as a sentence."""
    values: dict[str, Any] = {}
    problem = None
    left, right = st.columns(2, gap="large")
    with left:
        values["network"] = _pick("network", "Network", NETWORKS, "auto")
        values["expert_networks"] = _pick(
            "expert_networks", "Networks of the experts", EXPERT_NETWORKS, "auto"
        )
        values["projection"] = _pick(
            "projection",
            "Keeping to the bounds while training",
            PROJECTIONS,
            "batch",
            help="The E-step's projection: prices μ solved per batch, or averaged over batches.",
        )
        if data.ai_probabilities is not None:
            values["ai"] = _pick("ai_kind", "The AI", AI_KINDS, "learned")
    with right:
        values["learning_rate"] = _optional(
            "learning_rate", "Learning rate", "Of the first step; falls along a cosine. η", 1e-6
        )
        values["weight_decay"] = _optional(
            "weight_decay", "Weight decay", "Pulls the weights towards zero (L2).", 0.0
        )
        values["batch_size"] = _number(
            "batch_size", "Cases per step (batch size)", 128, 1, 100_000, "At most; small sets use "
            "smaller batches."
        )  # fmt: skip
        state.adopt("hidden", "128, 128")
        hidden = st.text_input(
            "Hidden layers",
            key="hidden",
            persist_state="session",
            help="Widths of the layers of the MLP, separated by commas.",
        )
        state.publish("hidden", hidden, "128, 128")
        try:
            values["hidden"] = tuple(int(part) for part in hidden.split(",") if part.strip())
        except ValueError:
            problem = f"Hidden layers: found “{hidden}”, expected whole numbers such as “128, 128”."
            st.error(problem)
    return values, problem


def _number(key: str, label: str, default: int, least: int, most: int, text: str) -> int:
    state.whole(key, default, least, most)
    value = st.number_input(label, least, most, step=1, key=key, help=text, persist_state="session")
    value = default if value is None else int(value)
    state.publish(key, value, default)
    return value


def _optional(key: str, label: str, text: str, least: float) -> float | None:
    state.adopt(key, None, read=float, valid=lambda v: v is None or v >= least)
    value = st.number_input(
        label,
        min_value=least,
        value=None,
        step=1e-4,
        format="%.6g",
        placeholder="the default",
        key=key,
        help=text + " Empty: the default of the network and method.",
        persist_state="session",
    )
    state.publish(key, value)
    return value


def _pick(
    key: str, label: str, choices: dict[str, str], default: str, help: str | None = None
) -> str:
    """A select box over names with plain labels, kept and in the URL."""
    state.option(key, choices, default)
    value = st.selectbox(
        label,
        list(choices),
        format_func=choices.__getitem__,
        key=key,
        help=help,
        persist_state="session",
    )
    state.publish(key, value, default)
    return value


def _choice(
    key: str,
    label: str,
    choices: dict[str, str],
    default: str,
    help: str | None = None,
    visible: bool = True,
) -> str:
    """A segmented control over names with plain labels, kept and in the URL."""
    state.option(key, choices, default)
    value = st.segmented_control(
        label,
        list(choices),
        format_func=choices.__getitem__,
        key=key,
        required=True,
        help=help,
        label_visibility="visible" if visible else "collapsed",
        persist_state="session",
    )
    state.publish(key, value, default)
    return value or default
