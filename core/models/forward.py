"""The networks' forward pass in NumPy: a trained model is applied where JAX is not loaded.

The web process and `python -m core route` apply a small model to a few hundred cases; importing and
compiling JAX for that would take longer than the arithmetic.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from core.models.shapes import image_layers, patches

_BLOCK = 256  # cases at a time: patches of images take forty times their room
Params = Mapping[str, Any]  # nested by name, as the networks keep them


def logits(
    params: Params, inputs: Float32[np.ndarray, "N D"] | UInt8[np.ndarray, "N H W 3"]
) -> Float32[np.ndarray, "N L"]:
    """Logits of any number of cases, by the network whose parameters these are.

    Args:
      params: of one `MLP` (for features) or one `SmallCNN` (for images).
      inputs: features, or images 0–255.
    """
    one = _image_block if inputs.ndim == 4 else _table_block
    blocks = [one(params, inputs[i : i + _BLOCK]) for i in range(0, len(inputs), _BLOCK)]
    width = params["head"]["bias"].shape[-1]
    return np.concatenate(blocks) if blocks else np.zeros((0, width), np.float32)


def _table_block(params: Params, x: np.ndarray) -> np.ndarray:
    layers = params.get("layers", {})
    for name in sorted(layers, key=int):
        x = _relu(_linear(layers[name], x))
    return _linear(params["head"], x)


def _image_block(params: Params, x: np.ndarray) -> np.ndarray:
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
