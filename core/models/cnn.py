"""Small convolutional network, for images of about 16 to 64 pixels a side."""

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Shaped

from core.models.draw import one_draw
from core.models.spec import NetworkConfig, NetworkSpec, Params


class Layer(NamedTuple):
    """One patch layer: side of its patches, step between them, features it gives."""

    size: int
    stride: int
    features: int


def build(config: NetworkConfig, outputs: int, *, rngs: Any) -> Any:
    """The module for images of the configured size."""
    return _module()(config.input_shape, outputs, rngs=rngs)


def forward(params: Params, x: Shaped[np.ndarray, "B H W F"]) -> Float32[np.ndarray, "B L"]:
    """Logits in NumPy of images 0–255: importing JAX would take longer than the arithmetic."""
    x = np.float32(2.0) * (x.astype(np.float32) / np.float32(255.0)) - np.float32(1.0)
    plan, _ = image_layers(*x.shape[1:3])
    layers = params["layers"]
    for name, layer in zip(sorted(layers, key=int), plan, strict=True):
        x = _relu(_linear(layers[name], patches(x, layer.size, layer.stride)))
    x = _relu(_linear(params["dense"], x.reshape(x.shape[0], -1)))
    return _linear(params["head"], x)


def _linear(layer: Params, x: np.ndarray) -> np.ndarray:
    return x @ layer["kernel"] + layer["bias"]


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, np.float32(0.0))


def image_layers(height: int, width: int) -> tuple[tuple[Layer, ...], int]:
    """The patch layers for images of this size, and the width of the dense layer behind them.

    A 4×4 patch layer of stride 2, then 3×3 layers of stride 2 until the map is at most 4×4.
    """
    # Images of 16 pixels hold little more than half as many; the cost falls by three.
    features = 16 if max(height, width) <= 16 else 32
    most, hidden = 2 * features, 4 * features
    layers = [Layer(4, 2, features)]
    side = math.ceil(max(height, width) / 2)
    while side > 4 and len(layers) < 6:
        layers.append(Layer(3, 2, most))
        side = math.ceil(side / 2)
    return tuple(layers), hidden


def patches(x: Any, size: int, stride: int) -> Any:
    """Patches of an image batch, zero-padded at the lower right so that every pixel is used.

    A convolution is written as these slices and one matrix product: XLA's own convolution on the
    CPU is slow under vmap and very slow inside a scan.

    Args:
      x: [B, H, W, F], of JAX or NumPy.
      size: side of a patch.
      stride: step between patches.

    Returns:
      [B, h, w, size · size · F], of the same kind as `x`.
    """
    xp = x.__array_namespace__()
    height, width = (-(-side // stride) for side in x.shape[1:3])
    pad = [
        (0, max((count - 1) * stride + size - side, 0))
        for count, side in ((height, x.shape[1]), (width, x.shape[2]))
    ]
    before = [(total // 2, total - total // 2) for _, total in pad]
    x = xp.pad(x, ((0, 0), before[0], before[1], (0, 0)))
    rows, columns = (height - 1) * stride + 1, (width - 1) * stride + 1
    return xp.concatenate(
        [
            x[:, i : i + rows : stride, j : j + columns : stride]
            for i in range(size)
            for j in range(size)
        ],
        axis=-1,
    )


@cache
def _module() -> type:
    """The class, made on first use: listing the networks imports no JAX."""
    from flax import nnx
    from jaxtyping import Array, Float

    class SmallCNN(nnx.Module):
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

        def __call__(self, x: Float[Array, "B H W F"]) -> Float[Array, "B L"]:
            x = 2.0 * x - 1.0
            for (size, stride, _), layer in zip(self.plan, self.layers, strict=True):
                x = nnx.relu(layer(patches(x, size, stride)))
            x = nnx.relu(self.dense(x.reshape(x.shape[0], -1)))
            return self.head(x)

    return SmallCNN


def _floats(shape: tuple[int, ...]) -> int:
    """Patches of an image are about 40 times the image."""
    return 40 * math.prod(shape)


SPEC = NetworkSpec(
    name="cnn",
    label="Small image network (CNN)",
    text="Convolutions of stride 2 and one dense layer, for images of 16 to 64 pixels a side.",
    reads="images",
    build=build,
    learning_rate=0.03,
    weight_decay=1e-3,
    folds=2,  # an image classifier costs a hundred times a tabular one
    init=one_draw,
    forward=forward,
    floats=_floats,
)
