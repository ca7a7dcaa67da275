"""Inputs said as they stood in the file: scaled numbers and columns of categories read back."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Shaped

from core.data.encoder import CategoryColumn, Encoder, NumberColumn


def as_written(
    encoder: Encoder | None, names: Sequence[str], row: Shaped[np.ndarray, " D"]
) -> list[str]:
    """What each input of a case was before it was encoded.

    Args:
      encoder: of the data set; None where none is kept, then numbers stay as the networks see
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
    texts = {}
    for column in encoder.columns:
        missing = seen.get(f"{column.name} (missing)", 0.0) > 0.5
        if isinstance(column, NumberColumn):
            if column.scaling is not None and column.name in seen:
                number = f"{column.scaling.undo(seen[column.name]):.4g}"
                texts[column.name] = "missing" if missing else number
        for name in seen:
            flag = name == f"{column.name} (missing)" or (
                isinstance(column, CategoryColumn) and name.startswith(f"{column.name} = ")
            )
            if flag:
                texts[name] = "yes" if seen[name] > 0.5 else "no"
    return [texts.get(name, f"{seen[name]:.3f}") for name in names]
