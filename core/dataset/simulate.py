"""Simulated experts, whose strengths depend on the class and on how hard the case is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Int32

_CERTAIN = 1e-4  # skills are kept this far from 0 and 1, so that logits are finite


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedExpert:
    """How one expert answers.

    Attributes:
      name: of the expert.
      skill: per class, Pr(right) on a case of middling difficulty, before `leaning`.
      leaning: per class, added to the log-probability of answering so: a strict reader leans
        to the serious class. Empty for none.
      hardship: logits of skill lost between the easiest and the hardest case.
    """

    name: str
    skill: tuple[float, ...]
    leaning: tuple[float, ...] = ()
    hardship: float = 0.0

    def __post_init__(self) -> None:
        if any(not 0 <= s <= 1 for s in self.skill):
            raise ValueError(f"skills of {self.name} are {self.skill}; expected shares")
        if self.leaning and len(self.leaning) != len(self.skill):
            raise ValueError(
                f"{self.name} has {len(self.skill)} skills and {len(self.leaning)} leanings"
            )


def answer_probabilities(
    truth: Int[np.ndarray, " N"],
    expert: SimulatedExpert,
    difficulty: Float[np.ndarray, " N"],
    confusion: Float[np.ndarray, "C C"] | None = None,
) -> Float[np.ndarray, "N C"]:
    """Pr(annotation = c) of each case.

    Pr(right) = σ(logit skill[y] − hardship (d − 1/2)); a wrong answer falls on the other
    classes as `confusion` says; then every answer is reweighted by exp(leaning).

    Args:
      truth: class of each case.
      expert: who answers.
      difficulty: of each case, in [0, 1].
      confusion: weight of answering column when the truth is row; evenly unless given. The
        diagonal is not used.
    """
    skill = np.clip(np.asarray(expert.skill)[truth], _CERTAIN, 1 - _CERTAIN)
    logit = np.log(skill / (1 - skill)) - expert.hardship * (difficulty - 0.5)
    wrong = np.ones((len(expert.skill),) * 2) if confusion is None else confusion
    return with_errors(truth, 1 / (1 + np.exp(-logit)), wrong, expert.leaning)


def with_errors(
    truth: Int[np.ndarray, " N"],
    right: Float[np.ndarray, " N"],
    wrong: Float[np.ndarray, "C C"],
    leaning: Sequence[float] = (),
) -> Float[np.ndarray, "N C"]:
    """Pr(annotation = c) of each case, given the probability of being right.

    Args:
      truth: class of each case.
      right: Pr(right) of each case, before `leaning`.
      wrong: weight of answering column when the truth is row; the diagonal is not used.
      leaning: per class, added to the log-probability of answering so; empty for none.
    """
    wrong = wrong * (1.0 - np.eye(len(wrong)))
    wrong = wrong / wrong.sum(axis=1, keepdims=True)
    probabilities = (1 - right)[:, None] * wrong[truth]
    probabilities[np.arange(len(truth)), truth] = right
    if len(leaning):
        probabilities = probabilities * np.exp(np.asarray(leaning))
        probabilities /= probabilities.sum(axis=1, keepdims=True)
    return probabilities


def draw_answers(
    probabilities: Float[np.ndarray, "N C"], rng: np.random.Generator
) -> Int32[np.ndarray, " N"]:
    """One annotation per case."""
    cumulative = probabilities.cumsum(axis=1)
    draw = rng.random((len(probabilities), 1)) * cumulative[:, -1:]
    return (draw >= cumulative).sum(axis=1).astype(np.int32)


def simulate(
    truth: Int[np.ndarray, " N"],
    experts: Sequence[SimulatedExpert],
    rng: np.random.Generator,
    *,
    difficulty: Float[np.ndarray, " N"] | None = None,
    confusion: Float[np.ndarray, "C C"] | None = None,
) -> Int32[np.ndarray, "N M"]:
    """One annotation per case and expert, independent given truth and difficulty."""
    hard = np.full(len(truth), 0.5) if difficulty is None else difficulty
    answers = np.empty((len(truth), len(experts)), np.int32)
    for m, expert in enumerate(experts):
        answers[:, m] = draw_answers(answer_probabilities(truth, expert, hard, confusion), rng)
    return answers


def keep_share(
    shape: tuple[int, int], missing: float, rng: np.random.Generator
) -> Bool[np.ndarray, "N M"]:
    """A mask of present annotations; each expert misses exactly this share, at random."""
    order = rng.random(shape).argsort(axis=0).argsort(axis=0)
    return order >= round(missing * shape[0])
