"""Fit of the expected-correctness model: AI ensemble, calibration, expert skills, per seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int, UInt32
from scipy.special import logit

from core.correctness.calibration import answer_table, fit_blend, fit_temperature
from core.correctness.classifier import Classifier
from core.correctness.kept import (
    Blend,
    Centring,
    KeptModel,
    blended,
    families_of,
    judge,
)
from core.correctness.score_map import FittedMap, fit_score_map
from core.correctness.skills import (
    SkillModel,
    SkillPoint,
    base_skills,
    choose_scale,
    pair_log_loss,
)
from core.dataset.batches import Cases, Seeds
from core.models.ensemble import Ensemble
from core.models.registry import spec_of
from core.models.spec import NetworkConfig
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
      model: what applying it to other cases takes.
    """

    class_probabilities: Float[np.ndarray, "N C"]
    ai_answer: Int[np.ndarray, " N"]
    value: Float[np.ndarray, "N K"]
    model: KeptModel


class Stated(NamedTuple):
    """All that is known of cases without features and images.

    Attributes:
      probabilities: an external AI's; None without one.
    """

    probabilities: Float[np.ndarray, "N C"] | None


class CorrectnessFit(NamedTuple):
    """A model per seed."""

    models: list[SeedCorrectness]


def _members(root: UInt32[np.ndarray, "S 2"], folds: int, with_full: bool, stream: int) -> Points:
    """Grid points of an ensemble: every seed with every fold left out, and with none."""
    left_out = [*range(folds), *([-1] if with_full else [])]
    seed = np.repeat(np.arange(len(root)), len(left_out)).astype(np.int32)
    fold = np.tile(left_out, len(root)).astype(np.int32)
    keys = [key_data(*root[s], stream, f + 1) for s, f in zip(seed, fold, strict=True)]
    return Points(np.stack(keys), seed, fold, None)


