"""The world of the lesson: cases in a square, three experts with regions of skill, a limited AI."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from core.dataset.missingness import drop_annotations
from core.dataset.simulate import draw_answers, with_errors

EXPERTS = ("A", "B", "C")
CASES = 360  # to train on
TRAIN, VALIDATION, NEW = slice(0, CASES), slice(CASES, 2360), slice(2360, 4360)
ROUNDS = 60  # of a training
# Centres of the regions of skill.
PLACES: dict[str, tuple[float, float] | None] = {
    "upper left": (-0.5, 0.5),
    "upper right": (0.5, 0.5),
    "lower left": (-0.5, -0.5),
    "lower right": (0.5, -0.5),
    "nowhere": None,
}
RADIUS, _EDGE = 0.55, 0.2  # of a region: full skill within, and how softly it ends
_BEST = 0.97
_OUTSIDE = {2: 0.55, 3: 0.4}  # Pr(right) far from the region, by the number of classes
# How far a case may look from where its class is decided. Were the features to tell the class
# without fail, no expert would ever be seen on the other class of a place, and the skill there
# would be a guess.
_OVERLAP = 0.3
AI_CENTRE = (0.5, 0.5)


class Box(NamedTuple):
    """A region of skill drawn by hand: its edges, in per cent of the square's side."""

    left: int
    right: int
    bottom: int
    top: int

    @property
    def possible(self) -> bool:
        """Whether it lies in the square and has an area."""
        return 0 <= self.left < self.right <= 100 and 0 <= self.bottom < self.top <= 100

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """The same in the units of the positions, [−1, 1]."""
        left, right, bottom, top = (edge / 50 - 1 for edge in self)
        return left, right, bottom, top


Place = str | Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What somebody can set about the world; hashable, so that it names everything made of it.

    Attributes:
      seed: of all draws.
      classes: 2 or 3.
      places: of each expert's skill, names in `PLACES` or drawn.
      reach: radius within which the AI is good; the square's side is 2.
      missing: share of each expert's annotations that is taken away from train cases.
    """

    seed: int = 3
    classes: int = 2
    places: tuple[Place, ...] = field(default=("upper left", "lower right", "upper right"))
    reach: float = 0.7
    missing: float = 0.5

    def __post_init__(self) -> None:
        if self.classes not in _OUTSIDE:
            raise ValueError(f"{self.classes} classes; expected 2 or 3")
        known = [p.possible if isinstance(p, Box) else p in PLACES for p in self.places]
        if len(known) != len(EXPERTS) or not all(known):
            raise ValueError(
                f"places are {self.places}; expected three, each a box in the square or one of "
                + ", ".join(PLACES)
            )


class World(NamedTuple):
    """All cases; `TRAIN`, `VALIDATION` and `NEW` are their parts.

    Attributes:
      inputs: position, each coordinate in [−1, 1].
      truth: class.
      annotations: every expert's answer. annotated: whether it was kept.
      ai: the AI's class probabilities, fixed and calibrated.
      skill: true Pr(right) of every agent, the AI last.
    """

    inputs: Float[np.ndarray, "N 2"]
    truth: Int[np.ndarray, " N"]
    annotations: Int[np.ndarray, "N M"]
    annotated: Bool[np.ndarray, "N M"]
    ai: Float[np.ndarray, "N C"]
    skill: Float[np.ndarray, "N K"]

    @property
    def ai_answer(self) -> Int[np.ndarray, " N"]:
        """The class the AI decides."""
        return np.asarray(self.ai.argmax(1))

    @property
    def right(self) -> Bool[np.ndarray, "N K"]:
        """Whether each agent is right, known for all cases because the world is made up."""
        answers = np.column_stack([self.annotations, self.ai_answer])
        return np.asarray(answers == self.truth[:, None])


def make_world(setting: Setting) -> World:
    """The world of a setting; the missing rate takes annotations away and changes nothing else."""
    rng = np.random.default_rng([setting.seed, 0x1EA2])
    cases, classes = NEW.stop, setting.classes
    inputs = rng.uniform(-1.0, 1.0, (cases, 2))
    truth = true_class(inputs + _OVERLAP * rng.normal(size=inputs.shape), classes)
    reaches = [
        *(_beyond(inputs, place) for place in setting.places),
        _beyond_circle(inputs, AI_CENTRE, setting.reach),
    ]
    skill = np.column_stack([_skill(beyond, classes) for beyond in reaches])
    evenly = np.ones((classes, classes))
    answers = np.column_stack(
        [draw_answers(with_errors(truth, right, evenly), rng) for right in skill.T]
    )
    # The AI is as sure as it is right: calibrated, and its answer is the class it gives the most.
    ai = np.repeat((1.0 - skill[:, -1:]) / (classes - 1), classes, axis=1)
    ai[np.arange(cases), answers[:, -1]] = skill[:, -1]
    annotated = np.ones((cases, len(EXPERTS)), bool)
    annotated[TRAIN] = drop_annotations(annotated[TRAIN], setting.missing, setting.seed)
    return World(inputs, truth, answers[:, :-1].astype(np.int32), annotated, ai, skill)


def true_class(inputs: Float[np.ndarray, "n 2"], classes: int) -> Int[np.ndarray, " n"]:
    """The class decided at each position: two halves with a wavy border, or three sectors."""
    x, y = inputs.T
    if classes == 2:
        return (y > 0.35 * np.sin(3.0 * x)).astype(np.int32)
    turn = (np.arctan2(y, x) / (2 * np.pi) + 1.0 + 0.4 * np.hypot(x, y)) % 1.0
    return np.minimum((turn * classes).astype(np.int32), classes - 1)


def _beyond(inputs: Float[np.ndarray, "n 2"], place: Place) -> Float[np.ndarray, " n"]:
    """How far each position is outside a region of skill; 0 within."""
    if not isinstance(place, Box):
        return _beyond_circle(inputs, PLACES[place], RADIUS)
    low, high = np.reshape(place.edges, (2, 2)).T
    outside = np.maximum(np.maximum(low - inputs, inputs - high), 0.0)
    return np.asarray(np.hypot(*outside.T))


def _beyond_circle(
    inputs: Float[np.ndarray, "n 2"], centre: tuple[float, float] | None, radius: float
) -> Float[np.ndarray, " n"]:
    if centre is None or radius <= 0:
        return np.full(len(inputs), np.inf)
    return np.asarray(np.maximum(np.hypot(*(inputs - np.asarray(centre)).T) - radius, 0.0))


def _skill(beyond: Float[np.ndarray, " n"], classes: int) -> Float[np.ndarray, " n"]:
    """Pr(right): best within the region, little better than guessing far outside."""
    low = _OUTSIDE[classes]
    return np.asarray(low + (_BEST - low) * np.exp(-((beyond / _EDGE) ** 2)))


def grid(side: int) -> Float[np.ndarray, "cells 2"]:
    """Middles of the cells of a map, row by row from below."""
    middles = (np.arange(side) + 0.5) / side * 2.0 - 1.0
    x, y = np.meshgrid(middles, middles)
    return np.column_stack([x.ravel(), y.ravel()])
