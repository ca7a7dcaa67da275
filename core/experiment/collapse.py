"""Whether training failed: numbers that are not finite, networks with constant output.

Too large a learning rate or weight decay shows in three ways. The loss becomes infinite, and with
it all weights; it ends above that of guessing; or, most often, every unit of a network dies (a ReLU
that is below zero for every case has no gradient to recover with), the loss settles at that of a
constant output, and only the accuracy looks wrong.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.methods.rules import RULES
from core.results.models import Training

# Minimum difference, in nats, between a working network's log-probabilities for some two cases of
# the validation and test splits. Measured on the samples: 1 to 120 where training went well, mostly
# 0 and at most 1e-3 for dead networks.
_ALIVE = 0.01
# Training starts a little above guessing: random weights do not guess evenly.
_EXPLODED = 1.5
# Rules that decide by the method's networks and its AI; others have an ensemble of their own.
AFFECTED = tuple(name for name, rule in reversed(RULES.items()) if rule.own)


class Health(NamedTuple):
    """How many of a run's grid points failed.

    Attributes:
      points: all of them, targets × seeds.
      infinite: whose loss or networks hold numbers that are not finite.
      exploded: of the others, whose loss ended above that of guessing.
      constant: of the others, with a network or an AI that gives every case the same answer.
    """

    points: int
    infinite: int
    exploded: int
    constant: int


def health(
    points: Sequence[Sequence[np.ndarray]], losses: Sequence[float], guess: float | None
) -> Health:
    """Counts the grid points whose training failed.

    Args:
      points: per grid point the outputs of its networks and its AI, cases along the first axis.
      losses: each point's mean loss over its last epoch, in nats.
      guess: the loss of guessing; None if unknown.
    """
    found = Counter(_state(parts, loss, guess) for parts, loss in zip(points, losses, strict=True))
    return Health(len(points), *(found[state] for state in ("infinite", "exploded", "constant")))


def _state(parts: Sequence[np.ndarray], loss: float, guess: float | None) -> str:
    if not (math.isfinite(loss) and all(np.isfinite(part).all() for part in parts)):
        return "infinite"
    if guess is not None and loss > _EXPLODED * guess:
        return "exploded"
    return "constant" if any(_is_constant(part) for part in parts) else ""


def training_of(found: Health, rate: float, decay: float | None) -> Training:
    """The training section of a result.

    Args:
      found: what was counted.
      rate: learning rate of the first step.
      decay: weight decay if it was set, None for the default.
    """
    return Training(**found._asdict(), learning_rate=rate, weight_decay=decay)


def sentence(training: Training | None) -> str:
    """A sentence on what failed, with a remedy; empty if nothing did.

    Args:
      training: of a result; None for methods that train nothing.
    """
    if not training:
        return ""
    parts, total = [], f"of {training.points} points"
    ends = {"became infinite": training.infinite, "ended above that of guessing": training.exploded}
    how = [text for text, count in ends.items() if count]
    if how:
        diverged = sum(ends.values())
        parts.append(f"diverged at {diverged} {total} (the loss {' or '.join(how)})")
        total = "more"
    if training.constant:
        parts.append(
            f"collapsed at {training.constant} {total} (a network gives every case the same answer)"
        )
    if not parts:
        return ""
    remedy = f"try a learning rate below {training.learning_rate:g}"
    if training.weight_decay:
        remedy += f" or a weight decay below {training.weight_decay:g}"
    return f"training {' and '.join(parts)}; {remedy}"


def _is_constant(log_probabilities: np.ndarray) -> bool:
    # One case alone shows nothing; nor does a model without outputs.
    if len(log_probabilities) < 2 or not log_probabilities.size:
        return False
    return float(np.ptp(log_probabilities, axis=0).max()) < _ALIVE
