"""A network as pure functions over its parameters and its state.

A Flax NNX module is split into its definition (hashable, static under jit), its parameters, which
gradients move, and its state, which it changes itself (batch statistics). The training grid stacks
both along leading axes and maps over them.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from core.models.registry import spec_of
from core.models.spec import NetworkConfig, Params

State = Any  # nested dictionaries of arrays; empty where a network has no statistics


@dataclass(frozen=True)
class Network:
    """One network of a kind, its parameters and state kept outside.

    Attributes:
      config: kind and shapes.
      outputs: number of logits.
    """

    config: NetworkConfig
    outputs: int

    def _built(self, key: Any) -> nnx.Module:
        return spec_of(self.config).build(self.config, self.outputs, rngs=nnx.Rngs(key))

    @cached_property
    def _parts(self) -> tuple[Any, Any, Any, Any]:
        """The definitions for training and for evaluation; parameters and state as shapes."""
        module = nnx.eval_shape(lambda: self._built(0))
        module.train()
        training, _, _ = _split(module)
        module.eval()
        return training, *_split(module)

    def init(self, key: Array) -> tuple[Params, State]:
        """Initial parameters and state, nested dictionaries; may run under vmap over keys."""
        *_, params, state = self._parts
        draw = spec_of(self.config).init
        if draw is None:
            return _variables(self._built(key))
        drawn = draw(nnx.to_pure_dict(params), key)
        # Without a state the layers' own draws are not even traced: that takes longer than a step.
        return drawn, _variables(self._built(key))[1] if jax.tree.leaves(state) else {}

    def apply(self, params: Params, state: State, x: Array) -> Float[Array, "B L"]:
        """Logits of a batch in evaluation: statistics are read, a case depends on no other."""
        _, definition, *shapes = self._parts
        return nnx.merge(definition, *map(_like, shapes, (params, state)))(x)

    def train(
        self, params: Params, state: State, x: Array, weights: Float[Array, " B"]
    ) -> tuple[Float[Array, "B L"], State]:
        """Logits of a batch in training, and the state afterwards.

        Args:
          params: as `init` makes them.
          state: as `init` makes it.
          x: inputs.
          weights: 0 for rows that must leave no trace in the statistics.
        """
        definition, _, *shapes = self._parts
        module = nnx.merge(definition, *map(_like, shapes, (params, state)))
        if not jax.tree.leaves(state):
            return module(x), state
        counted = weights > 0
        # A batch of the left-out fold alone has nothing that counts; its mean would be no number.
        logits = module(x, counted | ~counted.any())
        return logits, _variables(module)[1]


@lru_cache(maxsize=64)
def network(config: NetworkConfig, outputs: int) -> Network:
    """One object per network: taking a module apart is a seventh of tracing a training step."""
    return Network(config, outputs)


def _split(module: nnx.Module) -> tuple[Any, Any, Any]:
    """Definition, parameters and whatever else the module holds."""
    return nnx.split(module, nnx.Param, ...)  # type: ignore[return-value]


def _variables(module: nnx.Module) -> tuple[Params, State]:
    _, params, state = _split(module)
    # Keys (of dropout) as numbers, which can be stacked, stored and read like all else.
    plain = jax.tree.map(lambda a: jax.random.key_data(a) if _is_key(a) else a, state)
    return nnx.to_pure_dict(params), nnx.to_pure_dict(plain)


def _like(shapes: Any, values: Any) -> Any:
    """The values in the module's own structure: both list their leaves sorted by path."""
    wanted, structure = jax.tree.flatten(shapes)
    pairs = zip(wanted, jax.tree.leaves(values), strict=True)
    leaves = [jax.random.wrap_key_data(a) if _is_key(shape) else a for shape, a in pairs]
    return jax.tree.unflatten(structure, leaves)


def _is_key(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
