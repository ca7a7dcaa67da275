"""Images of more than 8 bits of grey: one scale for all images of a set."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

GreyRange = tuple[float, float]  # the values that become black and white
FULL_RANGE = (0.0, 65535.0)  # of 16 bits, as sets were read before they had a scale
_OUTSIDE = 0.001  # share of the values at either end that alone do not widen the range
_MARGIN = 0.5  # of the range in between: how far it reaches beyond it at most
_MOST = 4096  # values of one image that are looked at


def is_deep(image: Image.Image) -> bool:
    """Whether an image has more than 8 bits of grey."""
    return image.mode.startswith("I") or image.mode == "F"


def sample(image: Image.Image) -> Float[np.ndarray, " n"]:
    """Some values of an image, evenly spaced: at most 4,096."""
    values = np.asarray(image, float).ravel()
    return values[:: max(len(values) // _MOST, 1)]


def range_of(samples: Sequence[Float[np.ndarray, " n"]]) -> GreyRange | None:
    """The range of grey values of a set; None without any.

    A scanner of 12 bits writes 0 to 4,095 into files of 16: the range of the file says nothing.
    The range holds 99.8 % of the values and, beyond them, what lies within half of their range: a
    small bright spot keeps its levels, a dead pixel does not cost the others theirs.
    """
    values = np.concatenate(samples) if samples else np.empty(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = (float(v) for v in np.quantile(values, [_OUTSIDE, 1 - _OUTSIDE]))
    least, most = float(values.min()), float(values.max())
    if low == high:  # nearly all values are one
        return least, most
    margin = _MARGIN * (high - low)
    return max(least, low - margin), min(most, high + margin)


def to_levels(image: Image.Image, levels: GreyRange | None) -> UInt8[np.ndarray, "H W"]:
    """An image in 256 levels of grey.

    Args:
      image: of more than 8 bits.
      levels: the values that become 0 and 255; None for the image's own range.
    """
    values = np.asarray(image, np.float32)
    low, high = levels or range_of([values.ravel()]) or (0.0, 1.0)
    scaled = (values - low) * (255.0 / (high - low) if high > low else 1.0)
    return np.rint(np.clip(np.nan_to_num(scaled), 0, 255)).astype(np.uint8)
