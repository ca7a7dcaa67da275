"""The networks of a mixture of experts: gating model, expert models, AI classifier."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
from jaxtyping import Array, Float

from core.models.networks import MLP, Network, Params, SmallCNN


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """Which networks to build; hashable, static under jit.

    Attributes:
      kind: `mlp` or `cnn`.
      input_shape: (features,) or (height, width, channels).
      experts: M. classes: C.
      hidden: widths of the MLP's hidden layers.
      separate_experts: a network per expert, or one trunk with M heads.
      external_ai: whether the AI's probabilities are given, so no classifier is built.
    """

    kind: str
    input_shape: tuple[int, ...]
    experts: int
    classes: int
    hidden: tuple[int, ...] = (128, 128)
    separate_experts: bool = True
    external_ai: bool = False

    def network(self, outputs: int) -> Network:
        """A network of this kind with so many logits."""
        if self.kind == "cnn":
            return Network(partial(SmallCNN, self.input_shape, outputs))
        return Network(partial(MLP, self.input_shape[0], self.hidden, outputs))


class Logits(NamedTuple):
    """Log-probabilities of a batch, rows normalised over the last axis."""

    gate: Float[Array, "B K"]
    experts: Float[Array, "B M C"]
    ai: Float[Array, "B C"] | None


@dataclass(frozen=True)
class AgentNetworks:
    """Gating model, expert models and classifier over one `NetworkConfig`."""

    config: NetworkConfig

    @property
    def _expert(self) -> Network:
        c = self.config
        return c.network(c.classes if c.separate_experts else c.classes * c.experts)

    def init(self, key: Array) -> dict[str, Params]:
        """Initial parameters: `gate`, `experts` (stacked when separate) and `ai`."""
        c = self.config
        gate, experts, ai = jax.random.split(key, 3)
        params = {"gate": c.network(c.experts + 1).init(gate)}
        if c.separate_experts:
            params["experts"] = jax.vmap(self._expert.init)(jax.random.split(experts, c.experts))
        else:
            params["experts"] = self._expert.init(experts)
        if not c.external_ai:
            params["ai"] = c.network(c.classes).init(ai)
        return params

    def apply(self, params: dict[str, Params], x: Array) -> Logits:
        """Log-probabilities of every model for a batch."""
        c = self.config
        log = jax.nn.log_softmax
        if c.separate_experts:
            stacked = jax.vmap(self._expert.apply, (0, None), 1)(params["experts"], x)
        else:
            flat = self._expert.apply(params["experts"], x)
            stacked = flat.reshape(x.shape[0], c.experts, c.classes)
        gate = c.network(c.experts + 1).apply(params["gate"], x)
        ai = None if c.external_ai else log(c.network(c.classes).apply(params["ai"], x))
        return Logits(gate=log(gate), experts=log(stacked), ai=ai)
