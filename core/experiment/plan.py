"""From settings and a data set to a grid: bounds per point, networks, refusals. No JAX."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.base.percents import percent
from core.config.missing_rates import check_learning_rate
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.truth_source import part_of_truth
from core.em.bounds import BoundsError, WorkloadBounds
from core.methods.registry import METHODS
from core.methods.spec import MethodSpec
from core.models.registry import NETWORKS, default_for
from core.models.spec import NetworkSpec

# Above this many experts one trunk with M heads replaces a network per expert: the cost of a
# step would otherwise grow with experts who each annotated only a handful of cases.
SEPARATE_AT_MOST = 8
# Fewer train cases than this and there is nothing to fit or to hold out.
_FEWEST_TRAIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a run.

    Attributes:
      method: to train. network: its kind.
      separate_experts: a network per expert, or one trunk.
      per_target: whether every target trains points of its own.
      included: whether each expert may get cases.
      bounds: one per target.
      warnings: sentences to show with the result.
    """

    method: MethodSpec
    network: NetworkSpec
    separate_experts: bool
    per_target: bool
    included: tuple[bool, ...]
    bounds: tuple[WorkloadBounds, ...]
    warnings: tuple[str, ...]


def make_plan(dataset: AnnotationSet, config: TrainConfig) -> Plan:
    """Plans a run.

    Raises:
      ConfigError: a setting does not go with this data set.
      BoundsError: the workload bounds are infeasible; holds the nearest feasible ones.
    """
    method = METHODS.get(config.method)
    if method is None:
        raise ConfigError(f"method is {config.method!r}; expected one of {', '.join(METHODS)}")
    check_learning_rate(config.learning_rate)
    _check_trainable(dataset, config, method)
    away = {*dataset.excluded_experts, *config.off_duty}
    included = tuple(e not in away for e in dataset.experts)
    warnings = _warnings(dataset, config)
    return Plan(
        method=method,
        network=network_for(dataset.kind, config),
        separate_experts=config.expert_networks == "separate"
        or (
            config.expert_networks == "auto"
            and dataset.kind != "images"
            and len(dataset.experts) <= SEPARATE_AT_MOST
        ),
        per_target=trains_per_target(config),
        included=included,
        bounds=tuple(_bounds(dataset, config, included)),
        warnings=tuple(warnings),
    )


def _check_trainable(dataset: AnnotationSet, config: TrainConfig, method: MethodSpec) -> None:
    if not dataset.experts:
        raise ConfigError(f"{dataset.name} has no experts; expected at least one")
    named = {name for name, _ in config.missing_rates} | set(config.off_duty)
    if unknown := sorted(named - set(dataset.experts)):
        raise ConfigError(
            f"settings name {_named(unknown)}; the experts are {_named(list(dataset.experts))}"
        )
    train, test = dataset.index(Split.TRAIN), dataset.index(Split.TEST)
    if len(train) < _FEWEST_TRAIN:
        raise ConfigError(f"{len(train)} train cases; expected at least {_FEWEST_TRAIN}")
    if len(test) == 0:
        raise ConfigError("no test cases; expected some, because nothing can be evaluated without")
    if len(np.unique(dataset.truth[train])) < 2:
        raise ConfigError("fewer than two classes among the train cases; expected at least two")
    if config.ai == "external" and dataset.ai_probabilities is None:
        raise ConfigError(
            "--ai external needs ai_predictions.csv in the data set; there is none. Add it or "
            "train with the learned AI"
        )
    present = dataset.annotated[train]
    left = present.sum(axis=0) @ (1 - np.asarray(config.rates(dataset.experts)))
    if config.takes_away and left < 1:
        rate = "per expert" if config.missing_rates else config.missing_rate
        raise ConfigError(f"missing rate {rate} leaves no annotation in train")
    complete = bool(present.all()) and not config.takes_away
    if method.needs_complete and not complete:
        share = 1 - left / present.size
        raise ConfigError(
            f"method {method.name} needs every expert's annotation of every train case; "
            f"{percent(share)} are missing. Use {TrainConfig().method}"
        )
    if config.ai == "external" and method.needs_confidence:
        surest = np.asarray(dataset.ai_probabilities).max(axis=1)
        if np.ptp(surest) < 1e-6:
            raise ConfigError(
                f"method {method.name} goes by the AI's confidence, and the set's AI is as sure of "
                f"all cases ({percent(surest.max())}). Train with the learned AI, or use another "
                "method"
            )
    if method.tables_only and dataset.kind == "images":
        raise ConfigError(
            f"method {method.name} augments the columns of tables; this set has images. "
            f"Use {TrainConfig().method}"
        )
    network = network_for(dataset.kind, config)
    if network.reads == "images" and dataset.kind != "images":
        raise ConfigError(
            f"network {network.name} needs images; this set has {dataset.kind}. "
            f"Use {default_for(dataset.kind).name}"
        )


