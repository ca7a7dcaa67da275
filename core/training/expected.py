"""Fit of the expected-correctness model: AI ensemble, calibration, expert skills, per seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt32
from scipy.special import log_softmax, logit

from core.correctness.calibration import answer_table, fit_blend, fit_temperature
from core.correctness.classifier import Classifier
from core.correctness.scores import expected_correctness
from core.correctness.skills import (
    SkillModel,
    SkillPoint,
    base_skills,
    choose_scale,
    pair_log_loss,
)
from core.data.batches import Cases, Seeds
from core.models.agents import NetworkConfig
from core.training.epoch import Points
from core.training.keys import key_data
from core.training.loop import ChunkDone, EpochDone, FitConfig, fit
from core.training.programs import Clock

_SCALES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectnessConfig:
    """Numbers of the correctness model; chosen on validation splits.

    Attributes:
      epochs: most epochs of a classifier; early stopping usually ends it sooner.
      learning_rate: AdamW's, of classifiers and skill model.
      weight_decay: AdamW's, of the classifiers.
      linear_learning_rate: of the logistic classifiers, which start far from their optimum.
      linear_weight_decay: of the logistic classifiers.
      skill_epochs: most epochs of the skill model.
      skill_weight_decay: of the skill model.
      folds: folds of train; the ensemble is one classifier per fold left out, and one on all.
      batch_size: cases per step, at most; small sets take smaller batches.
    """

    epochs: int = 200
    learning_rate: float = 2e-3
    weight_decay: float = 0.5
    linear_learning_rate: float = 2e-2
    linear_weight_decay: float = 1e-2
    skill_epochs: int = 20
    skill_weight_decay: float = 0.1
    folds: int = 5
    batch_size: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedCorrectness:
    """The correctness model of one seed, applied to every case of the set.

    Attributes:
      class_probabilities: calibrated p(c | x). ai_answer: what the AI decides.
      value: expected correctness per agent, the AI last.
      skill_scale: how far the skill model is trusted, 0 (b alone) to 1.
      temperature: of the calibration.
    """

    class_probabilities: Float[np.ndarray, "N C"]
    ai_answer: Int[np.ndarray, " N"]
    value: Float[np.ndarray, "N K"]
    skill_scale: float
    temperature: float


class CorrectnessFit(NamedTuple):
    """A model per seed, and the trained parameters of every chunk of members."""

    models: list[SeedCorrectness]
    weights: list[Any]


def _evened(inputs: Float[np.ndarray, "N D"], seeds: Seeds) -> Float[np.ndarray, "N D"]:
    """Features centred and divided by the square root of their deviation, on train cases.

    Half way between leaving features in [0, 1] (best for pixels, whose dark corners are noise)
    and standardising them (best for clinical tables, whose long-tailed columns are narrow).
    """
    train = np.unique(np.concatenate([seeds.train.ravel(), seeds.validation.ravel()]))
    deviation = inputs[train].std(axis=0)
    return ((inputs - inputs[train].mean(axis=0)) / np.sqrt(deviation + 1e-6)).astype(np.float32)


def _members(root: UInt32[np.ndarray, "S 2"], folds: int, with_full: bool, stream: int) -> Points:
    """Grid points of an ensemble: every seed with every fold left out, and with none."""
    left_out = [*range(folds), *([-1] if with_full else [])]
    seed = np.repeat(np.arange(len(root)), len(left_out)).astype(np.int32)
    fold = np.tile(left_out, len(root)).astype(np.int32)
    keys = [key_data(*root[s], stream, f + 1) for s, f in zip(seed, fold, strict=True)]
    return Points(np.stack(keys), seed, fold, None)


@dataclass
class _Average:
    """Mean log-output over an ensemble's members and its out-of-fold part, chunk by chunk."""

    seeds: Seeds
    total: np.ndarray | None = None
    held_out: np.ndarray | None = None
    members: int = 0

    def add(self, points: Points, done: ChunkDone) -> None:
        """Take in the members of one chunk."""
        count = self.seeds.train.shape[0]
        for row, where in enumerate(done.points):
            output = np.asarray(done.outputs[row])
            if self.total is None or self.held_out is None:
                self.total = np.zeros((count, *output.shape), np.float32)
                shape = (count, self.seeds.train.shape[1], *output.shape[1:])
                self.held_out = np.zeros(shape, np.float32)
            seed, fold = int(points.seed[where]), int(points.fold[where])
            self.total[seed] += output
            self.members += seed == 0
            if fold >= 0:
                mine = self.seeds.folds[seed] == fold
                self.held_out[seed][mine] = output[self.seeds.train[seed][mine]]

    def mean(self) -> np.ndarray:
        """Average over members, [S, N, …]."""
        assert self.total is not None
        return self.total / self.members

    def out_of_fold(self) -> np.ndarray:
        """Outputs for train cases of the member that has not seen them, [S, n, …]."""
        assert self.held_out is not None
        return self.held_out


