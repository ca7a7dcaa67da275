"""Expert skills: Pr(expert m right | x, y = c), from annotated (case, expert) pairs only."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from core.base.clusters import together
from core.dataset.batches import Batch
from core.models.network import Network, State, network
from core.models.registry import spec_of
from core.models.spec import NetworkConfig, Params

# Pseudo-annotations: an expert's accuracy is drawn to the pool's, a class's to the expert's.
_POOL, _CLASS = 10.0, 5.0


def base_skills(
    truth: Int[np.ndarray, " n"],
    annotations: Int[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    classes: int,
) -> Float[np.ndarray, "M C"]:
    """Shrunken accuracy per expert and class, from annotated train cases.

    a_m = (right + 10 · pool) / (n + 10), b_m[c] = (right_c + 5 a_m) / (n_c + 5), where `pool` is
    the accuracy over everybody's annotations.
    """
    right = annotated & (annotations == truth[:, None])
    total, hits = annotated.sum(0).astype(float), right.sum(0).astype(float)
    pool = (hits.sum() + 1.0) / (total.sum() + 2.0)
    accuracy = (hits + _POOL * pool) / (total + _POOL)
    is_class = (truth[:, None] == np.arange(classes)).astype(float)
    per_class, hits_class = annotated.T @ is_class, right.T @ is_class
    return (hits_class + _CLASS * accuracy[:, None]) / (per_class + _CLASS)


class SkillPoint(NamedTuple):
    """What a grid point of the skill model is given: logit b [M, C]."""

    base: Float[Array | np.ndarray, "M C"]


@dataclass(frozen=True, kw_only=True)
class SkillModel:
    """h(x)[m, c] in σ(logit b_m[c] + h(x)[m, c]); its last layer starts at zero.

    Attributes:
      config: network of h.
      patience: epochs without a better validation log loss.
    """

    config: NetworkConfig
    patience: int = 5

    @property
    def record(self) -> None:
        """Nobody waits for values per case."""
        return None

    @property
    def optimiser(self) -> str:
        """AdamW."""
        return "adamw"

    @property
    def _network(self) -> Network:
        return network(self.config, self.config.experts * self.config.classes)

    def init(self, key: Array) -> tuple[Params, State]:
        """Initial parameters and statistics: h is zero everywhere, so training starts at b."""
        params, state = self._network.init(key)
        head = spec_of(self.config).head
        return params | {head: jax.tree.map(jnp.zeros_like, params[head])}, state

    def _per_class(self, flat: Float[Array, "B MC"]) -> Float[Array, "B M C"]:
        return flat.reshape(-1, self.config.experts, self.config.classes)

    def loss(
        self, params: Params, carry: State, batch: Batch, point: SkillPoint
    ) -> tuple[Float[Array, ""], tuple[State, dict[str, Float[Array, ""]]]]:
        """Mean log loss in nats of being right, over annotated pairs."""
        flat, carry = self._network.train(params, carry, batch.inputs, batch.weights)
        loss = _log_loss(jnp.asarray(point.base) + self._per_class(flat), batch)
        return loss, (carry, {"loss": loss})

    def validation_loss(
        self, params: Params, carry: State, batch: Batch, point: SkillPoint
    ) -> Float[Array, ""]:
        """Mean log loss over annotated validation pairs, 0 where there are none.

        Then the first epoch's h is kept; how far it is trusted is settled on held-out train pairs.
        """
        logits = jnp.asarray(point.base) + self.predict(params, carry, batch, point)
        return _log_loss(logits, batch)

    def predict(
        self, params: Params, carry: State, batch: Batch, point: SkillPoint
    ) -> Float[Array, "N M C"]:
        """h(x)[m, c] in nats."""
        return self._per_class(self._network.apply(params, carry, batch.inputs))


def _log_loss(logits: Float[Array, "B M C"], batch: Batch) -> Float[Array, ""]:
    at_truth = jnp.take_along_axis(logits, batch.truth[:, None, None], axis=2)[..., 0]
    right = batch.annotations == batch.truth[:, None]
    log_loss = jax.nn.softplus(jnp.where(right, -at_truth, at_truth))
    pairs = batch.annotated * batch.weights[:, None]
    return jnp.sum(log_loss * pairs) / jnp.maximum(jnp.sum(pairs), 1.0)


def pair_log_loss(
    base: Float[np.ndarray, "n M C"] | Float[np.ndarray, "M C"],
    offsets: Float[np.ndarray, "n M C"],
    scale: float,
    truth: Int[np.ndarray, " n"],
    annotations: Int[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
) -> Float[np.ndarray, " n"]:
    """Log loss in nats of an expert being right, summed over a case's annotated experts."""
    logits = base + scale * offsets
    at_truth = np.take_along_axis(logits, truth[:, None, None], axis=2)[..., 0]
    signed = np.where(annotations == truth[:, None], -at_truth, at_truth)
    return np.sum(np.logaddexp(0.0, signed) * annotated, axis=1)


def choose_scale(
    losses: Float[np.ndarray, "scales n"],
    scales: tuple[float, ...],
    patients: Int[np.ndarray, " n"] | None = None,
) -> float:
    """How far to trust h: the scale with the lowest held-out loss, if it is clearly below b's.

    Args:
      losses: held-out log loss per scale and case; `scales[0]` is 0, b alone.
      scales: candidates, ascending.
      patients: number of the patient of each case; None where none are known.

    Returns:
      The best scale, or 0 unless its loss is lower by more than one standard error (paired by case
      or patient): on few annotations h learns noise, and b is the safer answer.
    """
    best = int(np.argmin(losses.sum(axis=1)))
    gain = losses[0] - losses[best]
    if patients is not None:
        gain = together(gain, np.unique(patients, return_inverse=True)[1])
    if best == 0 or gain.sum() <= np.std(gain) * np.sqrt(len(gain)):
        return 0.0
    return scales[best]
