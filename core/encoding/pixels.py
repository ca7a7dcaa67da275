"""Images as features, and how bright they are."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from core.base.report import Report
from core.encoding.ranges import Outside, Range, Ranging

_AT_ONCE = 256  # images


def as_features(
    inputs: UInt8[np.ndarray, "N H W 3"] | Float32[np.ndarray, "N D"],
) -> Float32[np.ndarray, "N D"]:
    """Pixels in a row as features in [0, 1]; features as they are."""
    if inputs.ndim == 2:
        return inputs
    return inputs.reshape(len(inputs), -1).astype(np.float32) / np.float32(255.0)


def light(images: UInt8[np.ndarray, "N H W 3"]) -> dict[str, Float64[np.ndarray, " N"]]:
    """Brightness (mean) and contrast (standard deviation) of each image, 0 to 255."""
    blocks = [images[i : i + _AT_ONCE] for i in range(0, len(images), _AT_ONCE)]
    axes = (1, 2, 3)
    made = {
        "brightness": [block.mean(axes) for block in blocks],
        "contrast": [block.std(axes) for block in blocks],
    }
    return {name: np.concatenate([np.empty(0), *values]) for name, values in made.items()}


def light_ranges(images: UInt8[np.ndarray, "N H W 3"]) -> dict[str, Range]:
    """The ranges of `light` of train images."""
    return {name: Range.of(values) for name, values in light(images).items()}


def outside_light(
    images: UInt8[np.ndarray, "N H W 3"], ranges: Mapping[str, Range], report: Report
) -> Outside:
    """Which images are brighter, darker, flatter or harder than those of train; warns of them."""
    ranging, known = Ranging(len(images)), np.zeros(len(images), bool)
    for name, values in light(images).items():
        ranging.numbers(name, ranges[name], values, known, units=False)
    return ranging.found(report)
