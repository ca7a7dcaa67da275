"""Methods with an AI of their own: logits of a classifier, and one logit per expert."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from core.dataset.batches import Batch
from core.methods.protocol import Prediction
from core.models.agents import ExpertNetworks
from core.models.network import Network, State, network
from core.models.spec import NetworkConfig, Params


class Logits(NamedTuple):
    """Logits of a batch; of an external AI its log-probabilities stand for the classifier's."""

    classes: Float[Array, "B C"]
    experts: Float[Array, "B M"]


@dataclass(frozen=True, kw_only=True)
class Deferral:
    """What these methods share; one says its loss and its scores.

    Bounds change nothing while training. An external AI takes the place of the classifier, which
    is then not trained. A loss leaves out what concerns an expert who did not annotate the case:
    its value without annotations is the classifier's own.

    Attributes:
      config: the networks.
      patience: epochs without a better validation loss before a point stops; None: to the last.
      apart: whether classifier and experts have networks of their own, or share one.
    """

    config: NetworkConfig
    patience: int | None = None
    apart: ClassVar[bool] = False

    @property
    def optimiser(self) -> str:
        """SGD with momentum, as the mixtures."""
        return "sgd"

    @property
    def record(self) -> None:
        """Nobody waits for values per case."""
        return None

    @property
    def before(self) -> None:
        """The classifier is its AI."""
        return None

    @property
    def guessing(self) -> float:
        """At most the loss of logits that are all zero; here of log losses side by side."""
        return math.log(self.config.classes) + self.config.experts * math.log(2)

    def case_loss(self, logits: Logits, batch: Batch) -> Float[Array, " B"]:
        """Loss per case, in nats."""
        raise NotImplementedError

    def scores(self, logits: Logits) -> Float[Array, "B K"]:
        """Score of every agent, the AI last."""
        raise NotImplementedError

    def log_ai(self, logits: Logits) -> Float[Array, "B C"]:
        """Log-probabilities of the classifier."""
        return jax.nn.log_softmax(logits.classes)

    def from_external(self, log_p: Float[Array, "B C"]) -> Float[Array, "B C"]:
        """Class logits at which `log_ai` are an external AI's log-probabilities."""
        return log_p

    @property
    def _joint(self) -> Network:
        c = self.config
        return network(c, c.classes if self.apart else c.classes + c.experts)

    def init(self, key: Array) -> tuple[Params, State]:
        """Initial parameters and state."""
        if not self.apart:
            return self._joint.init(key)
        classifier, experts = jax.random.split(key)
        made = self._joint.init(classifier), ExpertNetworks(self.config, 1).init(experts)
        names = ("classifier", "experts")
        return tuple(dict(zip(names, part, strict=True)) for part in zip(*made, strict=True))  # type: ignore[return-value]

    def _train(self, params: Params, carry: State, batch: Batch) -> tuple[Logits, State]:
        """Logits in training, and the carry afterwards."""
        given = batch.inputs, batch.weights
        if not self.apart:
            flat, carry = self._joint.train(params, carry, *given)
            return self._split(flat), carry
        classes, one = self._joint.train(params["classifier"], carry["classifier"], *given)
        experts = ExpertNetworks(self.config, 1)
        said, other = experts.train(params["experts"], carry["experts"], *given)
        return Logits(classes, said[..., 0]), {"classifier": one, "experts": other}

    def _apply(self, params: Params, carry: State, batch: Batch) -> Logits:
        """Logits in evaluation."""
        x = batch.inputs
        if not self.apart:
            return self._split(self._joint.apply(params, carry, x))
        experts = ExpertNetworks(self.config, 1)
        return Logits(
            self._joint.apply(params["classifier"], carry["classifier"], x),
            experts.apply(params["experts"], carry["experts"], x)[..., 0],
        )

    def _split(self, flat: Float[Array, "B L"]) -> Logits:
        return Logits(flat[:, : self.config.classes], flat[:, self.config.classes :])

    def _with_external(self, logits: Logits, batch: Batch) -> Logits:
        if batch.external is None:
            return logits
        return logits._replace(classes=self.from_external(batch.external))

    def _mean_loss(self, logits: Logits, batch: Batch) -> Float[Array, ""]:
        per_case = self.case_loss(logits, batch)
        if batch.external is not None:
            # The AI's own part, which no training changes and which no guess bounds.
            nobody = batch._replace(annotated=jnp.zeros_like(batch.annotated))
            per_case = per_case - self.case_loss(logits, nobody)
        return batch.mean(per_case)

    def loss(
        self, params: Params, carry: State, batch: Batch, point: Any
    ) -> tuple[Float[Array, ""], tuple[State, dict[str, Float[Array, ""]]]]:
        """Mean loss of a batch."""
        logits, carry = self._train(params, carry, batch)
        logits = self._with_external(logits, batch)
        loss = self._mean_loss(logits, batch)
        right = jnp.argmax(logits.classes, axis=1) == batch.truth
        return loss, (carry, {"loss": loss, "accuracy": batch.mean(right)})

    def validation_loss(
        self, params: Params, carry: State, batch: Batch, point: Any
    ) -> Float[Array, ""]:
        """The same loss on validation cases."""
        logits = self._with_external(self._apply(params, carry, batch), batch)
        return self._mean_loss(logits, batch)

    def predict(self, params: Params, carry: State, batch: Batch, point: Any) -> Prediction:
        """Scores, and the classifier's log-probabilities."""
        logits = self._with_external(self._apply(params, carry, batch), batch)
        return Prediction(self.scores(logits), self.log_ai(logits), {})


def at_truth(log_p: Float[Array, "B C"], batch: Batch) -> Float[Array, " B"]:
    """ln p of the ground truth."""
    return jnp.take_along_axis(log_p, batch.truth[:, None], axis=1)[:, 0]


def joint_log_softmax(logits: Logits, batch: Batch) -> Float[Array, "B CM"]:
    """ln p over classes and experts; experts without an annotation leave the normaliser (−∞)."""
    asked = jnp.where(batch.annotated, logits.experts, -jnp.inf)
    return jax.nn.log_softmax(jnp.concatenate([logits.classes, asked], axis=1))


def joint_scores(logits: Logits) -> Float[Array, "B K"]:
    """p of every expert, and the highest p of a class, all in one softmax."""
    p, cut = jax.nn.softmax(jnp.concatenate(logits, axis=1)), logits.classes.shape[1]
    return with_ai(p[:, cut:], p[:, :cut])


def binary_loss(logits: Float[Array, "B N"], right: Array) -> Float[Array, "B N"]:
    """−ln σ(g) where right, −ln σ(−g) where wrong."""
    return jax.nn.softplus(jnp.where(right, -logits, logits))


def with_ai(
    experts: Float[Array, "B M"], classes: Float[Array, "B C"] | Float[Array, "B 1"]
) -> Float[Array, "B K"]:
    """Scores of the experts, and the AI's: the highest of its classes."""
    return jnp.concatenate([experts, jnp.max(classes, axis=1, keepdims=True)], axis=1)
