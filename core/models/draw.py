"""Initial parameters of a whole network from one draw."""

import math
from typing import Any

from core.models.spec import Params


def one_draw(shapes: Any, key: Any) -> Params:
    """Kernels uniform with variance 1 / fan-in (LeCun), biases zero, all cut from one draw.

    A draw per layer would take longer to compile than the training step. For networks whose
    one-dimensional parameters are all biases: scales of a normalisation would start at zero.

    Args:
      shapes: nested dictionaries of shapes.
      key: of JAX.
    """
    import jax
    import jax.numpy as jnp

    leaves, tree = jax.tree.flatten(shapes)
    total = sum(math.prod(leaf.shape) for leaf in leaves if len(leaf.shape) > 1)
    draw = jax.random.uniform(key, (total,), minval=-1.0, maxval=1.0)
    filled, taken = [], 0
    for leaf in leaves:
        if len(leaf.shape) == 1:
            filled.append(jnp.zeros(leaf.shape))
            continue
        size = math.prod(leaf.shape)
        scale = math.sqrt(3.0 / math.prod(leaf.shape[:-1]))
        filled.append(scale * draw[taken : taken + size].reshape(leaf.shape))
        taken += size
    return jax.tree.unflatten(tree, filled)
