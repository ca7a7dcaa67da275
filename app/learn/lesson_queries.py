"""What the lesson asks of core, cached by what was set. JAX is imported on first use."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.lesson.world import Setting, World, grid, make_world

if TYPE_CHECKING:
    from core.lesson.deciding import Decided
    from core.lesson.inside import Bounded, Inside
    from core.lesson.learning import Trained

SIDE = 40  # cells of a map along a side
FREE = ((0.0,) * 4, (1.0,) * 4)
ALL = 240  # cases in one batch: all train cases
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
    batch: int = ALL,
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


@st.cache_data(max_entries=64, show_spinner=False)
def maps(setting: Setting, limits: Limits = FREE, batch: int = ALL) -> np.ndarray:
    """g on the cells of a map after every round, [R, cells, K]."""
    return _gate(setting, grid(SIDE), limits, batch)


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
    from core.lesson import deciding

    bounds = deciding.target(coverage)
    limits = tuple(map(tuple, (np.asarray(b).tolist() for b in bounds)))
    log_gate = np.log(_gate(setting, world(setting).inputs, limits)[-1])  # type: ignore[arg-type]
    return deciding.every_rule(world(setting), log_gate, value(setting), coverage)


@st.cache_data(max_entries=64, show_spinner=False)
def gate_accuracy(setting: Setting, skip_missing: bool) -> "Decided":
    """New cases decided by the gating model alone, trained without bounds."""
    model = trained(setting, skip_missing=skip_missing)
    from core.allocation.routing import route
    from core.lesson import deciding, learning
    from core.lesson.world import NEW

    made = world(setting)
    log_gate = learning.log_gate(model, made.inputs[NEW], setting.classes)[-1]
    return deciding.measured(made, route(log_gate, None))


def _gate(setting: Setting, inputs: np.ndarray, limits: Limits, batch: int = ALL) -> np.ndarray:
    model = trained(setting, limits, batch)
    from core.lesson import learning

    return np.exp(learning.log_gate(model, inputs, setting.classes))
