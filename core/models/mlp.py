"""Layers of units with ReLU between them (MLP), for features."""

import itertools
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
from jaxtyping import Float32

from core.models.draw import one_draw
from core.models.spec import NetworkConfig, NetworkSpec, Params


def build(config: NetworkConfig, outputs: int, *, rngs: Any) -> Any:
    """The module; without hidden layers it is a logistic model."""
    return _module()(config.input_shape[0], config.hidden, outputs, rngs=rngs)


def forward(params: Params, x: Float32[np.ndarray, "B D"]) -> Float32[np.ndarray, "B L"]:
    """Logits in NumPy: importing JAX would take longer than a few hundred cases do."""
    layers = params.get("layers", {})
    for name in sorted(layers, key=int):
        x = np.maximum(x @ layers[name]["kernel"] + layers[name]["bias"], np.float32(0.0))
    return x @ params["head"]["kernel"] + params["head"]["bias"]


def logistic(config: NetworkConfig) -> NetworkConfig:
    """A logistic model on the same features."""
    return replace(config, kind=SPEC.name, hidden=())


@cache
def _module() -> type:
    """The class, made on first use: listing the networks imports no JAX."""
    from flax import nnx
    from jaxtyping import Array, Float

    from core.models.layers import dense_product

    class MLP(nnx.Module):
        def __init__(self, inputs: int, hidden: tuple[int, ...], outputs: int, *, rngs: nnx.Rngs):
            widths = (inputs, *hidden)
            dense = partial(nnx.Linear, rngs=rngs, dot_general=dense_product)
            self.layers = nnx.List([dense(a, b) for a, b in itertools.pairwise(widths)])
            self.head = dense(widths[-1], outputs)

        def __call__(self, x: Float[Array, "B D"]) -> Float[Array, "B L"]:
            for layer in self.layers:
                x = nnx.relu(layer(x))
            return self.head(x)

    return MLP


SPEC = NetworkSpec(
    name="mlp",
    label="Layers of units (MLP)",
    text="Fully connected layers with ReLU between them; an image becomes its pixels in a row.",
    reads="features",
    build=build,
    learning_rate=0.01,
    weight_decay=5e-3,
    hidden=True,
    init=one_draw,
    forward=forward,
)
