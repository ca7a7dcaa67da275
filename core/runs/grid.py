"""The grid of a run on the hardware: the EM fits and the correctness fit, with their outputs."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
import pandas as pd

from core.data.annotation_set import AnnotationSet, Split
from core.data.batches import stack_cases, stack_seeds
from core.em.flow import nearest_reachable
from core.methods.mixture import Bounds
from core.models.spec import NetworkConfig
from core.runs import collapse
from core.runs.config import TrainConfig
from core.runs.events import Progress
from core.runs.plan import Plan
from core.training.devices import device_name
from core.training.epoch import Points
from core.training.expected import CorrectnessConfig, SeedCorrectness, fit_correctness
from core.training.keys import key_data
from core.training.loop import EpochDone, FitConfig
from core.training.mixtures import LearnedAI, fit_mixtures
from core.training.programs import Clock

Routed = list[tuple[int, int, np.ndarray, np.ndarray]]


class Grid:
    """Everything of a run that touches JAX.

    Grid points are numbered target by target within a seed: point = seed row × targets + target.

    Args:
      dataset: the set. config: the settings. plan: what `make_plan` made of both.
    """

    def __init__(self, dataset: AnnotationSet, config: TrainConfig, plan: Plan):
        self.dataset, self.config, self.plan = dataset, config, plan
        self.clock = Clock()
        self.device = device_name()
        self.warnings: list[str] = []
        self.training: dict[str, Any] | None = None  # how training went; None before and without it
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
        )
        # One root key per seed, split by use: the points of a seed share weights and order.
        self.roots = np.stack([key_data(seed) for seed in config.seed_list])
        self.correctness: list[SeedCorrectness] = []
        self._correctness_config = CorrectnessConfig(folds=folds, batch_size=config.batch_size)
        self._outputs: dict[tuple[int, int], Any] = {}
        self._log_ai: list[np.ndarray] = []  # per seed, its evaluation cases
        self._history: list[EpochDone] = []

    @property
    def em_share(self) -> float:
        """About which share of the work the EM grid is."""
        if self.plan.method.module is None:
            return 0.0
        experts = self.network.experts if self.network.separate_experts else 1
        # The AI is trained once per seed, the rest at every point.
        em = (len(self.config.targets) * (1 + experts) + 1) * self.config.epochs
        members = self._correctness_config.folds + 1
        return 0.97 * em / (em + members * 70)

    def pairs(self) -> list[tuple[int, int]]:
        """(target row, seed row) of every grid point, in grid order."""
        targets = len(self.config.targets)
        return [(t, s) for s in range(self.config.seeds) for t in range(targets)]

    def _warn_of_lost_experts(self) -> None:
        """The missing rate may take all that an expert said in train."""
        train = self.dataset.index(Split.TRAIN)
        had = self.dataset.annotated[train].any(0)
        lost = had & ~self.annotated[:, train].any(1).all(0)
        if lost.any():
            self.warnings.append(
                f"{self._taken_away()} leaves some experts ({int(lost.sum())}) no annotation in "
                "train for some seed, so nothing is known about their skill there"
            )

    def _taken_away(self) -> str:
        if self.config.missing_rates:
            return "the missing rate per expert"
        return f"missing rate {self.config.missing_rate:g}"

    def _points(self) -> Points:
        lower, upper = [], []
        worst, missed, out_of_reach = "", 0.0, 0
        train = self.dataset.index(Split.TRAIN)
        for target, seed in self.pairs():
            bounds = self.plan.bounds[target]
            low, up = np.asarray(bounds.lower), np.asarray(bounds.upper)
            if self.plan.method.needs_support:
                support = np.pad(
                    self.annotated[seed][train], ((0, 0), (0, 1)), constant_values=True
                )
                wanted = low, up
                low, up, warning = nearest_reachable(support, low, up)
                if warning:
                    out_of_reach += 1
                    by = float(max(np.abs(low - wanted[0]).max(), np.abs(up - wanted[1]).max()))
                    if by > missed:
                        worst, missed = warning, by
            lower.append(low)
            upper.append(up)
        if out_of_reach:
            self.warnings.append(f"{worst} (the worst of {out_of_reach} grid points)")
        rows = np.asarray([seed for _, seed in self.pairs()], np.int32)
        return Points(
            key=self.roots[rows],
            seed=rows,
            fold=np.full(len(rows), -1, np.int32),
            setting=Bounds(*(np.stack(b).astype(np.float32) for b in (lower, upper))),
        )

    def fit_em(self) -> Iterator[Progress | Routed]:
        """Train the mixtures; yields progress, and finished points ready for routing."""
        config, network = self.config, self.plan.network
        method = self.plan.method.builder()(self.network, config.projection)
        rate, decay = config.learning_rate, config.weight_decay
        numbers = FitConfig(
            epochs=config.epochs,
            batch_size=config.batch_size,
            learning_rate=network.learning_rate if rate is None else rate,
            weight_decay=network.weight_decay if decay is None else decay,
        )
        evaluate = np.stack([np.concatenate([s.validation, s.test]) for s in self.splits])
        yield Progress(stage="train", fraction=0.0, text="Getting the training program ready")
        points = self._points()
        pairs, total = self.pairs(), len(self.pairs())
        # An external AI's probabilities; what a learned one gives comes with its fit.
        self._log_ai = [self.cases.ai_log[where] for where in evaluate]
        for event in fit_mixtures(
            method,
            self.network,
            points,
            self.cases,
            self.seeds,
            evaluate,
            numbers,
            clock=self.clock,
        ):
            if isinstance(event, LearnedAI):
                self._log_ai = list(event.log_probabilities)
                continue
            if isinstance(event, EpochDone):
                if len(event.points):
                    self._history.append(event)
                yield Progress(
                    stage="train",
                    fraction=event.fraction,
                    epoch=event.epoch if len(event.points) else 0,
                    metrics=self._metrics(event, pairs) if len(event.points) else {},
                    text=_words(event.points, total, event.epoch, config.epochs),
                )
                continue
            done: Routed = []
            for row, where in enumerate(event.points):
                target, seed = pairs[where]
                self._outputs[target, seed] = jax.tree.map(
                    lambda a, row=row: np.asarray(a)[row], event.outputs
                )
                done.append((target, seed, *self.outputs(target, seed)))
            yield done
        self.training = collapse.as_plain(self._health(), numbers.learning_rate, decay)
        if trouble := collapse.sentence(self.training):
            self.warnings.append(trouble)

    def _health(self) -> collapse.Health:
        """How many points have networks, or an AI trained here, that fell apart."""
        learned = self.config.ai == "learned"
        pairs = self.pairs()
        last = {
            pairs[where]: float(event.metrics["loss"][row])
            for event in self._history
            for row, where in enumerate(event.points)
        }
        points = [
            [out.log_gate, out.log_experts, *([self._log_ai[seed]] if learned else [])]
            for (_, seed), out in self._outputs.items()
        ]
        guess = collapse.guessing(self.network.experts, self.network.classes)
        return collapse.health(points, [last[pair] for pair in self._outputs], guess)

    def outputs(self, target: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """ln g [N, K] and the AI's decisions [N] of a point; rows of train cases are zero."""
        out, split = self._outputs[target, seed], self.splits[seed]
        where = np.concatenate([split.validation, split.test])
        log_gate = np.zeros((len(self.dataset.truth), out.log_gate.shape[1]), np.float32)
        decision = np.zeros(len(self.dataset.truth), np.int32)
        log_gate[where] = out.log_gate
        decision[where] = np.argmax(self._log_ai[seed], axis=1)
        return log_gate, decision

    def fit_correctness(self) -> Iterator[Progress]:
        """Train the correctness model of every seed into `correctness`."""
        for event in fit_correctness(
            self._correctness_config,
            self.network,
            self.cases,
            self.seeds,
            self.roots,
            self.clock,
        ):
            if isinstance(event, EpochDone):
                yield Progress(
                    stage="correctness",
                    fraction=event.fraction,
                    epoch=event.epoch,
                    text="Learning who is most likely to be right",
                )
            else:
                self.correctness = event.models

    def _metrics(self, event: EpochDone, pairs: list[tuple[int, int]]) -> dict[str, float]:
        """Means over the chunk's points, and realised coverage per target."""
        metrics = {name: float(np.mean(event.metrics[name])) for name in ("loss", "log_likelihood")}
        for row, where in enumerate(event.points):
            target = self.config.targets[pairs[where][0]]
            name = "coverage" if target is None else f"coverage_{target:g}"
            metrics[name] = float(event.metrics["coverage"][row])
        return metrics

    def history(self) -> pd.DataFrame:
        """Metrics per grid point and epoch."""
        pairs = self.pairs()
        rows = [
            {
                "target": self.config.targets[pairs[where][0]],
                "seed": self.config.seed_list[pairs[where][1]],
                "epoch": event.epoch,
                **{name: float(values[row]) for name, values in event.metrics.items()},
            }
            for event in self._history
            for row, where in enumerate(event.points)
        ]
        return pd.DataFrame(rows, columns=None if rows else ["target", "seed", "epoch"])

    def output_artifacts(self, most_expert_outputs: int) -> dict[str, dict[str, np.ndarray]]:
        """`outputs_seed{K}.npz` → arrays, as DESIGN names them."""
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
                # A run's folder alone, without its set, must know whom guard rules are about.
                texts = [np.asarray(v, str)[split.validation] for v in self.dataset.groups.values()]
                arrays["groups_validation"] = np.stack(texts, axis=1)
                arrays["group_names"] = np.asarray(list(self.dataset.groups), str)
            model, cut = self.correctness[seed], len(split.validation)
            for name, where in (("validation", split.validation), ("test", split.test)):
                arrays[f"value_{name}"] = model.value[where]
                arrays[f"ensemble_{name}"] = model.class_probabilities[where]
                arrays[f"ai_answer_{name}"] = model.ai_answer[where]
            if self._outputs:
                stacked = jax.tree.map(
                    lambda *a: np.stack(a), *(self._outputs[t, seed] for t in targets)
                )
                small = stacked.log_experts.size <= most_expert_outputs
                ai = np.broadcast_to(
                    np.exp(self._log_ai[seed]), (len(targets), *self._log_ai[seed].shape)
                )
                for name, part in (
                    ("validation", slice(None, cut)),
                    ("test", slice(cut, None)),
                ):
                    arrays[f"log_gate_{name}"] = stacked.log_gate[:, part]
                    arrays[f"ai_probabilities_{name}"] = ai[:, part]
                    if small:
                        arrays[f"expert_probabilities_{name}"] = np.exp(
                            stacked.log_experts[:, part]
                        ).astype(np.float16)
            artifacts[f"outputs_seed{self.config.seed_list[seed]}"] = arrays
        return artifacts


def _words(points: np.ndarray, total: int, epoch: int, epochs: int) -> str:
    if not len(points):
        return f"Training the AI that all points share, epoch {epoch} of {epochs}"
    first, last = int(points[0]) + 1, int(points[-1]) + 1
    which = f"point {first}" if first == last else f"points {first}–{last}"
    return f"Training {which} of {total}, epoch {epoch} of {epochs}"