def fit_correctness(
    config: CorrectnessConfig,
    network: NetworkConfig,
    cases: Cases,
    seeds: Seeds,
    root: UInt32[np.ndarray, "S 2"],
    clock: Clock,
) -> Iterator[EpochDone | CorrectnessFit]:
    """Fit the AI ensemble and the expert skills of every seed.

    Args:
      config: numbers of the fit.
      network: the run's networks; the classifiers and the skill model are of the same kind.
      cases: every case of the set.
      seeds: splits, masks and folds per seed.
      root: raw data of one PRNG key per seed.
      clock: told how long compiling took.

    Yields:
      `EpochDone` while fitting (fraction of the whole fit), at last the models.
    """
    count = seeds.train.shape[0]
    everything = np.broadcast_to(np.arange(len(cases.truth)), (count, len(cases.truth)))
    # At least about 32 steps per epoch, or early stopping would look too rarely.
    batch = min(config.batch_size, max(32, seeds.train.shape[1] // 32))
    families = [network]
    if network.kind == "mlp":
        cases = cases._replace(inputs=_evened(cases.inputs, seeds))
        # A logistic model beside the MLPs: on small or nearly linear sets it is the better AI,
        # and the blend is chosen on cases its members have not seen.
        families.append(replace(families[0], hidden=()))
    shares = (0.6, 0.1) if len(families) == 2 else (0.7,)
    averages, weights, before = [], [], 0.0
    for stream, (family, share) in enumerate(zip(families, shares, strict=True)):
        points = _members(root, config.folds, True, 10 + stream)
        average = _Average(seeds)
        numbers = FitConfig(
            epochs=config.epochs,
            batch_size=batch,
            learning_rate=config.learning_rate if family.hidden else config.linear_learning_rate,
            weight_decay=config.weight_decay if family.hidden else config.linear_weight_decay,
        )
        for event in fit(
            Classifier(config=family), points, cases, seeds, everything, numbers, clock=clock
        ):
            if isinstance(event, EpochDone):
                yield replace(event, fraction=before + share * event.fraction)
            else:
                average.add(points, event)
                weights.append(event.params)
        averages.append(average)
        before += share
    base = np.stack(
        [
            logit(
                base_skills(
                    cases.truth[seeds.train[s]],
                    cases.annotations[seeds.train[s]],
                    seeds.annotated[s][seeds.train[s]],
                    network.classes,
                )
            )
            for s in range(count)
        ]
    ).astype(np.float32)
    points = _members(root, config.folds, False, 20)
    points = points._replace(setting=SkillPoint(base[np.asarray(points.seed)]))
    offsets = _Average(seeds)
    numbers = FitConfig(
        epochs=config.skill_epochs,
        batch_size=batch,
        learning_rate=config.learning_rate,
        weight_decay=config.skill_weight_decay,
    )
    skill_model = SkillModel(config=network)
    for event in fit(skill_model, points, cases, seeds, everything, numbers, clock=clock):
        if isinstance(event, EpochDone):
            yield replace(event, fraction=before + (1.0 - before) * event.fraction)
        else:
            offsets.add(points, event)
            weights.append(event.params)
    models = [_combine(s, averages, offsets, base[s], cases, seeds) for s in range(count)]
    yield CorrectnessFit(models, weights)


def _combine(
    s: int,
    averages: list[_Average],
    offsets: _Average,
    base: Float[np.ndarray, "M C"],
    cases: Cases,
    seeds: Seeds,
) -> SeedCorrectness:
    """Calibrate, choose the skills' scale and put one seed's scores together."""
    train, validation = seeds.train[s], seeds.validation[s]
    truth = cases.truth
    log_p, held_out = averages[0].mean()[s], averages[0].out_of_fold()[s]
    for other in averages[1:]:
        log_p, held_out = _blend(
            log_p,
            held_out,
            other.mean()[s],
            other.out_of_fold()[s],
            truth[train],
        )
    answer = None
    if cases.ai_log.shape[1]:
        answer = np.argmax(cases.ai_log, axis=1)
        told = answer_table(answer[train], truth[train], log_p.shape[1])[answer]
        log_p, held_out = _blend(log_p, held_out, told, told[train], truth[train])
    temperature = fit_temperature(log_p[validation], truth[validation])
    probabilities = np.exp(log_softmax(log_p / temperature, axis=1))
    if answer is None:
        answer = np.argmax(probabilities, axis=1)
    losses = np.stack(
        [
            pair_log_loss(
                base,
                offsets.out_of_fold()[s],
                scale,
                truth[train],
                cases.annotations[train],
                seeds.annotated[s][train],
            )
            for scale in _SCALES
        ]
    )
    scale = choose_scale(losses, _SCALES)
    value = expected_correctness(probabilities, base + scale * offsets.mean()[s], answer)
    return SeedCorrectness(
        class_probabilities=probabilities.astype(np.float32),
        ai_answer=answer.astype(np.int32),
        value=value,
        skill_scale=scale,
        temperature=temperature,
    )


def _blend(
    first: np.ndarray,
    first_held_out: np.ndarray,
    second: np.ndarray,
    second_held_out: np.ndarray,
    truth: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Blend two models by weights fitted on the cases neither has seen."""
    a, b = fit_blend(first_held_out, second_held_out, truth)
    return (
        log_softmax(a * first + b * second, axis=1),
        log_softmax(a * first_held_out + b * second_held_out, axis=1),
    )
