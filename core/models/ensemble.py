"""Trained networks applied to any cases, in NumPy where their kind can: no JAX is imported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from core.models.registry import spec_of
from core.models.spec import NetworkConfig, Params

_BLOCK = 256  # cases at a time: patches of images take forty times their room


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Networks of one kind and shape, as training left them.

    Attributes:
      config: kind and shapes. outputs: number of logits.
      params, state: nested by name, the members along the first axis of every array.
    """

    config: NetworkConfig
    outputs: int
    params: Params
    state: Params

    def logits(self, inputs: Shaped[np.ndarray, "N ..."]) -> Float[np.ndarray, "E N L"]:
        """Logits of every member.

        Args:
          inputs: features, or images 0–255, as the network's kind reads them.
        """
        by = self._by_numpy if spec_of(self.config).forward is not None else self._by_jax
        return np.stack([*by(inputs)])

    def _by_numpy(self, inputs: np.ndarray) -> Iterator[np.ndarray]:
        forward = spec_of(self.config).forward
        assert forward is not None
        nothing = np.zeros((0, self.outputs), np.float32)
        for member in range(len(_first(self.params))):
            params = _at(self.params, member)
            blocks = [forward(params, block) for block in _blocks(inputs)]
            yield np.concatenate([nothing, *blocks])

    def _by_jax(self, inputs: np.ndarray) -> np.ndarray:
        run = _program(self.config, self.outputs)
        found = [np.zeros((len(_first(self.params)), 0, self.outputs), np.float32)]
        for block in _blocks(inputs):
            # One shape, one program; images as floats in [0, 1], as the training loop takes them.
            whole = np.zeros((_BLOCK, *block.shape[1:]), np.float32)
            whole[: len(block)] = block / np.float32(255.0) if block.dtype == np.uint8 else block
            found.append(np.asarray(run(self.params, self.state, whole))[:, : len(block)])
        return np.concatenate(found, axis=1)


@lru_cache(maxsize=16)
def _program(config: NetworkConfig, outputs: int) -> Any:
    """A network's members side by side; kept, so that later cases compile nothing."""
    import jax

    from core.models.network import network

    return jax.jit(jax.vmap(network(config, outputs).apply, (0, 0, None)))


def _blocks(inputs: np.ndarray) -> Iterator[np.ndarray]:
    return (inputs[i : i + _BLOCK] for i in range(0, len(inputs), _BLOCK))


def _first(tree: Any) -> np.ndarray:
    while isinstance(tree, Mapping):
        tree = next(iter(tree.values()))
    return tree


def _at(tree: Any, member: int) -> Any:
    if isinstance(tree, Mapping):
        return {name: _at(part, member) for name, part in tree.items()}
    return tree[member]
