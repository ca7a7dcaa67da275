"""The correctness model of one seed, whole: applied to any cases."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, UInt8
from scipy.special import log_softmax

from core.correctness.score_map import ScoreMap
from core.correctness.scores import expected_correctness
from core.encoding.pixels import as_features
from core.models.ensemble import Ensemble
from core.models.mlp import logistic
from core.models.registry import spec_of
from core.models.spec import NetworkConfig


class Centring(NamedTuple):
    """Features centred and divided by the square root of their deviation.

    Half way between leaving features in [0, 1] (best for pixels, whose dark corners are noise)
    and standardising them (best for clinical tables, whose long-tailed columns are narrow).
    """

    mean: Float32[np.ndarray, " D"]
    root: Float32[np.ndarray, " D"]

    @classmethod
    def of(cls, inputs: Float32[np.ndarray, "n D"]) -> "Centring":
        """As these cases have it."""
        return cls(inputs.mean(axis=0), np.sqrt(inputs.std(axis=0) + 1e-6))

    def apply(self, inputs: Float32[np.ndarray, "N D"]) -> Float32[np.ndarray, "N D"]:
        """The features of any cases."""
        return ((inputs - self.mean) / self.root).astype(np.float32)


class Blend(NamedTuple):
    """How what the AI's networks say becomes calibrated class probabilities and skills.

    Attributes:
      weights: (a, b) of softmax(a ln p + b ln p') for each family beyond the first, then for an
        external AI's answers.
      answer_table: ln Pr(y | the external AI answers a), row a; None for a learned AI.
      temperature: of the calibration.
      base: logit b_m[c] per expert and class.
      skill_scale: how far h(x) is trusted, 0 (b alone) to 1.
    """

    weights: tuple[tuple[float, float], ...]
    answer_table: Float[np.ndarray, "C C"] | None
    temperature: float
    base: Float[np.ndarray, "M C"]
    skill_scale: float


class Judged(NamedTuple):
    """What a correctness model says of cases.

    Attributes:
      value: expected correctness per agent, the AI last.
      probabilities: calibrated p(c | x).
      ai_answer: what the AI decides.
    """

    value: Float32[np.ndarray, "n K"]
    probabilities: Float32[np.ndarray, "n C"]
    ai_answer: Int[np.ndarray, " n"]


class KeptModel(NamedTuple):
    """Everything of one seed that applying the model to new cases takes.

    Attributes:
      families: classifiers of each kind in `families_of`; none where a score is read instead.
      skills: networks of h.
      centring: of features; None for networks that read images.
      blend: how the outputs are put together.
      score_map: calibrates an external AI's scores where they are all there is; else None.
    """

    families: tuple[Ensemble, ...]
    skills: Ensemble
    centring: Centring | None
    blend: Blend
    score_map: ScoreMap | None = None


def families_of(network: NetworkConfig) -> tuple[NetworkConfig, ...]:
    """The networks whose ensembles are the AI: the run's own, and a logistic model on features.

    On small or nearly linear sets the logistic model is the better AI, and the blend is chosen on
    cases that its members have not seen.
    """
    return (network, logistic(network)) if spec_of(network).reads == "features" else (network,)


def blended(
    first: Float[np.ndarray, "n C"],
    second: Float[np.ndarray, "n C"],
    weights: tuple[float, float],
) -> Float[np.ndarray, "n C"]:
    """Log-probabilities of softmax(a ln p + b ln p')."""
    return log_softmax(weights[0] * first + weights[1] * second, axis=1)


def judge(
    blend: Blend,
    log_p: Sequence[Float[np.ndarray, "n C"]],
    offsets: Float[np.ndarray, "n M C"],
    answers: Int[np.ndarray, " n"] | None = None,
) -> Judged:
    """Expected correctness from the ensembles' mean outputs.

    Args:
      blend: of the seed.
      log_p: mean log-probabilities per family.
      offsets: mean h(x)[m, c] in nats.
      answers: the external AI's; None for a learned AI.
    """
    mixed, *others = log_p
    if blend.answer_table is not None:
        assert answers is not None
        others = [*others, blend.answer_table[answers]]
    for other, weights in zip(others, blend.weights, strict=True):
        mixed = blended(mixed, other, weights)
    probabilities = np.exp(log_softmax(mixed / blend.temperature, axis=1))
    answer = np.argmax(probabilities, axis=1) if answers is None else answers
    skill_logits = blend.base + blend.skill_scale * offsets
    return Judged(
        expected_correctness(probabilities, skill_logits, answer),
        probabilities.astype(np.float32),
        answer.astype(np.int32),
    )


def apply(
    model: KeptModel,
    inputs: Float32[np.ndarray, "N D"] | UInt8[np.ndarray, "N H W 3"],
    answers: Int[np.ndarray, " N"] | None = None,
    stated: Float[np.ndarray, "N C"] | None = None,
) -> Judged:
    """What the model says of new cases, as training said it of its own.

    Args:
      model: of one seed.
      inputs: features as encoded for the data set, or images of its size.
      answers: classes that the external AI decides, where the model was made with one.
      stated: its probabilities, where the model reads nothing else.
    """
    if spec_of(model.skills.config).reads == "features":
        inputs = as_features(inputs)
    if model.centring is not None:
        inputs = model.centring.apply(inputs)
    if model.score_map is not None:
        log_p = [model.score_map.log_p(stated, len(inputs))]
    else:
        log_p = [log_softmax(f.logits(inputs), axis=2).mean(axis=0) for f in model.families]
    offsets = model.skills.logits(inputs).mean(axis=0)
    return judge(model.blend, log_p, offsets.reshape(len(inputs), *model.blend.base.shape), answers)
