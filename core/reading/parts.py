"""What each form of input yields before names and inputs make it a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from jaxtyping import Int8, Int32

from core.encoding.encoder import Encoded
from core.reading.annotations import Annotations


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Checked cases and annotations.

    Attributes:
      case_ids: N texts. split: `Split` of each. truth: index into `classes`.
      annotations: what the experts said.
      excluded: experts kept out of deferral.
      groups: text per case for each group column.
      features: encoded features, or None.
      files: each case's image file; None where the form names none.
      images_expected: whether a set without any image file is an error.
    """

    case_ids: pd.Series
    split: Int8[np.ndarray, " N"]
    truth: Int32[np.ndarray, " N"]
    classes: tuple[str, ...]
    annotations: Annotations
    excluded: tuple[str, ...]
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    features: Encoded | None = None
    files: Sequence[str] | None = None
    images_expected: bool = False
