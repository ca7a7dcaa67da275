"""What the image network is made of, for JAX and NumPy arrays alike; imports neither's networks."""

import math
from typing import Any, NamedTuple


class Layer(NamedTuple):
    """One patch layer: side of its patches, step between them, features it gives."""

    size: int
    stride: int
    features: int


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
