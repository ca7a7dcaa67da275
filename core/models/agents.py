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
    def _expert(self) -> Network:
        c = self.config
        return network(c, c.answers if c.separate_experts else c.answers * c.experts)

    def init(self, key: Array) -> tuple[dict[str, Params], dict[str, State]]:
        """Initial parameters and state."""
        c = self.config
        gate, experts = jax.random.split(key, 2)
        made = {"gate": self._gate.init(gate)}
        if c.separate_experts:
            made["experts"] = jax.vmap(self._expert.init)(jax.random.split(experts, c.experts))
        else:
            made["experts"] = self._expert.init(experts)
        return tuple({name: pair[i] for name, pair in made.items()} for i in (0, 1))  # type: ignore[return-value]

    def apply(self, params: dict[str, Params], state: dict[str, State], x: Array) -> Logits:
        """Log-probabilities of every model for a batch, in evaluation."""
        one = self._expert.apply
        if self.config.separate_experts:
            one = jax.vmap(one, (0, 0, None), 1)
        gate = self._gate.apply(params["gate"], state["gate"], x)
        return self._normalised(gate, one(params["experts"], state["experts"], x))

    def train(
        self,
        params: dict[str, Params],
        state: dict[str, State],
        x: Array,
        weights: Float[Array, " B"],
    ) -> tuple[Logits, dict[str, State]]:
        """The same in training, and the state afterwards; `weights` as for `Network.train`."""
        one = self._expert.train
        if self.config.separate_experts:
            one = jax.vmap(one, (0, 0, None, None), (1, 0))
        gate, gate_state = self._gate.train(params["gate"], state["gate"], x, weights)
        said, expert_state = one(params["experts"], state["experts"], x, weights)
        return self._normalised(gate, said), {"gate": gate_state, "experts": expert_state}

    def _normalised(
        self, gate: Float[Array, "B K"], experts: Float[Array, "B M A"] | Float[Array, "B MA"]
    ) -> Logits:
        c, log = self.config, jax.nn.log_softmax
        return Logits(log(gate), log(experts.reshape(-1, c.experts, c.answers)))
