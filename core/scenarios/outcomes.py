"""Ways to decide the test cases, measured: a scenario, today's practice, the AI alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Int

from core.scenarios.figure import Figure

BASELINES: Mapping[str, str] = MappingProxyType(
    {
        "as_recorded": "As recorded: whoever annotated a case",
        "equal": "Every expert on duty the same share, no AI",
        "ai_alone": "The AI alone",
    }
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """One way to decide the test cases, measured.

    Attributes:
      name: of the scenario, or one of `BASELINES`.
      accuracy: of the team.
      replicates: its accuracy on each resample, for paired differences.
      workload: share of the cases per agent, the AI last.
      chosen: agent per case, −1 for nobody; None where nobody in particular gets a case.
      measured: share of the test cases whose decision could be scored.
      unplaced: share of the test cases that nobody may take.
    """

    name: str
    accuracy: Figure
    replicates: Float[np.ndarray, " R"]
    workload: Float[np.ndarray, " K"]
    chosen: Int[np.ndarray, " n"] | None
    measured: float
    unplaced: float
