"""The two optimisers, with every number traced so that changing one compiles nothing."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from core.models.spec import Params

MOMENTUM, CLIP = 0.9, 10.0


class Rates(NamedTuple):
    """Numbers of the optimiser, traced.

    Attributes:
      learning_rate: of the first step.
      weight_decay: L2 weight (sgd: in the gradient; adamw: decoupled).
      total_steps: length of the cosine decay, in steps.
    """

    learning_rate: Float[Array | np.ndarray, ""]
    weight_decay: Float[Array | np.ndarray, ""]
    total_steps: Float[Array | np.ndarray, ""]


def _transform(
    kind: str, weight_decay: Float[Array | np.ndarray, ""]
) -> optax.GradientTransformation:
    if kind == "sgd":
        return optax.chain(
            optax.clip_by_global_norm(CLIP),
            optax.add_decayed_weights(weight_decay),
            optax.trace(decay=MOMENTUM),
        )
    if kind == "adamw":
        return optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(weight_decay))
    raise ValueError(f"unknown optimiser {kind!r}")


def init(kind: str, params: Params) -> Any:
    """Initial optimiser state."""
    return _transform(kind, jnp.zeros(())).init(params)


def step(
    kind: str, params: Params, grads: Params, state: Any, count: Array, rates: Rates
) -> tuple[Params, Any]:
    """Parameters and optimiser state after one step; `count` steps were made before."""
    updates, state = _transform(kind, rates.weight_decay).update(grads, state, params)
    rate = rates.learning_rate
    if kind == "sgd":
        done = jnp.minimum(count / rates.total_steps, 1.0)
        rate = rate * 0.5 * (1.0 + jnp.cos(jnp.pi * done))
    return jax.tree.map(lambda p, u: p - rate * u, params, updates), state