def trains_per_target(config: TrainConfig) -> bool:
    """Whether every target trains points of its own, so that one does not serve all."""
    method = METHODS.get(config.method)
    if method is None:  # of another version
        return True
    return method.per_target and not (method.repriced and config.curve == "one")


def default_ai(kind: str) -> str:
    """The setting `ai` for a kind of data: where an AI's scores are all there is, it is that AI."""
    return "external" if kind == "scores" else "learned"


def network_for(kind: str, config: TrainConfig) -> NetworkSpec:
    """The network for a kind of data (`AnnotationSet.kind`), resolving the setting `network`."""
    return default_for(kind) if config.network == "auto" else NETWORKS[config.network]


def _bounds(
    dataset: AnnotationSet, config: TrainConfig, included: tuple[bool, ...]
) -> list[WorkloadBounds]:
    if config.bounds:
        away = dataset.excluded_experts
        return [config.bounds.in_order(dataset.agents, off=config.off_duty, away=away)]
    if not any(included) and any(c < 1 for c in config.coverage):
        raise BoundsError(
            ("every expert is off duty" if config.off_duty else "no expert annotated a train case")
            + ", so every case has to go to the AI",
            WorkloadBounds.for_target(1.0, len(dataset.experts), config.humans, included),
        )
    return [
        WorkloadBounds.for_target(c, len(dataset.experts), config.humans, included)
        for c in config.coverage
    ]


def _warnings(dataset: AnnotationSet, config: TrainConfig) -> list[str]:
    warnings = []
    named = (*config.bounds.lower, *config.bounds.upper) if config.bounds else ()
    # Experts with bounds are included, with or without annotations in train.
    wanted = {agent for agent, share in named if share > 0}
    left_out = [e for e in dataset.excluded_experts if e not in wanted]
    idle = {*left_out, *config.off_duty}
    if left_out:
        warnings.append(
            f"experts without annotations in train get no cases ({len(left_out)}): "
            f"{_named(left_out)}"
        )
    on_test = dataset.annotated[dataset.index(Split.TEST)].any(0)
    unseen = [e for e, on in zip(dataset.experts, on_test, strict=True) if not (on or e in idle)]
    if unseen:
        warnings.append(
            f"experts without annotations on test cases: {_named(unseen)}. The "
            "team's accuracy is unknown wherever they get cases, and the curve leaves these points "
            "out"
        )
    if part := part_of_truth(dataset):
        warnings.append(
            f"the ground truth seems to be made of the answers of {_named(part)}: then their "
            "accuracy is too high, and so is that of a team with them"
        )
    if dataset.kind == "labels":
        warnings.append(
            "the set has neither features nor an AI's scores, so all cases look alike: who gets "
            "which case is drawn at random within the workloads, and the AI always answers with "
            "the most frequent class"
        )
    train = len(dataset.index(Split.TRAIN))
    if train < config.batch_size:
        warnings.append(
            f"the batch size of {config.batch_size} exceeds the {train} train cases; "
            "smaller batches are used"
        )
    return warnings


def _named(experts: Sequence[str]) -> str:
    return ", ".join(experts[:5]) + (" …" if len(experts) > 5 else "")
