"""The AI: one network that learns the ground truth, for mixtures and for ensembles of it."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from core.data.batches import Batch
from core.models.agents import NetworkConfig
from core.models.networks import Network, Params


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
        return self.config.network(self.config.classes)

    def init(self, key: Array) -> Params:
        """Initial parameters."""
        return self._network.init(key)

    def init_carry(self) -> None:
        """Nothing travels between batches."""
        return None

    def loss(
        self, params: Params, carry: None, batch: Batch, point: Any
    ) -> tuple[Float[Array, ""], tuple[None, dict[str, Float[Array, ""]]]]:
        """Mean log loss in nats over the rows that count."""
        log_p = jax.nn.log_softmax(self._network.apply(params, batch.inputs))
        at_truth = jnp.take_along_axis(log_p, batch.truth[:, None], axis=1)[:, 0]
        # A batch may hold only cases of the fold that is left out.
        loss = -jnp.sum(at_truth * batch.weights) / jnp.maximum(jnp.sum(batch.weights), 1.0)
        told = {self.record: at_truth} if self.record else {}
        return loss, (None, {"loss": loss, **told})

    def validation_loss(self, params: Params, batch: Batch, point: Any) -> Float[Array, ""]:
        """Mean log loss in nats."""
        return self.loss(params, None, batch, point)[0]

    def predict(self, params: Params, batch: Batch, point: Any) -> Float[Array, "N C"]:
        """Log-probabilities per class."""
        return jax.nn.log_softmax(self._network.apply(params, batch.inputs))
