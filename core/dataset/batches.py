"""The arrays of a data set as training sees them: all cases, the seeds' splits, one batch."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float, Int

from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.missingness import drop_annotations
from core.dataset.splits import SeedSplit, folds_of, seed_split
from core.encoding.pixels import as_features
from core.encoding.score_inputs import score_inputs

_FEWER = 0xFE3E  # keeps this draw apart from other draws with the same seed


class Cases(NamedTuple):
    """Every case of a set, the same for all grid points (NumPy here, on the devices in the loop).

    `ai_log` are an external AI's log-probabilities, of width zero when the AI is learned.
    `annotations` have a leading axis where they differ between seeds, as filled-in ones do.
    """

    inputs: np.ndarray
    truth: Int[np.ndarray, " N"]
    annotations: Int[np.ndarray, "N M"] | Int[np.ndarray, "S N M"]
    ai_log: Float[np.ndarray, "N C"] | Float[np.ndarray, "N 0"]


class Seeds(NamedTuple):
    """What differs between seeds, stacked: splits, present annotations, folds of train."""

    train: Int[np.ndarray, "S n"]
    validation: Int[np.ndarray, "S v"]
    annotated: Bool[np.ndarray, "S N M"]
    folds: Int[np.ndarray, "S n"]


class Batch(NamedTuple):
    """Some cases; `weights` is 0 for rows that only fill up the shape.

    `log_ai` is ln Pr(ground truth) under the AI as it is at this step; 0 where there is none.
    `external` are an external AI's log-probabilities of all classes; None where the AI is learned.
    """

    inputs: Array
    truth: Int[Array, " B"]
    annotations: Int[Array, "B M"]
    annotated: Bool[Array, "B M"]
    log_ai: Float[Array, " B"]
    weights: Float[Array, " B"]
    external: Float[Array, "B C"] | None = None

    def mean(self, values: Float[Array, " B"]) -> Float[Array, ""]:
        """Mean over the rows that count; 0 where none does, as in the fold that is left out."""
        # Sums, no dot products: on a GPU those may be of ten bits.
        return (values * self.weights).sum() / self.weights.sum().clip(1.0)

    @property
    def right(self) -> Bool[Array, "B M"]:
        """Whether the expert annotated the case, and with its ground truth."""
        return self.annotated & (self.annotations == self.truth[:, None])


def stack_cases(dataset: AnnotationSet, *, flatten: bool, external_ai: bool) -> Cases:
    """The set's arrays; with `flatten` images become features in [0, 1].

    Without features and images, networks read the AI's scores, or nothing that differs.
    """
    inputs = dataset.inputs
    if inputs is None:
        inputs = score_inputs(dataset.ai_probabilities, len(dataset.truth))
    elif flatten:
        inputs = as_features(inputs)
    ai_log = np.zeros((len(inputs), 0), np.float32)
    if external_ai:
        # An external AI may answer with certainty; a floor keeps its log-likelihood finite.
        ai_log = np.log(np.clip(np.asarray(dataset.ai_probabilities), 1e-4, 1.0)).astype(np.float32)
    annotations = np.where(dataset.annotated, dataset.annotations, 0).astype(np.int32)
    return Cases(inputs, dataset.truth.astype(np.int32), annotations, ai_log)


def stack_seeds(
    dataset: AnnotationSet,
    seeds: tuple[int, ...],
    missing_rate: float | Sequence[float],
    folds: int = 5,
) -> tuple[Seeds, list[SeedSplit]]:
    """Splits, masks and folds of every seed.

    The missing rate, one for all experts or one for each, takes annotations from the whole train
    split before validation cases are lent, so one that is missing is missing everywhere. Patients
    that are lent differ in their number of cases: all seeds leave cases out at random, until they
    have as many as the seed with the fewest.
    """
    train_cases = dataset.index(Split.TRAIN)
    splits = [seed_split(dataset, seed) for seed in seeds]
    fewest = [min(len(split[part]) for split in splits) for part in (0, 1)]
    masks = []
    for i, seed in enumerate(seeds):
        mask = dataset.annotated.copy()
        mask[train_cases] = drop_annotations(mask[train_cases], missing_rate, seed)
        masks.append(mask)
        rng = np.random.default_rng([seed, _FEWER])
        train, validation = (
            np.sort(rng.permutation(part)[:most])
            for part, most in zip(splits[i][:2], fewest, strict=True)
        )
        splits[i] = splits[i]._replace(train=train, validation=validation)
    stacked = Seeds(
        train=np.stack([s.train for s in splits]).astype(np.int32),
        validation=np.stack([s.validation for s in splits]).astype(np.int32),
        annotated=np.stack(masks),
        folds=np.stack(
            [folds_of(dataset, s.train, folds, k) for s, k in zip(splits, seeds, strict=True)]
        ),
    )
    return stacked, splits
