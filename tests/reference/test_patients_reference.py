"""Intervals by patient cover as often as they say; those by case do not."""

import numpy as np
import pytest

from core.base.clusters import share_interval
from core.evaluation.classes import correct, sensitivity, tally
from core.evaluation.intervals import BootstrapWeights, paired_difference, percentile_interval
from core.evaluation.team import agent_intervals, resample, team_of

PATIENTS, EACH, DRAWS = 60, 5, 500
WHOSE = np.repeat(np.arange(PATIENTS), EACH)
RIGHT = {"expert": 0.75, "AI": 0.85}


def alike(
    rng: np.random.Generator, share: float, correlation: float, whose: np.ndarray = WHOSE
) -> np.ndarray:
    """Whether each case is decided right: a patient's cases have one chance, Beta-distributed."""
    scale = 1 / correlation - 1
    chance = rng.beta(share * scale, (1 - share) * scale, whose.max() + 1)
    return rng.random(len(whose)) < chance[whose]


def covers(interval: tuple[float, float] | None, value: float) -> bool:
    assert interval is not None
    return interval[0] <= value <= interval[1]


@pytest.mark.parametrize("correlation", [0.3, 0.5])
def test_intervals_by_patient_cover_in_95_of_100_draws(correlation: float) -> None:
    rng = np.random.default_rng(round(100 * correlation))
    n, none = len(WHOSE), None
    # The AI decides the first two cases of a patient, the expert the other three.
    chosen = np.where(np.arange(n) % EACH < 2, 1, 0)
    team_share = 0.4 * RIGHT["AI"] + 0.6 * RIGHT["expert"]
    every = np.ones((n, 1), bool)
    weights = {
        whose is not None: BootstrapWeights(n, 400, patients=() if whose is None else tuple(whose))
        for whose in (WHOSE, none)
    }
    hits: dict[str, list[bool]] = {}
    for _ in range(DRAWS):
        truth = rng.integers(0, 2, PATIENTS)[WHOSE]
        expert, ai = (alike(rng, RIGHT[who], correlation) for who in RIGHT)
        said = np.where(expert, truth, 1 - truth)[:, None]
        answer = np.where(ai, truth, 1 - truth)
        team = team_of(chosen, answer, truth, said, every)
        alone = team_of(np.full(n, 1), answer, truth, said, every)
        for by_patient, whose in ((True, WHOSE), (False, none)):
            drawn = resample(team, chosen, truth, said, every, weights[by_patient]).accuracy
            other = resample(alone, np.full(n, 1), truth, said, every, weights[by_patient]).accuracy
            gap = paired_difference(team.accuracy, alone.accuracy, drawn, other)
            assert gap is not None
            counted = tally(team, chosen, truth, said, every, 2, whose)
            found = {
                "team": covers(percentile_interval(drawn), team_share),
                "gap": covers(gap.interval, team_share - RIGHT["AI"]),
                "correct": covers(correct(counted).interval, team_share),
                "sensitivity": covers(sensitivity(counted, 1).interval, team_share),
                "alone": covers(share_interval(ai, every[:, 0], whose), RIGHT["AI"]),
                "expert": covers(
                    agent_intervals(team, chosen, truth, said, every, whose)[0], RIGHT["expert"]
                ),
            }
            for name, hit in found.items():
                hits.setdefault(f"{name} {'by patient' if by_patient else 'by case'}", []).append(
                    hit
                )
    coverage = {name: float(np.mean(of)) for name, of in hits.items()}
    for name, share in coverage.items():
        if name.endswith("by patient"):
            assert 0.92 <= share <= 0.98, (name, share)
    # Seen the other way: as if all cases were of different patients, all are too narrow.
    assert coverage["team by case"] < 0.9
    assert coverage["alone by case"] < 0.85


@pytest.mark.parametrize("patients", [8, 12, 20])
def test_percentiles_cover_with_few_patients(patients: int) -> None:
    """As many draws as there are patients would cover in 89, 90 and 93 of 100."""
    rng = np.random.default_rng(patients)
    whose = np.repeat(np.arange(patients), EACH)
    weights = BootstrapWeights(len(whose), patients=tuple(whose))
    right = np.stack([alike(rng, 0.8, 0.3, whose) for _ in range(2000)], axis=1)
    drawn = weights.totals(right) / weights.drawn[:, None]
    share = np.mean([covers(percentile_interval(column), 0.8) for column in drawn.T])
    assert 0.915 <= share <= 0.975
