"""The AI: one network that learns the ground truth, for mixtures and for ensembles of it."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from core.dataset.batches import Batch
from core.models.network import Network, State, network
from core.models.spec import NetworkConfig, Params


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """One classifier trained on ground truth.

    Attributes:
      config: the network; no hidden layers makes it a linear (logistic) model.
      patience: epochs without a better validation log loss; None trains to the last epoch.
      optimiser: AdamW by default: its decoupled decay is what keeps small sets from being
        learned by heart.
      record: a name reports what each case's ground truth was given at its step.
    """

    config: NetworkConfig
    patience: int | None = 12
    optimiser: str = "adamw"
    record: str | None = None

    @property
    def _network(self) -> Network:
        return network(self.config, self.config.classes)

    def init(self, key: Array) -> tuple[Params, State]:
        """Initial parameters and statistics."""
        return self._network.init(key)

    def loss(
        self, params: Params, carry: State, batch: Batch, point: Any
    ) -> tuple[Float[Array, ""], tuple[State, dict[str, Float[Array, ""]]]]:
        """Mean log loss in nats over the rows that count."""
        logits, carry = self._network.train(params, carry, batch.inputs, batch.weights)
        at_truth = _at_truth(logits, batch)
        loss = batch.mean(-at_truth)
        record = {self.record: at_truth} if self.record else {}
        return loss, (carry, {"loss": loss, **record})

    def validation_loss(
        self, params: Params, carry: State, batch: Batch, point: Any
    ) -> Float[Array, ""]:
        """Mean log loss in nats."""
        logits = self._network.apply(params, carry, batch.inputs)
        return batch.mean(-_at_truth(logits, batch))

    def predict(
        self, params: Params, carry: State, batch: Batch, point: Any
    ) -> Float[Array, "N C"]:
        """Log-probabilities per class."""
        return jax.nn.log_softmax(self._network.apply(params, carry, batch.inputs))


def _at_truth(logits: Float[Array, "B C"], batch: Batch) -> Float[Array, " B"]:
    """ln p of the ground truth."""
    return jnp.take_along_axis(jax.nn.log_softmax(logits), batch.truth[:, None], axis=1)[:, 0]
