"""Network and optimiser, beside the settings of the method's paper where it has one."""

from typing import Any

import pandas as pd
import streamlit as st

from app.shared import state, views, words
from app.train import fields
from core.base.numbers import whole
from core.base.report import clip
from core.config.missing_rates import check_learning_rate
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.splits import training_cases
from core.experiment.plan import default_ai
from core.methods.registry import METHODS
from core.models.registry import NETWORKS, default_for
from core.training.steps import batches_of

EXPERT_NETWORKS = {
    "auto": "Chosen by the number of experts",
    "separate": "One network per expert (as published)",
    "shared": "One shared network, a head per expert",
}
CURVES = {
    "one": "Once, for all targets",
    "each": "Once per target (as published)",
}
AI_KINDS = {"learned": "Learn an AI", "external": "Use the data set's own AI predictions"}
BATCH = 128
_HIDDEN = "128, 128"
_WIDEST = 4096
# Setting, ours, the paper's (`MethodSpec.paper`), why ours differs.
PAPER = (
    ("Optimiser", "SGD, momentum 0.9", "the same", ""),
    ("Learning rate over time", "cosine decay", "the same", ""),
    ("Gradient norm clipped at", "10", "the same", ""),
    (
        "E-step",
        "exact",
        "mean field, 10 rounds",
        "The exact posterior has a closed form: no approximation error, and faster. The paper's "
        "version is the method “Learn with missing annotations, approximately”.",
    ),
    (
        "Network",
        f"{default_for('features').name}, or {default_for('images').name} for images",
        "ResNet-18 and similar",
        "Trains on a laptop in seconds to minutes; most data sets are tables.",
    ),
    (
        "Experts' models",
        "one network each up to 8 experts, otherwise one trunk with a head each",
        "one network each",
        "The cost of a step would grow with experts who annotated only a few cases.",
    ),
    (
        "Learning rate, weight decay",
        "; ".join(f"{n} {s.learning_rate:g} and {s.weight_decay:g}" for n, s in NETWORKS.items()),
        "values for ResNets",
        "Chosen on validation cases for these smaller networks.",
    ),
    (
        "Training of a curve",
        "once, without bounds; prices then meet every target",
        "once per target",
        "Several times faster and, over six sets and 20 seeds, about as accurate: AUC-CAC from 1.8 "
        "points lower (400 experts) to 5.2 points higher.",
    ),
    (
        "Who decides",
        "three rules, two of them with prices",
        "as trained, bounds not enforced",
        "So it misses the target workloads; prices fitted on validation cases meet them.",
    ),
)


def networks() -> dict[str, str]:
    """Networks by name, as people choose them."""
    return {"auto": "Chosen by the data"} | {n: spec.label for n, spec in NETWORKS.items()}


def _ours(rate: str) -> str:
    return ", ".join(f"{getattr(spec, rate):g} for {name}" for name, spec in NETWORKS.items())


def draw_advanced(data: AnnotationSet, method: str) -> tuple[dict[str, Any], str | None]:
    """The fields, including the method's own, and what cannot be read, as a sentence."""
    values: dict[str, Any] = {}
    spec = METHODS[method]
    left, right = st.columns(2, gap="large")
    with left:
        values["network"] = fields.pick_setting(
            "network",
            "Network",
            networks(),
            "auto",
            help="  \n".join(f"*{spec.label}*: {spec.text}" for spec in NETWORKS.values()),
        )
        values["expert_networks"] = fields.pick_setting(
            "expert_networks", "Networks of the experts", EXPERT_NETWORKS, "auto"
        )
        if spec.repriced:
            values["curve"] = fields.pick_setting(
                "curve",
                "Training of the curve",
                CURVES,
                TrainConfig().curve,
                help="Once: trained without bounds, and prices then bring the workloads to every "
                "target; much faster. Once per target: the bounds shape each training.",
            )
        values["settings"] = tuple((s.name, fields.setting(s)) for s in spec.settings)
        if data.ai_probabilities is not None:
            values["ai"] = fields.pick_setting("ai_kind", "The AI", AI_KINDS, default_ai(data.kind))
    with right:
        values["learning_rate"] = fields.optional(
            "learning_rate",
            "Learning rate",
            f"Of the first step (η). {spec.optimiser + '. ' * bool(spec.optimiser)}"
            f"Defaults: {_ours('learning_rate')}.",
            1e-6,
        )
        rate_problem = _rate_problem(values["learning_rate"])
        values["weight_decay"] = fields.optional(
            "weight_decay",
            "Weight decay",
            f"Pulls the weights towards zero (L2). Defaults: {_ours('weight_decay')}.",
            0.0,
        )
        values["batch_size"] = fields.number(
            "batch_size",
            "Cases per step (batch size)",
            BATCH,
            1,
            1_000_000,
            "At most. On a small set an epoch still has eight steps of at least sixteen cases.",
        )
        hidden, problem = _hidden()
        problem = rate_problem or problem
        values["hidden"] = hidden
    if not spec.trains:
        st.caption(
            "This method trains no network of its own: learning rate, weight decay and epochs have "
            "no effect."
        )
    if spec.paper:
        st.markdown(f"**Compared with the paper** ({views.escape(spec.paper)})")
        st.table(
            pd.DataFrame(PAPER, columns=["Setting", "Default here", "In the paper", "Why"]),
            border="horizontal",
            hide_index=True,
        )
    return values, problem


def step_note(data: AnnotationSet, batch_size: int) -> str | None:
    """What the batch size comes to where a small set lowers it and no warning says so already."""
    cases = training_cases(data)
    if not cases or len(data.index(Split.TRAIN)) < batch_size:
        return None
    steps, size = batches_of(cases, batch_size)
    if steps <= -(-cases // batch_size) and cases >= batch_size:
        return None
    return (
        f"The batch size is lowered to {size}: {words.count(cases, 'training case')} would give "
        f"too few steps of {batch_size:,}. An epoch has {words.count(steps, 'step')}."
    )


def _rate_problem(rate: float | None) -> str | None:
    """Why no network learns at this rate, shown beside its field."""
    try:
        check_learning_rate(rate)
    except ConfigError as error:
        why = words.sentence(error)
        st.error(views.escape(why), icon=":material/block:")
        return why
    return None


def _layered() -> str:
    return words.listing([name for name, spec in NETWORKS.items() if spec.hidden])


def _hidden() -> tuple[tuple[int, ...], str | None]:
    state.adopt("hidden", _HIDDEN)
    text = st.text_input(
        "Hidden layers",
        key="hidden",
        persist_state="session",
        help=f"Widths of the hidden layers ({_layered()}), separated by commas.",
    )
    state.publish("hidden", text, _HIDDEN)
    try:
        widths = tuple(whole(part) for part in (text or "").split(",") if part.strip())
    except ValueError:
        widths = ()
    if widths and all(1 <= width <= _WIDEST for width in widths):
        return widths, None
    found = (
        f"Hidden layers: found “{clip(text, 60)}”, expected whole numbers from 1 to {_WIDEST:,}, "
        f"such as “{_HIDDEN}”."
    )
    st.error(views.escape(found), icon=":material/block:")
    return (), found
