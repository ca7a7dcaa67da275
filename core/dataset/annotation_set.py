"""The one form in which the program holds a data set."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int8, Int32, UInt8

from core.dataset.consensus import Consensus
from core.dataset.derived import Derived
from core.encoding.encoder import Encoder
from core.encoding.score_inputs import ScoreColumn

AI = "AI"  # the AI's name wherever agents are named; no expert may be called so


class Split(IntEnum):
    """Which part of the set a case belongs to."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class AnnotationSet:
    """Cases, their ground truth and what each expert said about some of them.

    Missing annotations are marked by `annotated`, never by a value: `annotations` is 0 under a
    missing mask and nothing may depend on that.

    Attributes:
      name: what people call the set.
      case_ids: N text ids, all different.
      split: `Split` of each case.
      inputs: float32 features in about [0, 1] (as encoded on train cases), uint8 RGB images,
        or None for a set of labels, with or without an AI's scores.
      truth: index into `classes`.
      annotations: index into `answers`, meaningful where `annotated`.
      annotated: whether the expert annotated the case.
      ai_probabilities: an external AI's class probabilities (rows sum to one), or None.
      classes: C class names. experts: M expert names.
      extra_answers: answers of experts that are no classes, such as "unsure"; always wrong.
      feature_names: a name per input column; empty for images.
      groups: text per case for each `group_*` column, not an input.
      simulated: whether the experts are simulated, to be said wherever the set is shown.
      excluded_experts: experts kept out of deferral (no annotation in train).
      encoder: how features were made of a table's cells, for cases that come later; None for
        images and for sets stored before it was kept. No part of the content.
      grey_range: the grey values that became black and white, for images of more than 8 bits; None
        for others. No part of the content.
      score_column: the column that an external AI's probabilities were made of, for cases that come
        later; None where the probabilities or answers were given. No part of the content.
      machines: experts that are AIs too: their answers are fixed, and coverage does not count them.
        No part of the content.
      derived: how the set was made of another one, or None. No part of the content.
      consensus: how the ground truth was found where a consensus took its place; None where all
        of it is known.
    """

    name: str
    case_ids: np.ndarray
    split: Int8[np.ndarray, " N"]
    inputs: Float32[np.ndarray, "N D"] | UInt8[np.ndarray, "N H W 3"] | None
    truth: Int32[np.ndarray, " N"]
    annotations: Int32[np.ndarray, "N M"]
    annotated: Bool[np.ndarray, "N M"]
    classes: tuple[str, ...]
    experts: tuple[str, ...]
    ai_probabilities: Float32[np.ndarray, "N C"] | None = None
    feature_names: tuple[str, ...] = ()
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    simulated: bool = False
    excluded_experts: tuple[str, ...] = ()
    encoder: Encoder | None = None
    grey_range: Float64[np.ndarray, " 2"] | None = None
    extra_answers: tuple[str, ...] = ()
    score_column: ScoreColumn | None = None
    machines: tuple[str, ...] = ()
    derived: Derived | None = None
    consensus: Consensus | None = None

    def __post_init__(self) -> None:
        n, m = len(self.case_ids), len(self.experts)
        shapes = {
            "split": (self.split.shape, (n,)),
            "truth": (self.truth.shape, (n,)),
            "annotations": (self.annotations.shape, (n, m)),
            "annotated": (self.annotated.shape, (n, m)),
        }
        for what, (found, expected) in shapes.items():
            if found != expected:
                raise ValueError(f"{what} has shape {found}, expected {expected}")
        if both := set(self.extra_answers) & set(self.classes):
            raise ValueError(f"{sorted(both)} are classes, so they are no extra answers")

    @property
    def agents(self) -> tuple[str, ...]:
        """The experts in order, then the AI."""
        return (*self.experts, AI)

    @property
    def human(self) -> Bool[np.ndarray, " M"]:
        """Which experts are people, not further AIs."""
        return np.array([name not in self.machines for name in self.experts], bool)

    @property
    def answers(self) -> tuple[str, ...]:
        """What experts may answer: the classes, then the answers that no truth has."""
        return self.classes + self.extra_answers

    @property
    def kind(self) -> str:
        """`features`, `images`, `scores` (labels and an AI's scores) or `labels` alone."""
        if self.inputs is None:
            return "labels" if self.ai_probabilities is None else "scores"
        return "features" if self.inputs.ndim == 2 else "images"

    def index(self, split: Split) -> np.ndarray:
        """Positions of the cases of one split."""
        return np.flatnonzero(self.split == split)

    @cached_property
    def content_hash(self) -> str:
        """Name of the content: 16 hex digits of a SHA-256 over all that is part of it."""
        digest = hashlib.sha256()
        arrays = [self.split, self.inputs, self.truth, self.annotated, self.ai_probabilities]
        arrays.append(np.where(self.annotated, self.annotations, 0))
        for array in arrays:
            digest.update(b"-" if array is None else f"{array.dtype}{array.shape}".encode())
            # A view: a copy would take the memory of all images once more.
            digest.update(b"" if array is None else _bytes_of(array))
        texts: list[Iterable[object]] = [
            self.case_ids,
            self.classes,
            self.experts,
            self.feature_names,
        ]
        texts += [self.excluded_experts, [str(self.simulated)]]
        for name in sorted(self.groups):
            texts += [[name], self.groups[name]]
        if self.extra_answers:  # sets without any keep the hash they had before there were any
            texts += [["extra answers"], self.extra_answers]
        if self.consensus is not None:  # likewise
            texts.append(["consensus", self.consensus.method])
            for array in self.consensus.arrays().values():
                digest.update(_bytes_of(array))
        for text in texts:
            digest.update("\x1f".join(map(str, text)).encode() + b"\x1e")
        return digest.hexdigest()[:16]


def _bytes_of(array: np.ndarray) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
