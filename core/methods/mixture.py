"""The mixture of experts of probabilistic learning to defer, whatever its E-step."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from core.correctness.classifier import Classifier
from core.dataset.batches import Batch
from core.em.bounds import WorkloadBounds
from core.em.likelihood import ALPHA, agent_log_likelihood, observed_log_likelihood
from core.em.objective import annotation_targets, m_step_loss
from core.em.posterior import Observed, Posterior
from core.em.workload import project
from core.methods.protocol import Prediction
from core.models.agents import AgentNetworks, Logits
from core.models.network import State
from core.models.spec import NetworkConfig, Params

# Weight of the newest batch in the running price: an average over about the last twenty batches.
_RUNNING = 0.05


class Carry(NamedTuple):
    """What travels between batches: workload prices, and the networks' statistics."""

    prices: Float[Array, " K"]
    networks: dict[str, State]


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """EM by gradient steps: each batch gets an E-step, a workload projection and an M-step.

    The AI is given: what it makes of a case at each step comes with the batch.

    Attributes:
      config: the networks.
      e_step: posterior of a batch, one of `core.em.posterior`.
      projection: `batch` solves the workload prices for each batch (started from the batch
        before); `running` uses their moving average, so that one odd batch changes no workload.
      alpha: label noise of the link from answers to ground truth, in (0, 1).
    """

    config: NetworkConfig
    e_step: Callable[..., Posterior]
    projection: str = "batch"
    alpha: float = ALPHA

    @property
    def patience(self) -> None:
        """EM trains to its last epoch."""
        return None

    @property
    def optimiser(self) -> str:
        """SGD with momentum, the paper's."""
        return "sgd"

    @property
    def record(self) -> None:
        """Nobody waits for values per case."""
        return None

    @property
    def before(self) -> Classifier:
        """The AI, which learns from ground truth alone."""
        return Classifier(config=self.config, patience=None, optimiser="sgd", record="log_truth")

    @property
    def guessing(self) -> float:
        """The loss of networks that give every agent and every answer the same."""
        return math.log(self.config.experts + 1) + self.config.experts * math.log(
            self.config.answers
        )

    @property
    def networks(self) -> AgentNetworks:
        """Gating model and expert models."""
        return AgentNetworks(self.config)

    def init(self, key: Array) -> tuple[dict[str, Params], Carry]:
        """Initial parameters; prices of nothing."""
        params, state = self.networks.init(key)
        return params, Carry(jnp.zeros(self.config.experts + 1), state)

    def responsibilities(
        self, logits: Logits, prices: Float[Array, " K"], batch: Batch, bounds: WorkloadBounds
    ) -> tuple[Float[Array, "B K"], Float[Array, "B M A"], Float[Array, " K"]]:
        """ln q(z) after the projection, targets of the expert models, and the prices."""
        stop = jax.lax.stop_gradient
        seen = Observed(
            stop(logits.gate),
            stop(logits.experts),
            batch.log_ai,
            batch.annotations,
            batch.annotated,
            batch.truth,
        )
        posterior = self.e_step(seen, alpha=self.alpha, extras=self.config.extra_answers)
        limits = map(jnp.asarray, bounds)
        nearest = project(posterior.log_q, *limits, weights=batch.weights, prices=prices)
        log_q, prices_now = nearest.log_q, nearest.prices
        if self.projection == "running":
            prices_now = (1.0 - _RUNNING) * prices + _RUNNING * nearest.prices
            # Agents that may take nothing stay at nothing whatever the average price says.
            masked = jnp.where(jnp.isneginf(log_q), -jnp.inf, posterior.log_q - prices_now)
            log_q = jax.nn.log_softmax(masked, axis=1)
        q_t = posterior.annotation(log_q)
        targets = annotation_targets(batch.annotations, batch.annotated, q_t)
        return log_q, targets, prices_now

    def loss(
        self, params: dict[str, Params], carry: Carry, batch: Batch, point: WorkloadBounds
    ) -> tuple[Float[Array, ""], tuple[Carry, dict[str, Float[Array, ""]]]]:
        """M-step loss of a batch under its E-step (one forward pass serves both)."""
        logits, state = self.networks.train(params, carry.networks, batch.inputs, batch.weights)
        log_q, targets, prices = self.responsibilities(logits, carry.prices, batch, point)
        per_case = m_step_loss(logits.gate, logits.experts, jnp.exp(log_q), targets)
        loss = batch.mean(per_case) + self.workload_loss(logits.gate, batch, point)
        metrics = {
            "loss": loss,
            "log_likelihood": batch.mean(self._observed(logits, batch)),
            "coverage": batch.mean(jnp.exp(logits.gate[:, -1])),
        }
        return loss, (Carry(prices, state), metrics)

    def workload_loss(
        self, log_gate: Float[Array, "B K"], batch: Batch, bounds: WorkloadBounds
    ) -> Float[Array, ""]:
        """What the M-step adds for the workloads: nothing, as the E-step keeps to the bounds."""
        return jnp.zeros(())

    def _observed(self, logits: Logits, batch: Batch) -> Float[Array, " B"]:
        """Observed-data log-likelihood per case, in nats."""
        seen = batch.annotations, batch.annotated
        agents = agent_log_likelihood(
            logits.experts,
            batch.log_ai,
            *seen,
            batch.truth,
            alpha=self.alpha,
            extras=self.config.extra_answers,
        )
        return observed_log_likelihood(logits.gate, agents, logits.experts, batch.log_ai, *seen)

    def validation_loss(
        self, params: dict[str, Params], carry: Carry, batch: Batch, point: WorkloadBounds
    ) -> Float[Array, ""]:
        """Mean of minus the observed-data log-likelihood, in nats."""
        logits = self.networks.apply(params, carry.networks, batch.inputs)
        return -batch.mean(self._observed(logits, batch))

    def predict(
        self, params: dict[str, Params], carry: Carry, batch: Batch, point: WorkloadBounds
    ) -> Prediction:
        """ln g, and ln f of every expert model."""
        logits = self.networks.apply(params, carry.networks, batch.inputs)
        return Prediction(logits.gate, None, {"log_experts": logits.experts})
