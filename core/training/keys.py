"""Random keys, split by use; made by NumPy, because making them on a device compiles a program."""

import numpy as np
from jaxtyping import UInt32


def key_data(*words: int) -> UInt32[np.ndarray, " 2"]:
    """Raw data of the PRNG key for a seed and what it is used for.

    Args:
      words: the seed, then whole numbers from 0 up that tell uses apart.
    """
    return np.random.SeedSequence([int(word) for word in words]).generate_state(2, np.uint32)
