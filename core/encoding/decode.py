"""Inputs said as they stood in the file: scaled numbers and columns of categories read back."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Shaped

from core.encoding.encoder import Encoder, NumberColumn, missing_title


def as_written(
    encoder: Encoder | None, names: Sequence[str], row: Shaped[np.ndarray, " D"]
) -> list[str]:
    """What each input of a case was before it was encoded.

    Args:
      encoder: of the data set; None if not stored, then numbers stay as the networks see
        them.
      names: of the inputs, as the encoder gave them.
      row: the inputs of one case.

    Returns:
      A text per input: a number as in the file to four digits (one far beyond those of train as
      where its scaling ends); `yes` or `no` for a category; `missing` for a number that was
      imputed.
    """
    if encoder is None:
        return [f"{value:.3f}" for value in row]
    seen = dict(zip(names, (float(v) for v in row), strict=True))
    numbers = {
        column.name: column
        for column in encoder.columns
        if isinstance(column, NumberColumn) and column.steps is not None
    }
    texts = []
    for name, value in seen.items():
        # What is no number tells whether something is so: a category, or a missing cell.
        if (number := numbers.get(name)) is None:
            texts.append("yes" if value > 0.5 else "no")
        elif seen.get(missing_title(name), 0.0) > 0.5:
            texts.append("missing")
        else:
            texts.append(f"{number.undo(value):.4g}")
    return texts
