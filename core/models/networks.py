"""Networks for features and for images, as pure functions over their parameters.

A `Network` is a Flax NNX module split into its definition (hashable, static under jit) and its
parameters (a pytree), because the training grid stacks parameters along leading axes and maps
over them.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, UInt8

from core.models.shapes import image_layers, patches

Params = Any  # nested dictionaries of arrays


@jax.custom_vjp
def _product(x: Float[Array, "B D"], kernel: Float[Array, "D L"]) -> Float[Array, "B L"]:
    """x @ kernel, whose gradient is written so that a CPU is quick at it.

    XLA's own gradient of the kernel contracts the leading axes of both factors, for which its CPU
    products have half their speed. Transposing one factor first costs less; the barrier keeps XLA
    from folding it back. A step of the mixture takes 2 to 10 % less.
    """
    return x @ kernel


def _product_forward(x: Array, kernel: Array) -> tuple[Array, tuple[Array, Array]]:
    return x @ kernel, (x, kernel)


def _product_backward(factors: tuple[Array, Array], given: Array) -> tuple[Array, Array]:
    x, kernel = factors
    return given @ kernel.T, jax.lax.optimization_barrier(x.T) @ given


_product.defvjp(_product_forward, _product_backward)


def dense_product(x: Array, kernel: Array, *args: Any, **options: Any) -> Array:
    """`lax.dot_general` as `nnx.Linear` calls it, quick at the gradient of features on a CPU."""
    if x.ndim == 2 and jax.default_backend() == "cpu":
        return _product(x, kernel)
    return jax.lax.dot_general(x, kernel, *args, **options)


class MLP(nnx.Module):
    """Fully connected network with ReLU between the layers.

    Args:
      inputs: number of features.
      hidden: widths of the hidden layers.
      outputs: number of logits.
      rngs: source of the initial weights.
    """

    def __init__(self, inputs: int, hidden: tuple[int, ...], outputs: int, *, rngs: nnx.Rngs):
        widths = (inputs, *hidden)
        dense = partial(nnx.Linear, rngs=rngs, dot_general=dense_product)
        self.layers = nnx.List([dense(a, b) for a, b in itertools.pairwise(widths)])
        self.head = dense(widths[-1], outputs)

    def __call__(self, x: Float[Array, "B D"]) -> Float[Array, "B L"]:
        """Logits of a batch."""
        for layer in self.layers:
            x = nnx.relu(layer(x))
        return self.head(x)


class SmallCNN(nnx.Module):
    """Small convolutional network for images of about 16 to 64 pixels a side.

    A 4×4 patch layer of stride 2, then 3×3 layers of stride 2 until the map is at most 4×4, then
    one hidden dense layer.

    Args:
      shape: height, width and channels of the images.
      outputs: number of logits.
      rngs: source of the initial weights.
    """

    def __init__(self, shape: tuple[int, ...], outputs: int, *, rngs: nnx.Rngs):
        height, width, channels = shape
        self.plan, hidden = image_layers(height, width)
        layers = []
        for size, stride, out in self.plan:
            layers.append(nnx.Linear(size * size * channels, out, rngs=rngs))
            height, width, channels = math.ceil(height / stride), math.ceil(width / stride), out
        self.layers = nnx.List(layers)
        self.dense = nnx.Linear(height * width * channels, hidden, rngs=rngs)
        self.head = nnx.Linear(hidden, outputs, rngs=rngs)

    def __call__(self, x: Float[Array, "B H W F"] | UInt8[Array, "B H W F"]) -> Float[Array, "B L"]:
        """Logits of a batch of images (uint8 0–255, or floats in [0, 1])."""
        if x.dtype == jnp.uint8:
            x = x.astype(jnp.float32) / 255.0
        x = 2.0 * x - 1.0
        for (size, stride, _), layer in zip(self.plan, self.layers, strict=True):
            x = nnx.relu(layer(patches(x, size, stride)))
        x = nnx.relu(self.dense(x.reshape(x.shape[0], -1)))
        return self.head(x)


@dataclass(frozen=True)
class Network:
    """A module's definition with its parameters kept outside.

    Attributes:
      build: makes the module from random streams; must be hashable (use `functools.partial` over
        hashable arguments).
    """

    build: Callable[..., nnx.Module]

    @cached_property
    def _halves(self) -> tuple[Any, Any]:
        """The module's static definition and its parameters as shapes."""
        abstract = nnx.eval_shape(lambda: self.build(rngs=nnx.Rngs(0)))
        return nnx.split(abstract)

    def init(self, key: Array) -> Params:
        """Initial parameters, nested dictionaries; may run under vmap over keys.

        Kernels are uniform with variance 1 / fan-in (LeCun), biases zero, all cut from one draw:
        a draw per layer would take longer to compile than the training step.
        """
        leaves, tree = jax.tree.flatten(nnx.to_pure_dict(self._halves[1]))
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

    def apply(self, params: Params, x: Array) -> Float[Array, "B L"]:
        """Logits of a batch."""
        definition, shapes = self._halves
        # Both trees list the parameters in the same order, sorted by path.
        state = jax.tree.unflatten(jax.tree.structure(shapes), jax.tree.leaves(params))
        return nnx.merge(definition, state)(x)
