"""What each format yields, before names and inputs are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int8, Int32

from core.encoding.encoder import Encoded
from core.encoding.score_inputs import ScoreColumn
from core.files.table import Table
from core.reading.annotations import Annotations


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Checked cases and annotations.

    Attributes:
      case_ids: N texts. split: `Split` of each. truth: index into `classes`.
      annotations: of the experts.
      excluded: experts excluded from deferral.
      groups: text per case for each group column.
      features: encoded features, or None.
      files: each case's image file; None where the format has none.
      images_expected: whether a data set without images is an error.
      ai: an external AI's predictions as a table; None where they may be in a file of their own.
      score: the column they were made of; None where probabilities or answers were given.
      machines: experts who are AIs too.
      left_out: ids of cases that are listed, but left out because their truth is not known.
      unknown: cases whose truth is the majority of the answers until a consensus is found; None
        where all truths are known.
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
    ai: Table | None = None
    score: ScoreColumn | None = None
    machines: tuple[str, ...] = ()
    left_out: pd.Series | None = None
    unknown: Bool[np.ndarray, " N"] | None = None
