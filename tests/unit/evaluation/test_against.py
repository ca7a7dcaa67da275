import numpy as np

from core.evaluation.against import Against, best_expert
from core.evaluation.intervals import BootstrapWeights
from core.evaluation.team import resample, team_of


def cases(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    said = np.where(rng.random((n, 2)) < [0.9, 0.6], truth[:, None], 1 - truth[:, None])
    ai = np.where(rng.random(n) < 0.7, truth, 1 - truth)
    return truth, said, rng.random((n, 2)) < 0.8, ai


def test_everything_with_one_expert_is_no_better_than_that_expert() -> None:
    truth, said, annotated, ai = cases()
    weights = BootstrapWeights(len(truth))
    chosen = np.zeros(len(truth), int)
    team = team_of(chosen, ai, truth, said, annotated)
    replicates = resample(team, chosen, truth, said, annotated, weights)
    found = Against(truth, said, annotated, weights).difference(team.accuracy, replicates, 0, ai)
    assert found == (0.0, (0.0, 0.0), False)


def test_a_clearly_better_team_is_told_from_the_ai() -> None:
    truth, said, annotated, ai = cases()
    weights = BootstrapWeights(len(truth))
    chosen = np.zeros(len(truth), int)
    team = team_of(chosen, ai, truth, said, annotated)
    replicates = resample(team, chosen, truth, said, annotated, weights)
    found = Against(truth, said, annotated, weights).difference(team.accuracy, replicates, 2, ai)
    assert found is not None
    assert found.distinguishable
    assert found.difference == team.accuracy - np.mean(ai == truth)
    assert found.interval[0] < found.difference < found.interval[1]


def test_the_best_expert_needs_more_than_a_lucky_few() -> None:
    truth, said, annotated, _ = cases()
    lucky = np.arange(len(truth)) < 2  # right twice of two, against nine of ten of many
    said, annotated = np.column_stack([said, truth]), np.column_stack([annotated, lucky])
    assert best_expert(truth, said, annotated) == 0
    assert best_expert(truth, said, np.zeros_like(annotated)) is None
