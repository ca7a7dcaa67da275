"""What the lesson asks of core, cached by what was set. JAX is imported on first use."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.lesson.world import CASES, NEW, Setting, World, grid, make_world

if TYPE_CHECKING:
    from core.base.clusters import Mean
    from core.lesson.deciding import Decided
    from core.lesson.inside import Bounded, Inside
    from core.lesson.learning import Trained
    from core.lesson.tasks import Cost, Useful

SIDE = 32  # cells of a map along a side
FREE = ((0.0,) * 4, (1.0,) * 4)
Limits = tuple[tuple[float, ...], tuple[float, ...]]


@lru_cache(maxsize=1)
def _ready() -> None:
    """Keeps this process off the GPU, which is the worker's, and keeps what it compiles."""
    import jax

    from core.library import store
    from core.training import devices

    jax.config.update("jax_platforms", "cpu")
    devices.configure(store.home() / "jax-cache")


@st.cache_data(max_entries=64, show_spinner=False)
def world(setting: Setting) -> World:
    """The world of a setting."""
    return make_world(setting)


@st.cache_data(max_entries=64, show_spinner=False)
def trained(
    setting: Setting,
    limits: Limits = FREE,
    batch: int = CASES,
    skip_missing: bool = False,
) -> "Trained":
    """All rounds of a training.

    Args:
      setting: of the world.
      limits: minimum and maximum shares of all agents, feasible.
      batch: cases per step.
      skip_missing: naive learning to defer.
    """
    _ready()
    from core.lesson import learning
    from core.lesson.deciding import bounds_of

    return learning.train(
        world(setting), bounds_of(*limits), batch_size=batch, skip_missing=skip_missing
    )


@st.cache_data(max_entries=24, show_spinner=False)
def maps(setting: Setting, limits: Limits = FREE, batch: int = CASES) -> np.ndarray:
    """g on the cells of a map after every round, [R, cells, K]."""
    model = trained(setting, limits, batch)
    from core.lesson import learning

    # A megabyte each; colours need no more digits.
    return np.exp(learning.log_gate(model, grid(SIDE), setting.classes)).astype(np.float32)


@st.cache_data(max_entries=128, show_spinner=False)
def inside(setting: Setting, after: int) -> "Inside":
    """The E-step's numbers of all train cases after some rounds without bounds."""
    model = trained(setting)
    from core.lesson import inside as looked

    return looked.look_inside(world(setting), model, after)


@st.cache_data(max_entries=128, show_spinner=False)
def kept_to(setting: Setting, after: int, bounds: tuple[tuple[float, float], ...]) -> "Bounded":
    """Responsibilities of A, B and the AI moved onto their bounds, which are feasible."""
    q = inside(setting, after).three
    from core.lesson import inside as looked
    from core.lesson.deciding import bounds_of

    lower, upper = zip(*bounds, strict=True)
    return looked.keep_to(q, bounds_of(lower, upper))


@st.cache_data(max_entries=64, show_spinner=False)
def value(setting: Setting) -> np.ndarray:
    """Expected correctness of every agent on all cases, [N, K]."""
    _ready()
    from core.lesson import deciding

    return deciding.expected(world(setting))


@st.cache_data(max_entries=128, show_spinner=False)
def decided(setting: Setting, coverage: float) -> "dict[str, Decided]":
    """New cases decided by every rule, with a model trained for this target."""
    _ready()
    from core.lesson import deciding, learning

    made, bounds = world(setting), deciding.target(coverage)
    limits = tuple(bounds.lower.tolist()), tuple(bounds.upper.tolist())
    last = learning.last(trained(setting, limits))
    log_gate = learning.log_gate(last, made.inputs, setting.classes)[0]
    return deciding.every_rule(made, log_gate, value(setting), coverage)


def compared(first: np.ndarray, second: np.ndarray) -> "Mean":
    """Accuracy of one way to decide less that of another on the same cases, with its interval."""
    from core.lesson import deciding

    return deciding.compared(first, second)


@st.cache_data(max_entries=64, show_spinner=False)
def gate_of_new(setting: Setting, skip_missing: bool = False) -> np.ndarray:
    """g of the new cases after training without bounds, [n, K]."""
    model = trained(setting, skip_missing=skip_missing)
    from core.lesson import learning

    inputs = world(setting).inputs[NEW]
    return np.exp(learning.log_gate(learning.last(model), inputs, setting.classes)[0])


@st.cache_data(max_entries=64, show_spinner=False)
def by_gate(setting: Setting, skip_missing: bool) -> "Decided":
    """New cases decided by the gating model alone, trained without bounds."""
    gate = gate_of_new(setting, skip_missing)
    from core.lesson import deciding

    return deciding.measured(world(setting), gate.argmax(1))


@st.cache_data(max_entries=64, show_spinner=False)
def usefulness(setting: Setting) -> "Useful":
    """What expert C adds to the team."""
    v = value(setting)
    from core.lesson import tasks

    return tasks.usefulness(world(setting), v)


@st.cache_data(max_entries=64, show_spinner=False)
def cost_of_bounds(setting: Setting, limits: Limits) -> "Cost":
    """What bounds, which are feasible, cost the team."""
    v = value(setting)
    from core.lesson import deciding, tasks

    return tasks.cost_of_bounds(world(setting), v, deciding.bounds_of(*limits))


@st.cache_data(max_entries=64, show_spinner=False)
def telling_cases(setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """New cases that are clearly somebody's, and expected correctness of every agent on each."""
    v = value(setting)
    from core.lesson import tasks

    cases = tasks.telling_cases(v)
    return cases, v[NEW][cases]


@st.cache_data(max_entries=256, show_spinner=False)
def share_at(setting: Setting, price: float) -> float:
    """The AI's share when its price is set by hand, in accuracy."""
    v = value(setting)
    from core.lesson import tasks

    return tasks.share_at(v, price)
