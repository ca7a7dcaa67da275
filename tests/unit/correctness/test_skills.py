import numpy as np
import pytest
from scipy.special import expit, logit

from core.correctness.calibration import answer_table, fit_blend, fit_temperature, log_loss
from core.correctness.scores import expected_correctness
from core.correctness.skills import base_skills, choose_scale, pair_log_loss


def test_base_skills_are_the_shrunken_shares() -> None:
    truth = np.array([0, 0, 1, 1])
    annotations = np.array([[0], [1], [1], [0]])
    annotated = np.array([[True], [True], [True], [False]])
    pool = (2 + 1) / (3 + 2)
    accuracy = (2 + 10 * pool) / (3 + 10)
    want = [(1 + 5 * accuracy) / (2 + 5), (1 + 5 * accuracy) / (1 + 5)]
    np.testing.assert_allclose(base_skills(truth, annotations, annotated, 2), [want])


def test_an_expert_without_annotations_gets_the_pool() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    annotations = np.stack([truth, truth], axis=1)
    annotated = np.stack([np.ones(200, bool), np.zeros(200, bool)], axis=1)
    skills = base_skills(truth, annotations, annotated, 2)
    np.testing.assert_allclose(skills[1], (200 + 1) / (200 + 2))


def test_expected_correctness_sums_over_the_classes() -> None:
    p = np.array([[0.7, 0.3]])
    r = np.array([[[0.9, 0.2], [0.5, 0.5]]])
    got = expected_correctness(p, logit(r), np.array([0]))
    np.testing.assert_allclose(got, [[0.7 * 0.9 + 0.3 * 0.2, 0.5, 0.7]], atol=1e-6)


def test_temperature_recovers_the_sharpening_of_the_logits() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(20_000, 3))
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = (p.cumsum(1) < rng.random((20_000, 1))).sum(1)
    sharp = np.log(np.exp(2.5 * logits) / np.exp(2.5 * logits).sum(1, keepdims=True))
    # 20,000 draws: the estimate's standard error is about 0.03.
    assert fit_temperature(sharp, truth) == pytest.approx(2.5, abs=0.12)


def test_blend_is_no_worse_than_either_model() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 400)
    models = []
    for noise in (1.0, 2.0):
        score = np.where(truth == 1, 1.0, -1.0) + noise * rng.normal(size=400)
        models.append(np.log(np.stack([expit(-score), expit(score)], axis=1)))
    a, b = fit_blend(*models, truth)
    blended = a * models[0] + b * models[1]
    blended -= np.logaddexp.reduce(blended, axis=1, keepdims=True)
    assert log_loss(blended, truth) <= min(log_loss(m, truth) for m in models) + 1e-3


def test_answer_table_rows_are_probabilities_near_the_shares() -> None:
    answers = np.array([0] * 100 + [1] * 100)
    truth = np.array([0] * 80 + [1] * 20 + [1] * 100)
    table = np.exp(answer_table(answers, truth, 2))
    np.testing.assert_allclose(table.sum(1), 1.0)
    assert table[0, 0] == pytest.approx(0.8, abs=0.02)
    assert table[1, 1] > 0.98


def test_skill_model_is_not_trusted_where_it_only_learned_noise() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 60)
    annotated = np.ones((60, 1), bool)
    annotations = np.where(rng.random(60) < 0.7, truth, 1 - truth)[:, None]
    base, offsets = np.full((1, 2), logit(0.7)), rng.normal(size=(60, 1, 2))
    scales = (0.0, 0.5, 1.0)
    losses = np.stack(
        [pair_log_loss(base, offsets, s, truth, annotations, annotated) for s in scales]
    )
    assert choose_scale(losses, scales) == 0.0


def test_skill_model_is_trusted_where_it_helps() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, 800)
    hard = rng.random(800) < 0.5
    right = rng.random(800) < np.where(hard, 0.5, 0.95)
    annotations = np.where(right, truth, 1 - truth)[:, None]
    base = np.full((1, 2), logit(0.725))
    offsets = np.where(hard, -1.0, 2.0)[:, None, None] * np.ones((1, 1, 2))
    scales = (0.0, 0.5, 1.0)
    losses = np.stack(
        [
            pair_log_loss(base, offsets, s, truth, annotations, np.ones((800, 1), bool))
            for s in scales
        ]
    )
    assert choose_scale(losses, scales) == 1.0


def test_a_gain_on_many_cases_of_few_patients_is_not_trusted() -> None:
    whose = np.repeat(np.arange(20), 10)
    gain = np.repeat([1.2, -0.9] * 10, 10)
    losses = np.stack([np.full(200, 5.0), 5.0 - gain])
    assert choose_scale(losses, (0.0, 1.0)) == 1.0
    assert choose_scale(losses, (0.0, 1.0), whose) == 0.0
    assert choose_scale(losses, (0.0, 1.0), np.arange(200)) == 1.0
