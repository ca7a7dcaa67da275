"""What an AI's stated scores mean: calibration by classes, answers, Platt and isotonic curves."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

from core.correctness.calibration import log_loss
from core.correctness.score_map import ISOTONIC, PLATT, SHARES, FittedMap, fit_score_map
from core.encoding.score_inputs import log_odds, score_inputs


def two(shares: np.ndarray) -> np.ndarray:
    return np.stack([1 - shares, shares], axis=1)


def fitted(stated: np.ndarray | None, truth: np.ndarray, classes: int = 2) -> FittedMap:
    n = len(truth)
    train, validation = np.arange(0, n * 4 // 5), np.arange(n * 4 // 5, n)
    return fit_score_map(stated, truth, train, validation, np.arange(len(train)) % 5, classes)


def drawn(n: int, curve: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stated shares, the truth, and the right shares."""
    rng = np.random.default_rng(3)
    logit = rng.normal(0, 2, n)
    right = expit(2 * logit - 1) if curve == PLATT else np.where(logit > 1, 0.7, 0.1)
    return two(expit(logit)), (rng.random(n) < right).astype(int), two(right)


@pytest.mark.parametrize("curve", [PLATT, ISOTONIC])
def test_the_kind_that_holds_is_chosen_and_gives_the_right_shares(curve: str) -> None:
    stated, truth, right = drawn(4000, curve)
    found = fitted(stated, truth)
    assert found.map.kind == curve == min(found.losses, key=lambda kind: found.losses[kind])
    p = np.exp(found.map.log_p(stated, len(stated)))
    assert np.allclose(p.sum(axis=1), 1)
    assert np.abs(p - right).mean() < 0.03
    assert np.abs(stated - right).mean() > 0.05  # as stated, they are wrong


def test_platt_is_the_regression_that_its_penalised_likelihood_asks_for() -> None:
    stated, truth, _ = drawn(400, PLATT)
    found = fitted(stated, truth).map
    x, y = log_odds(stated)[:320, 0], truth[:320]

    def loss(w: np.ndarray) -> float:
        z = w[0] * x + w[1]
        return float(np.sum(np.logaddexp(0, z) - y * z) + 0.5 * w[0] ** 2)

    best = minimize(loss, [1.0, 0.0]).x
    logits = log_odds(stated)[:, 0] * best[0] + best[1]
    by_hand = log_softmax(np.stack([np.zeros(400), logits], axis=1), axis=1)
    assert found.kind == PLATT
    assert np.abs(found.log_p(stated, 400) - by_hand).max() < 1e-3


def test_train_cases_are_held_out() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 60)
    stated = two(rng.random(60))  # says nothing
    found = fitted(stated, truth)
    seen = log_loss(found.map.log_p(stated[:48], 48), truth[:48])
    assert log_loss(found.held_out, truth[:48]) >= seen
    assert found.map.kind == SHARES  # what reads the score learned noise


def test_without_an_ai_there_are_the_shares_of_train() -> None:
    truth = np.repeat([0, 1, 1, 1, 2], 20)
    found = fitted(None, np.random.default_rng(1).permutation(truth), 4)
    p = np.exp(found.map.log_p(None, 2))
    assert found.map.kind == SHARES
    assert p.shape == (2, 4)
    assert p[0, 1] == pytest.approx(0.6, abs=0.06)
    assert 0 < p[0, 3] < 0.02  # a class without cases


@pytest.mark.parametrize("classes", [2, 3])
def test_answers_without_probabilities(classes: int) -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, classes, 900)
    answers = np.where(rng.random(900) < 0.8, truth, rng.integers(0, classes, 900))
    found = fitted(np.eye(classes, dtype=np.float32)[answers], truth, classes)
    p = np.exp(found.map.log_p(np.eye(classes), classes))
    assert np.diag(p) == pytest.approx(0.8 + 0.2 / classes, abs=0.05)


def test_a_class_that_train_lacks_keeps_a_finite_probability() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, 100)
    stated = rng.dirichlet([1, 1, 1], 100)
    for kind in ("table", PLATT, ISOTONIC, SHARES):
        assert np.isfinite(fitted(stated, truth, 3).losses[kind])


def test_inputs_of_networks_are_of_the_size_of_features() -> None:
    x = score_inputs(two(np.array([0.0, 0.02, 0.5, 0.98, 1.0])), 5)
    assert x.shape == (5, 1)
    assert (x[2], x[1] > 0, x[3] < 1) == (0.5, True, True)
    assert np.all(np.diff(x[:, 0]) > 0)
    assert not score_inputs(None, 4).any()
