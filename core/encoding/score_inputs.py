"""An AI's class probabilities as the inputs of networks, for sets without features and images."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

_CERTAIN = 1e-4  # a stated certainty counts as this close to one
_SCALE = 8.0  # log-odds of −4 to 4 become features in [0, 1]


@dataclass(frozen=True, slots=True)
class ScoreColumn:
    """The column of a table in which an AI states how sure it is of one of two classes.

    Attributes:
      name: of the column.
      positive: the class that a high score speaks for.
      scale: the score of certainty, 1 or 100.
    """

    name: str
    positive: str
    scale: float = 1.0


def log_odds(probabilities: Float[np.ndarray, "N C"]) -> Float[np.ndarray, "N L"]:
    """Log-odds in nats, clipped at about ±9.2: of the second class of two, else of every class."""
    stated = np.asarray(probabilities, np.float64)
    if stated.shape[1] == 2:
        stated = stated[:, 1:]
    stated = np.clip(stated, _CERTAIN, 1.0 - _CERTAIN)
    return np.asarray(np.log(stated) - np.log1p(-stated))


def score_inputs(
    probabilities: Float[np.ndarray, "N C"] | None, cases: int
) -> Float32[np.ndarray, "N D"]:
    """Features of the same size as those of tables, D = 1 for two classes, else C.

    Args:
      probabilities: an external AI's, rows sum to one; None without one: the same feature for all.
      cases: N.
    """
    if probabilities is None:
        return np.zeros((cases, 1), np.float32)
    return (0.5 + log_odds(probabilities) / _SCALE).astype(np.float32)
