"""Semi-supervised models of the experts, which fill in missing annotations, and what they feed."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, UInt32

from core.dataset.batches import Batch
from core.methods.mixture import Mixture
from core.models.agents import ExpertNetworks
from core.models.network import State
from core.models.spec import NetworkConfig, Params


class Carry(NamedTuple):
    """Statistics of the networks, and the key of the next step's augmentations."""

    networks: State
    key: UInt32[Array, " 2"]


class Examples(NamedTuple):
    """What one step learns from; made of the present models, but held fixed.

    Attributes:
      inputs: augmented. targets: answers, given or guessed, as probabilities.
      log_loss, squares: weight of each example's cross-entropy and squared error.
    """

    inputs: Float[Array, "N D"]
    targets: Float[Array, "N M A"]
    log_loss: Float[Array, "N M"]
    squares: Float[Array, "N M"]


@dataclass(frozen=True, kw_only=True)
class SemiSupervised:
    """A classifier per expert of the answer they give: labelled are the cases they annotated.

    Attributes:
      config: the networks.
      noise: standard deviation of what is added to a column, against the column's own.
      unlabelled_weight: of the loss on cases without the expert's annotation.
    """

    config: NetworkConfig
    noise: float
    unlabelled_weight: float
    patience: None = None
    optimiser: str = "sgd"
    record: None = None

    @property
    def networks(self) -> ExpertNetworks:
        """One per expert, over all answers."""
        return ExpertNetworks(self.config, self.config.answers)

    def init(self, key: Array) -> tuple[Params, Carry]:
        """Initial parameters, statistics and key."""
        params, state = self.networks.init(key)
        return params, Carry(state, jax.random.key_data(jax.random.fold_in(key, 1)))

    def examples(self, params: Params, state: State, batch: Batch, key: Array) -> Examples:
        """What to learn from at this step."""
        raise NotImplementedError

    def loss(
        self, params: Params, carry: Carry, batch: Batch, point: Any
    ) -> tuple[Float[Array, ""], tuple[Carry, dict[str, Float[Array, ""]]]]:
        """Loss of a batch, summed over the experts."""
        now, later = jax.random.split(jax.random.wrap_key_data(carry.key))
        given = jax.lax.stop_gradient(self.examples(params, carry.networks, batch, now))
        loss, state = self.fitting_loss(params, carry.networks, given)
        return loss, (Carry(state, jax.random.key_data(later)), {"loss": loss})

    def fitting_loss(
        self, params: Params, state: State, given: Examples
    ) -> tuple[Float[Array, ""], State]:
        """Cross-entropy and squared error of the examples, and the networks' statistics."""
        counted = jnp.max(given.log_loss + given.squares, axis=1)
        logits, state = self.networks.train(params, state, given.inputs, counted)
        log_p = jax.nn.log_softmax(logits)
        per_log = -jnp.sum(given.targets * log_p, axis=-1)
        per_square = jnp.mean((given.targets - jnp.exp(log_p)) ** 2, axis=-1)
        return jnp.sum(given.log_loss * per_log + given.squares * per_square), state

    def validation_loss(
        self, params: Params, carry: Carry, batch: Batch, point: Any
    ) -> Float[Array, ""]:
        """Cross-entropy of the annotations, summed over the experts."""
        log_p = self.predict(params, carry, batch, point)
        weights = share(batch.annotated, batch)
        return -jnp.sum(weights[..., None] * self.answers(batch) * log_p)

    def predict(
        self, params: Params, carry: Carry, batch: Batch, point: Any
    ) -> Float[Array, "N M A"]:
        """Log-probabilities of every expert's answer."""
        return jax.nn.log_softmax(self.networks.apply(params, carry.networks, batch.inputs))

    def answers(self, batch: Batch) -> Float[Array, "B M A"]:
        """Annotations as probabilities; meaningless where missing."""
        return jax.nn.one_hot(batch.annotations, self.config.answers)

    def noisy(self, batch: Batch, key: Array) -> Float[Array, "B D"]:
        """The weak augmentation: noise on every column."""
        mean = _columns(batch.inputs, batch)
        spread = jnp.sqrt(_columns((batch.inputs - mean) ** 2, batch))
        return batch.inputs + self.noise * spread * jax.random.normal(key, batch.inputs.shape)


@dataclass(frozen=True, kw_only=True)
class Filled(Mixture):
    """A mixture that learns from annotations of which the missing ones are filled in.

    Attributes:
      filler: what fills them in (`core.methods.protocol.Filling`).
    """

    filler: SemiSupervised


def share(pairs: Bool[Array, "B M"], batch: Batch) -> Float[Array, "B M"]:
    """Equal weights of the pairs that count, one in all for every expert who has any."""
    counted = pairs * batch.weights[:, None]
    return counted / jnp.maximum(jnp.sum(counted, axis=0), 1.0)


def _columns(values: Float[Array, "B D"], batch: Batch) -> Float[Array, " D"]:
    """Mean of every column over the rows that count."""
    weights = batch.weights[:, None]
    return jnp.sum(values * weights, axis=0) / jnp.maximum(jnp.sum(weights), 1.0)
