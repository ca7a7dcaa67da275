"""The networks of a mixture of experts: gating model and expert models."""

from dataclasses import dataclass
from functools import lru_cache, partial
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
    """

    kind: str
    input_shape: tuple[int, ...]
    experts: int
    classes: int
    hidden: tuple[int, ...] = (128, 128)
    separate_experts: bool = True

    def network(self, outputs: int) -> Network:
        """A network of this kind with so many logits."""
        return _network(self, outputs)


@lru_cache(maxsize=64)
def _network(config: NetworkConfig, outputs: int) -> Network:
    """One object per network: taking a module apart is a seventh of tracing a training step."""
    if config.kind == "cnn":
        return Network(partial(SmallCNN, config.input_shape, outputs))
    return Network(partial(MLP, config.input_shape[0], config.hidden, outputs))


class Logits(NamedTuple):
    """Log-probabilities of a batch, rows normalised over the last axis."""

    gate: Float[Array, "B K"]
    experts: Float[Array, "B M C"]


@dataclass(frozen=True)
class AgentNetworks:
    """Gating model and expert models over one `NetworkConfig`.

    The AI is no part of it: it learns from ground truth alone, so all points of a seed share one.
    """

    config: NetworkConfig

    @property
    def _expert(self) -> Network:
        c = self.config
        return c.network(c.classes if c.separate_experts else c.classes * c.experts)

    def init(self, key: Array) -> dict[str, Params]:
        """Initial parameters: `gate` and `experts` (stacked when separate)."""
        c = self.config
        gate, experts = jax.random.split(key, 2)
        params = {"gate": c.network(c.experts + 1).init(gate)}
        if c.separate_experts:
            params["experts"] = jax.vmap(self._expert.init)(jax.random.split(experts, c.experts))
        else:
            params["experts"] = self._expert.init(experts)
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
        return Logits(gate=log(gate), experts=log(stacked))