@dataclass
class _Average:
    """Mean log-output over an ensemble's members and its out-of-fold part, chunk by chunk.

    Also its parameters, kept member by member.
    """

    seeds: Seeds
    config: NetworkConfig
    outputs: int
    trained: list[Any] = field(default_factory=list)
    total: np.ndarray | None = None
    held_out: np.ndarray | None = None
    members: int = 0

    def add(self, points: Points, done: ChunkDone) -> None:
        """Take in the members of one chunk."""
        count = self.seeds.train.shape[0]
        self.trained.append((done.params, done.carry))
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

    def kept(self, seed: int) -> Ensemble:
        """One seed's members; `_members` lists them seed by seed."""
        own = slice(seed * self.members, (seed + 1) * self.members)
        trained = jax.tree.map(lambda *chunks: np.concatenate(chunks)[own], *self.trained)
        return Ensemble(self.config, self.outputs, *trained)

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
    patients: Int[np.ndarray, " N"] | None = None,
    stated: Stated | None = None,
) -> Iterator[EpochDone | CorrectnessFit]:
    """Fit the AI ensemble and the expert skills of every seed.

    Args:
      config: numbers of the fit.
      network: the run's networks; the classifiers and the skill model are of the same kind.
      cases: every case of the set.
      seeds: splits, masks and folds per seed.
      root: raw data of one PRNG key per seed.
      clock: records the time spent compiling.
      patients: number of the patient of each case; None where none are known.
      stated: for cases without features and images; then p(c | x) is the calibrated score, or the
        class shares, and no classifier is trained.

    Yields:
      `EpochDone` while fitting (fraction of the whole fit), at last the models.
    """
    count = seeds.train.shape[0]
    everything = np.broadcast_to(np.arange(len(cases.truth)), (count, len(cases.truth)))
    # At least about 32 steps per epoch, or early stopping would look too rarely.
    batch = min(config.batch_size, max(32, seeds.train.shape[1] // 32))
    centring = None
    if spec_of(network).reads == "features":
        train = np.unique(np.concatenate([seeds.train.ravel(), seeds.validation.ravel()]))
        centring = Centring.of(cases.inputs[train])
        cases = cases._replace(inputs=centring.apply(cases.inputs))
    families = families_of(network) if stated is None else ()
    maps = [] if stated is None else _score_maps(stated, cases, seeds, network.classes)
    rates = [
        (config.learning_rate, config.weight_decay),
        (config.linear_learning_rate, config.linear_weight_decay),
    ]
    shares = ((), (0.7,), (0.6, 0.1))[len(families)]
    averages, before = [], 0.0
    for stream, (family, share) in enumerate(zip(families, shares, strict=True)):
        points = _members(root, config.folds, True, 10 + stream)
        average = _Average(seeds, family, family.classes)
        rate, decay = rates[stream]
        numbers = FitConfig(
            epochs=config.epochs, batch_size=batch, learning_rate=rate, weight_decay=decay
        )
        for event in fit(
            Classifier(config=family), points, cases, seeds, everything, numbers, clock=clock
        ):
            if isinstance(event, EpochDone):
                yield replace(event, fraction=before + share * event.fraction)
            else:
                average.add(points, event)
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
    offsets = _Average(seeds, network, network.experts * network.classes)
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
    yield CorrectnessFit(
        [
            _combine(
                s,
                averages,
                offsets,
                centring,
                base[s],
                cases,
                seeds,
                patients,
                maps[s] if maps else None,
            )
            for s in range(count)
        ]
    )


def _combine(
    s: int,
    averages: list[_Average],
    offsets: _Average,
    centring: Centring | None,
    base: Float[np.ndarray, "M C"],
    cases: Cases,
    seeds: Seeds,
    patients: Int[np.ndarray, " N"] | None,
    scored: tuple[FittedMap, np.ndarray] | None,
) -> SeedCorrectness:
    """Calibrate, choose the skills' scale and put one seed's scores together."""
    train, validation = seeds.train[s], seeds.validation[s]
    truth = cases.truth
    if scored is None:
        everywhere = [average.mean()[s] for average in averages]
        unseen = [average.out_of_fold()[s] for average in averages]
    else:
        everywhere, unseen = [scored[1]], [scored[0].held_out]
    pairs = list(zip(everywhere, unseen, strict=True))
    answer = table = None
    if cases.ai_log.shape[1]:
        answer = np.argmax(cases.ai_log, axis=1)
    if answer is not None and scored is None:  # a map reads the score itself
        table = answer_table(answer[train], truth[train], pairs[0][0].shape[1])
        pairs.append((table[answer], table[answer][train]))
    (log_p, held_out), *others = pairs
    weights = []
    for other, other_held_out in others:
        # Fitted on the cases neither has seen.
        weights.append(fit_blend(held_out, other_held_out, truth[train]))
        log_p = blended(log_p, other, weights[-1])
        held_out = blended(held_out, other_held_out, weights[-1])
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
    blend = Blend(
        weights=tuple(weights),
        answer_table=table,
        temperature=1.0
        if scored is not None
        else fit_temperature(log_p[validation], truth[validation]),
        base=base,
        skill_scale=choose_scale(losses, _SCALES, None if patients is None else patients[train]),
    )
    judged = judge(blend, everywhere, offsets.mean()[s], answer)
    return SeedCorrectness(
        class_probabilities=judged.probabilities,
        ai_answer=judged.ai_answer,
        value=judged.value,
        model=KeptModel(
            families=tuple(average.kept(s) for average in averages),
            skills=offsets.kept(s),
            centring=centring,
            blend=blend,
            score_map=None if scored is None else scored[0].map,
        ),
    )


def _score_maps(
    stated: Stated, cases: Cases, seeds: Seeds, classes: int
) -> list[tuple[FittedMap, Float[np.ndarray, "N C"]]]:
    """The calibration of every seed, and ln p(c | score) of all cases."""
    given = stated.probabilities
    fitted = [
        fit_score_map(given, cases.truth, *parts, classes)
        for parts in zip(seeds.train, seeds.validation, seeds.folds, strict=True)
    ]
    return [(one, one.map.log_p(given, len(cases.truth))) for one in fitted]
