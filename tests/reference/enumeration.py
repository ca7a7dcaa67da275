"""The joint of the model enumerated in float64, with no cleverness at all."""

import itertools

import numpy as np


def link(classes: int, alpha: float, extras: int = 0) -> np.ndarray:
    """S[a, y] written out: the rows of answers that are no classes come last."""
    right = (1 - alpha) * np.eye(classes + extras, classes)
    return right + alpha / classes * np.ones((classes + extras, classes))


def posterior_of_case(
    gate: np.ndarray,
    experts: np.ndarray,
    ai: np.ndarray,
    annotations: np.ndarray,
    annotated: np.ndarray,
    truth: int,
    alpha: float,
) -> tuple[np.ndarray, np.ndarray, float]:
    """q(z) [K], q(t) [M, A] and Pr(t observed, y | x) without the AI's own ground-truth term.

    Sums Pr(z) Π_m Pr(t_m) Pr(y | z, t, AI's class) over every z, every value of every annotation
    and every class of the AI.
    """
    (m, answers), c = experts.shape, len(ai)
    s = link(c, alpha, answers - c)
    q_z, q_t, total = np.zeros(m + 1), np.zeros((m, answers)), 0.0
    choices = [[annotations[j]] if annotated[j] else range(answers) for j in range(m)]
    for z in range(m + 1):
        for t in itertools.product(*choices):
            prior = gate[z] * np.prod([experts[j, t[j]] for j in range(m)])
            for guess in range(c):
                # The AI's class is one more hidden variable; marginal for z other than the AI.
                weight = prior * ai[guess] * (s[guess, truth] if z == m else s[t[z], truth])
                total += weight
                q_z[z] += weight
                for j in range(m):
                    q_t[j, t[j]] += weight
    return q_z / total, q_t / total, total
