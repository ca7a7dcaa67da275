"""Calibrated class probabilities of the AI."""

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax


def log_loss(log_p: Float[np.ndarray, "n C"], truth: Int[np.ndarray, " n"]) -> float:
    """Mean log loss in nats."""
    return float(-np.mean(log_p[np.arange(len(truth)), truth]))


def fit_temperature(log_p: Float[np.ndarray, "n C"], truth: Int[np.ndarray, " n"]) -> float:
    """T minimising the log loss of softmax(ln p / T) on held-out cases, between 1/8 and 8."""
    if len(truth) == 0:
        return 1.0
    found = minimize_scalar(
        lambda log_t: log_loss(log_softmax(log_p * np.exp(-log_t), axis=1), truth),
        bounds=(-np.log(8.0), np.log(8.0)),
        method="bounded",
    )
    return float(np.exp(found.x))


def fit_blend(
    first: Float[np.ndarray, "n C"],
    second: Float[np.ndarray, "n C"],
    truth: Int[np.ndarray, " n"],
) -> tuple[float, float]:
    """Weights a, b ≥ 0 of softmax(a ln p + b ln p') with the lowest held-out log loss."""

    def loss(weights: np.ndarray) -> float:
        penalty = 1e-3 * float(np.sum((weights - 0.5) ** 2))
        return log_loss(log_softmax(weights[0] * first + weights[1] * second, 1), truth) + penalty

    found = minimize(loss, [0.5, 0.5], bounds=[(0.0, 8.0), (0.0, 8.0)], method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1])


def answer_table(
    answers: Int[np.ndarray, " n"], truth: Int[np.ndarray, " n"], classes: int
) -> Float[np.ndarray, "C C"]:
    """ln Pr(y | the external AI answers a), row a, smoothed, from train cases.

    An external AI's stated probabilities may be certainties or uncalibrated; what its answers
    meant on train cases is not.
    """
    counts = np.zeros((classes, classes))
    np.add.at(counts, (answers, truth), 1.0)
    prior = np.bincount(truth, minlength=classes) / max(len(truth), 1)
    smoothed = counts + 2.0 * (0.5 * prior + 0.5 * np.eye(classes)) + 1e-3
    return np.log(smoothed / smoothed.sum(axis=1, keepdims=True))
