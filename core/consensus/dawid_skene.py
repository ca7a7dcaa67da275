"""Consensus by Dawid and Skene (1979): how often each expert answers what, and what is true.

An expert answers a case of class y with t at probability R[m, y, t], whatever the others answer;
classes have the shares π. Both have Dirichlet priors, so the fit maximises
ln p(answers | π, R) + ln p(π) + ln p(R), which EM never lowers. The prior of R leans to right
answers: otherwise the classes could change names and explain the answers as well.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax

from core.consensus.answers import Answers

_SHARES, _CELL, _RIGHT = 1.0, 0.5, 1.0  # pseudo-counts: of a class, of an answer, of the right one
_ROUNDS, _SETTLED = 500, 1e-7  # of EM; relative change of the objective
MOST_CELLS = 20_000_000  # numbers in R


class Fit(NamedTuple):
    """A fitted model.

    Attributes:
      posterior: of each case's class, given all answers to it.
      shares: π. skills: R. objective: after every round, never falling.
    """

    posterior: Float64[np.ndarray, "N C"]
    shares: Float64[np.ndarray, " C"]
    skills: Float64[np.ndarray, "M C A"]
    objective: tuple[float, ...]


def fit_dawid_skene(
    answers: Answers,
    start: Float64[np.ndarray, "N C"] | None = None,
    predicted: Float64[np.ndarray, "N C"] | None = None,
) -> Fit:
    """Fits by EM, from the shares of votes.

    Args:
      answers: with the classes that are known.
      start: of the posterior; the shares of votes by default.
      predicted: class probabilities of each case before any answer; π by default.

    Raises:
      ValueError: too many experts and classes for tables of their answers.
    """
    if answers.experts * answers.classes * answers.kinds > MOST_CELLS:
        raise ValueError("too many experts and classes for a table of each expert's answers")
    votes = answers.votes()
    q = (votes + 1e-3) if start is None else np.array(start, float)
    fit = _settle(answers, q / q.sum(axis=1, keepdims=True), predicted)
    order = _names(fit, votes)
    if (order == np.arange(answers.classes)).all() or (answers.known >= 0).any():
        return fit
    return _settle(answers, fit.posterior[:, order], predicted)


def log_terms(answers: Answers, skills: Float64[np.ndarray, "M C A"]) -> Float64[np.ndarray, "R C"]:
    """ln R of every answer, for each class the case might have."""
    return np.log(skills)[answers.expert, :, answers.said]


def summed(answers: Answers, terms: Float64[np.ndarray, "R C"]) -> Float64[np.ndarray, "N C"]:
    """The sum of an expression over the answers to each case."""
    columns = [np.bincount(answers.case, column, answers.cases) for column in terms.T]
    return np.stack(columns, axis=1)


def without_each(
    answers: Answers, fit: Fit, predicted: Float64[np.ndarray, "N C"] | None = None
) -> Float64[np.ndarray, "R C"]:
    """The posterior of each answer's case, given the other answers to it only.

    How accurate the others are is still estimated with all answers: fitted again without one of
    three experts, the model knows too little of the other two.
    """
    terms = log_terms(answers, fit.skills)
    log = np.log(fit.shares if predicted is None else predicted) + summed(answers, terms)
    others = softmax(log[answers.case] - terms, axis=1)
    known = answers.known[answers.case]
    others[known >= 0] = np.eye(answers.classes)[known[known >= 0]]
    return others


def _settle(
    answers: Answers,
    q: Float64[np.ndarray, "N C"],
    predicted: Float64[np.ndarray, "N C"] | None,
) -> Fit:
    """EM until the objective hardly rises."""
    prior = _prior(answers)
    said: list[float] = []
    q = answers.anchored(q)
    for _ in range(_ROUNDS):
        shares = q.sum(axis=0) + _SHARES
        shares /= shares.sum()
        skills = _counts(answers, q) + prior
        skills /= skills.sum(axis=2, keepdims=True)
        before = np.log(shares if predicted is None else predicted)
        log = before + summed(answers, log_terms(answers, skills))
        said.append(_objective(answers, log, shares, skills, prior))
        q = answers.anchored(softmax(log, axis=1))
        if len(said) > 1 and said[-1] - said[-2] <= _SETTLED * abs(said[-1]):
            break
    return Fit(q, shares, skills, tuple(said))


def _prior(answers: Answers) -> Float64[np.ndarray, "C A"]:
    c = np.arange(answers.classes)
    prior = np.full((answers.classes, answers.kinds), _CELL)
    prior[c, c] += _RIGHT
    return prior


def _counts(answers: Answers, q: Float64[np.ndarray, "N C"]) -> Float64[np.ndarray, "M C A"]:
    """Expected number of times each expert gave each answer to cases of each class."""
    cell, of = answers.expert * answers.kinds + answers.said, answers.experts * answers.kinds
    counts = [np.bincount(cell, column, of) for column in q[answers.case].T]
    return (
        np.stack(counts, axis=1)
        .reshape(answers.experts, answers.kinds, answers.classes)
        .transpose(0, 2, 1)
    )


def _objective(
    answers: Answers,
    log: Float64[np.ndarray, "N C"],
    shares: Float64[np.ndarray, " C"],
    skills: Float64[np.ndarray, "M C A"],
    prior: Float64[np.ndarray, "C A"],
) -> float:
    """Log likelihood of all answers, and of the known classes, plus the log priors."""
    top = log.max(axis=1)
    each = top + np.log(np.exp(log - top[:, None]).sum(axis=1))
    there = answers.known >= 0
    each[there] = log[there, answers.known[there]]
    return float(each.sum() + _SHARES * np.log(shares).sum() + (prior * np.log(skills)).sum())


def _names(fit: Fit, votes: Float64[np.ndarray, "N C"]) -> np.ndarray:
    """Which fitted class goes by which name, so that most votes are for the case's class."""
    _, order = linear_sum_assignment(-(votes.T @ fit.posterior))
    return np.asarray(order)
