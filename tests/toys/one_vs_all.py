"""A method of another kind, in one file: one-vs-all scores, whose classes are its own AI.

Verma & Nalisnick, ICML 2022 (arXiv:2202.03673): one network with a logit per class and one per
expert. A case goes to the expert whose logit is the highest, unless a class's is higher.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.methods.spec import LOSS, MethodSpec, Metric, Setting
from core.models.spec import NetworkConfig


def build(network: NetworkConfig, settings: Mapping[str, Any]) -> Any:
    """The method with a run's settings."""
    weight, patience = settings["expert_weight"], settings["patience"]
    return _method()(config=network, expert_weight=weight, patience=patience or None)


@cache
def _method() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import jax
    import jax.numpy as jnp

    from core.dataset.batches import Batch
    from core.methods.protocol import Prediction
    from core.models.network import network

    @dataclass(frozen=True, kw_only=True)
    class OneVsAll:
        config: NetworkConfig
        expert_weight: float
        patience: int | None
        optimiser: str = "adamw"
        record: None = None
        before: None = None
        guessing: None = None

        @property
        def network(self) -> Any:
            return network(self.config, self.config.classes + self.config.experts)

        def init(self, key: Any) -> Any:
            return self.network.init(key)

        def _loss(self, logits: Any, batch: Batch) -> Any:
            cut = self.config.classes
            signs = jnp.where(jnp.arange(cut) == batch.truth[:, None], -1.0, 1.0)
            classes = jax.nn.softplus(signs * logits[:, :cut]).sum(1)
            right = batch.annotations == batch.truth[:, None]
            experts = jax.nn.softplus(jnp.where(right, -1.0, 1.0) * logits[:, cut:])
            per_case = classes + self.expert_weight * (experts * batch.annotated).sum(1)
            total = jnp.maximum(batch.weights.sum(), 1.0)
            return (per_case * batch.weights).sum() / total

        def loss(self, params: Any, carry: Any, batch: Batch, point: Any) -> Any:
            logits, carry = self.network.train(params, carry, batch.inputs, batch.weights)
            loss = self._loss(logits, batch)
            highest = logits[:, : self.config.classes].argmax(1) == batch.truth
            return loss, (carry, {"loss": loss, "accuracy": highest.mean()})

        def validation_loss(self, params: Any, carry: Any, batch: Batch, point: Any) -> Any:
            return self._loss(self.network.apply(params, carry, batch.inputs), batch)

        def predict(self, params: Any, carry: Any, batch: Batch, point: Any) -> Prediction:
            logits = self.network.apply(params, carry, batch.inputs)
            cut = self.config.classes
            ai = logits[:, :cut].max(1, keepdims=True)
            scores = jnp.concatenate([logits[:, cut:], ai], axis=1)
            return Prediction(scores, jax.nn.log_softmax(logits[:, :cut]), {"logits": logits})

    return OneVsAll


SPEC = MethodSpec(
    name="one_vs_all",
    label="One against all",
    text="Scores every class and every expert on its own.",
    term="Term: one-vs-all surrogate (Verma & Nalisnick 2022).",
    build=build,
    per_target=False,
    settings=(
        Setting(
            name="expert_weight",
            label="Weight of the experts",
            text="Of their part of the loss against the classes'.",
            default=1.0,
            low=0.0,
            high=10.0,
        ),
        Setting(
            name="patience",
            label="Patience",
            text="Epochs without a better validation loss; 0 trains to the last.",
            default=0,
            low=0,
            high=100,
        ),
    ),
    metrics=(LOSS, Metric(name="accuracy", label="Accuracy of its AI")),
)
