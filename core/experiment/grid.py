"""Runs the grid on the hardware: the method's fits, the correctness fit and their outputs."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import jax
import numpy as np
import pandas as pd

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.batches import stack_cases, stack_seeds
from core.dataset.patients import clusters
from core.experiment import collapse
from core.experiment.events import Progress
from core.experiment.grid_points import GridPoints
from core.experiment.plan import Plan
from core.methods.protocol import RESERVED, Prediction
from core.models.spec import NetworkConfig
from core.results.models import Training
from core.training.devices import device_name
from core.training.epoch import Points
from core.training.expected import CorrectnessConfig, SeedCorrectness, Stated, fit_correctness
from core.training.keys import key_data
from core.training.loop import EpochDone, FitConfig
from core.training.phases import MethodFit, SharedAI
from core.training.programs import Clock

Routed = list[tuple[int, int, np.ndarray, np.ndarray]]


class Grid:
    """Everything of a run that touches JAX.

    Grid points are numbered target by target within a seed; where the method's training does not
    depend on the target, a seed has one.

    Args:
      dataset: the set. config: the settings. plan: what `make_plan` made of both.
    """

    def __init__(self, dataset: AnnotationSet, config: TrainConfig, plan: Plan):
        self.dataset, self.config, self.plan = dataset, config, plan
        self.clock = Clock()
        self.device = device_name()
        self.warnings: list[str] = []
        self.training: Training | None = None  # how training went; None before and without it
        folds = plan.network.folds
        self.cases = stack_cases(
            dataset,
            flatten=plan.network.reads == "features",
            external_ai=config.ai == "external",
        )
        self.seeds, self.splits = stack_seeds(
            dataset, config.seed_list, config.rates(dataset.experts), folds
        )
        self.annotated = np.asarray(self.seeds.annotated)
        self._warn_of_lost_experts()
        self.network = NetworkConfig(
            kind=plan.network.name,
            input_shape=tuple(int(n) for n in self.cases.inputs.shape[1:]),
            experts=len(dataset.experts),
            classes=len(dataset.classes),
            hidden=config.hidden,
            separate_experts=plan.separate_experts,
            extra_answers=len(dataset.extra_answers),
        )
        # One root key per seed, split by use: the points of a seed share weights and order.
        self.roots = np.stack([key_data(seed) for seed in config.seed_list])
        self.correctness: list[SeedCorrectness] = []
        self._correctness_config = CorrectnessConfig(folds=folds, batch_size=config.batch_size)
        self._predicted: dict[tuple[int, int], Prediction] = {}
        self.points = GridPoints(plan, len(config.targets), config.seeds)
        self._shared_ai: list[np.ndarray] = []  # per seed, its evaluation cases
        self._history: list[EpochDone] = []

    @property
    def method_share(self) -> float:
        """The approximate share of the work that the method's fits take."""
        if not self.plan.method.trains:
            return 0.0
        # The AI is trained once per seed, the rest at every point.
        points = len(self.points.trained) / self.config.seeds
        own = (points * self._networks + 1) * self.config.epochs
        members = self._correctness_config.folds + 1
        return 0.97 * own / (own + members * 70)

    @property
    def _networks(self) -> int:
        return self.plan.method.networks(self.network.experts, self.network.separate_experts)

    def _target(self, target: int) -> float | None:
        """A trained point's target; None where it has none of its own."""
        return self.config.targets[target] if self.plan.per_target else None

    def _warn_of_lost_experts(self) -> None:
        """The missing rate may remove all of an expert's annotations in train."""
        train = self.dataset.index(Split.TRAIN)
        had = self.dataset.annotated[train].any(0)
        lost = had & ~self.annotated[:, train].any(1).all(0)
        if lost.any():
            self.warnings.append(
                f"{self._taken_away()} leaves some experts ({int(lost.sum())}) without annotations "
                "in train for some seed, so their skill is unknown there"
            )

    def _taken_away(self) -> str:
        if self.config.missing_rates:
            return "the missing rate per expert"
        return f"missing rate {self.config.missing_rate:g}"

    def _points(self) -> Points:
        train = self.dataset.index(Split.TRAIN)
        points, warning = self.points.trained_on(list(self.annotated[:, train]), self.roots)
        self.warnings += [warning] if warning else []
        return points

    @cached_property
    def _method_fit(self) -> MethodFit:
        config, network = self.config, self.plan.network
        rate, decay = config.learning_rate, config.weight_decay
        return MethodFit(
            self.plan.method.make(self.network, dict(config.settings)),
            self._networks,
            self._points(),
            self.cases,
            self.seeds,
            np.concatenate([self._evaluated, self.points.cases_to_price(self.splits)], axis=1),
            FitConfig(
                epochs=config.epochs,
                batch_size=config.batch_size,
                learning_rate=network.learning_rate if rate is None else rate,
                weight_decay=network.weight_decay if decay is None else decay,
            ),
            clock=self.clock,
        )

    @cached_property
    def _evaluated(self) -> np.ndarray:
        """Validation and test cases per seed, [S, n]."""
        return np.stack([np.concatenate([s.validation, s.test]) for s in self.splits])

    def compile_method(self) -> None:
        """Begin to compile what `fit_method` runs, in the background."""
        _ = self._method_fit

    def fit_method(self) -> Iterator[Progress | Routed]:
        """Train every grid point; yields progress, and finished points ready for routing."""
        config, evaluate = self.config, self._evaluated
        held = evaluate.shape[1]
        yield Progress(stage="train", fraction=0.0, text="Compiling the training program")
        fit = self._method_fit
        pairs = self.points.trained
        if config.ai == "external":
            self._shared_ai = [self.cases.ai_log[where] for where in evaluate]
        done_before = 0.0
        for event in fit.run():
            if isinstance(event, SharedAI):
                self._shared_ai = [log_p[:held] for log_p in event.log_probabilities]
                text = f"Training the first of {len(pairs)} points, epoch 1 of {config.epochs}"
                yield Progress(stage="train", fraction=done_before, epoch=0, text=text)
                continue
            if isinstance(event, EpochDone):
                done_before = event.fraction
                if len(event.points):
                    self._history.append(event)
                yield Progress(
                    stage="train",
                    fraction=event.fraction,
                    epoch=event.epoch if len(event.points) else 0,
                    metrics=self._metrics(event, pairs) if len(event.points) else {},
                    text=_words(event.points, len(pairs), event.epoch, config.epochs),
                )
                continue
            done: Routed = []
            for row, where in enumerate(event.points):
                target, seed = pairs[where]
                given = jax.tree.map(lambda a, row=row: np.asarray(a)[row], event.outputs)
                self.points.keep(seed, given.scores[held:])
                found = jax.tree.map(lambda a: a[:held], given)
                if clash := sorted(RESERVED & found.extras.keys()):
                    raise ValueError(
                        f"method {self.config.method} has an extra output {clash[0]!r}, but the "
                        "run itself stores an array of that name"
                    )
                for served in self.points.serves(target):
                    self._predicted[served, seed] = found
                    done.append((served, seed, *self.outputs(served, seed)))
            yield done
        self.training = collapse.training_of(
            self._health(fit.method.guessing), fit.config.learning_rate, config.weight_decay
        )
        if self.dataset.kind != "labels" and (trouble := collapse.sentence(self.training)):
            self.warnings.append(trouble)

    def _health(self, guess: float | None) -> collapse.Health:
        """How many points have networks, or a learned AI, that failed in training."""
        learned = self.config.ai == "learned"
        pairs = self.points.trained
        last = {
            pairs[where]: float(event.metrics["loss"][row])
            for event in self._history
            for row, where in enumerate(event.points)
        }
        points: list[list[Any]] = []
        for pair in last:
            out = self._predicted[pair]
            ai = [self._log_ai(*pair)] if learned else []
            points.append([out.scores, *out.extras.values(), *ai])
        return collapse.health(points, list(last.values()), guess)

    def _log_ai(self, target: int, seed: int) -> np.ndarray:
        """The AI's log-probabilities on a point's evaluation cases; an external AI goes first."""
        own: Any = self._predicted[target, seed].ai
        if own is None and not self._shared_ai:
            raise ValueError(
                f"method {self.config.method} neither outputs an AI nor fits one before"
            )
        return self._shared_ai[seed] if own is None or self.config.ai == "external" else own

    def outputs(self, target: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Scores [N, K] and the AI's decisions [N] of a point; rows of train cases are zero."""
        out, split = self._predicted[target, seed], self.splits[seed]
        where = np.concatenate([split.validation, split.test])
        scores = np.zeros((len(self.dataset.truth), out.scores.shape[1]), np.float32)
        decision = np.zeros(len(self.dataset.truth), np.int32)
        scores[where] = out.scores
        decision[where] = np.argmax(self._log_ai(target, seed), axis=1)
        return scores, decision

    def fit_correctness(self) -> Iterator[Progress]:
        """Train the correctness model of every seed into `correctness`."""
        for event in fit_correctness(
            self._correctness_config,
            self.network,
            self.cases,
            self.seeds,
            self.roots,
            self.clock,
            clusters(self.dataset.groups),
            Stated(self.dataset.ai_probabilities) if self.dataset.inputs is None else None,
        ):
            if isinstance(event, EpochDone):
                yield Progress(
                    stage="correctness",
                    fraction=event.fraction,
                    epoch=event.epoch,
                    text="Training the correctness model",
                )
            else:
                self.correctness = event.models

    def _metrics(self, event: EpochDone, pairs: list[tuple[int, int]]) -> dict[str, float]:
        """The method's metrics: means over the chunk's points, and values per target."""
        metrics: dict[str, float] = {}
        for metric in self.plan.method.metrics:
            values = event.metrics[metric.name]
            if not metric.per_target:
                metrics[metric.name] = float(np.mean(values))
                continue
            for value, where in zip(values, event.points, strict=True):
                target = self._target(pairs[where][0])
                name = metric.name if target is None else f"{metric.name}_{target:g}"
                metrics[name] = float(value)
        return metrics

    def history(self) -> pd.DataFrame:
        """Metrics per grid point and epoch."""
        pairs = self.points.trained
        rows = [
            {
                "target": self._target(pairs[where][0]),
                "seed": self.config.seed_list[pairs[where][1]],
                "epoch": event.epoch,
                **{name: float(values[row]) for name, values in event.metrics.items()},
            }
            for event in self._history
            for row, where in enumerate(event.points)
        ]
        return pd.DataFrame(rows, columns=None if rows else ["target", "seed", "epoch"])

    def output_artifacts(self, most_extras: int) -> dict[str, dict[str, np.ndarray]]:
        """`outputs_seed{K}.npz` → arrays, without extras of more numbers than `most_extras`."""
        artifacts = {}
        targets = range(len(self.config.targets))
        for seed, split in enumerate(self.splits):
            arrays: dict[str, np.ndarray] = {
                "validation_index": split.validation,
                "test_index": split.test,
                "targets": np.asarray(
                    [np.nan if t is None else t for t in self.config.targets], np.float64
                ),
            }
            if self.dataset.groups:
                # A run's folder without its data set must still have the groups of guard rules.
                texts = [np.asarray(v, str)[split.validation] for v in self.dataset.groups.values()]
                arrays["groups_validation"] = np.stack(texts, axis=1)
                arrays["group_names"] = np.asarray(list(self.dataset.groups), str)
            model, cut = self.correctness[seed], len(split.validation)
            for name, where in (("validation", split.validation), ("test", split.test)):
                arrays[f"value_{name}"] = model.value[where]
                arrays[f"ensemble_{name}"] = model.class_probabilities[where]
                arrays[f"ai_answer_{name}"] = model.ai_answer[where]
            if self._predicted:
                points = [self._predicted[t, seed] for t in targets]
                extras = {n: np.stack([p.extras[n] for p in points]) for n in points[0].extras}
                stacked = {
                    "scores": np.stack([p.scores for p in points]),
                    "ai_probabilities": np.exp([self._log_ai(t, seed) for t in targets]),
                    **{n: a.astype(np.float16) for n, a in extras.items() if a.size <= most_extras},
                }
                for name, array in stacked.items():
                    arrays[f"{name}_validation"] = array[:, :cut]
                    arrays[f"{name}_test"] = array[:, cut:]
            artifacts[f"outputs_seed{self.config.seed_list[seed]}"] = arrays
        return artifacts


def _words(points: np.ndarray, total: int, epoch: int, epochs: int) -> str:
    if not len(points):
        return f"Training what all points share, epoch {epoch} of {epochs}"
    first, last = int(points[0]) + 1, int(points[-1]) + 1
    which = f"point {first}" if first == last else f"points {first}–{last}"
    return f"Training {which} of {total}, epoch {epoch} of {epochs}"
