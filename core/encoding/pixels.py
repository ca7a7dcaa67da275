"""Images as features."""

import numpy as np
from jaxtyping import Float32, UInt8


def as_features(
    inputs: UInt8[np.ndarray, "N H W 3"] | Float32[np.ndarray, "N D"],
) -> Float32[np.ndarray, "N D"]:
    """Pixels in a row as features in [0, 1]; features as they are."""
    if inputs.ndim == 2:
        return inputs
    return inputs.reshape(len(inputs), -1).astype(np.float32) / np.float32(255.0)
