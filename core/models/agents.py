"""The networks of a mixture of experts: gating model and expert models."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
from jaxtyping import Array, Float

from core.models.network import Network, State, network
from core.models.spec import NetworkConfig, Params


class Logits(NamedTuple):
    """Log-probabilities of a batch, rows normalised over the last axis."""

    gate: Float[Array, "B K"]
    experts: Float[Array, "B M A"]


@dataclass(frozen=True)
class ExpertNetworks:
    """A model per expert: networks of their own (stacked), or heads on one trunk.

    Attributes:
      config: the networks, and which of both.
      outputs: logits per expert.
    """

    config: NetworkConfig
    outputs: int

    @property
    def _one(self) -> Network:
        c = self.config
        return network(c, self.outputs if c.separate_experts else self.outputs * c.experts)

    def init(self, key: Array) -> tuple[Params, State]:
        """Initial parameters and state."""
        if self.config.separate_experts:
            return jax.vmap(self._one.init)(jax.random.split(key, self.config.experts))
        return self._one.init(key)

    def apply(self, params: Params, state: State, x: Array) -> Float[Array, "B M L"]:
        """Logits of every expert for a batch, in evaluation."""
        one = self._one.apply
        if self.config.separate_experts:
            one = jax.vmap(one, (0, 0, None), 1)
        return self._by_expert(one(params, state, x))

    def train(
        self, params: Params, state: State, x: Array, weights: Float[Array, " B"]
    ) -> tuple[Float[Array, "B M L"], State]:
        """The same in training, and the state afterwards; `weights` as for `Network.train`."""
        one = self._one.train
        if self.config.separate_experts:
            one = jax.vmap(one, (0, 0, None, None), (1, 0))
        logits, state = one(params, state, x, weights)
        return self._by_expert(logits), state

    def _by_expert(
        self, logits: Float[Array, "B M L"] | Float[Array, "B ML"]
    ) -> Float[Array, "B M L"]:
        return logits.reshape(-1, self.config.experts, self.outputs)


@dataclass(frozen=True)
class AgentNetworks:
    """Gating model and expert models over one `NetworkConfig`.

    Parameters and state are dictionaries with `gate` and `experts` (stacked when separate). The AI
    is no part of it: it learns from ground truth alone, so all points of a seed share one.
    """

    config: NetworkConfig

    @property
    def _gate(self) -> Network:
        return network(self.config, self.config.experts + 1)

    @property
    def _experts(self) -> ExpertNetworks:
        return ExpertNetworks(self.config, self.config.answers)

    def init(self, key: Array) -> tuple[dict[str, Params], dict[str, State]]:
        """Initial parameters and state."""
        gate, experts = jax.random.split(key, 2)
        made = {"gate": self._gate.init(gate), "experts": self._experts.init(experts)}
        return tuple({name: pair[i] for name, pair in made.items()} for i in (0, 1))  # type: ignore[return-value]

    def apply(self, params: dict[str, Params], state: dict[str, State], x: Array) -> Logits:
        """Log-probabilities of every model for a batch, in evaluation."""
        gate = self._gate.apply(params["gate"], state["gate"], x)
        return _normalised(gate, self._experts.apply(params["experts"], state["experts"], x))

    def train(
        self,
        params: dict[str, Params],
        state: dict[str, State],
        x: Array,
        weights: Float[Array, " B"],
    ) -> tuple[Logits, dict[str, State]]:
        """The same in training, and the state afterwards; `weights` as for `Network.train`."""
        gate, gate_state = self._gate.train(params["gate"], state["gate"], x, weights)
        said, expert_state = self._experts.train(params["experts"], state["experts"], x, weights)
        return _normalised(gate, said), {"gate": gate_state, "experts": expert_state}


def _normalised(gate: Float[Array, "B K"], experts: Float[Array, "B M A"]) -> Logits:
    return Logits(jax.nn.log_softmax(gate), jax.nn.log_softmax(experts))
