"""A network with batch statistics, in one file: what a new network takes."""

from functools import cache
from typing import Any

from core.models.spec import NetworkConfig, NetworkSpec


def build(config: NetworkConfig, outputs: int, *, rngs: Any) -> Any:
    """One normalised hidden layer."""
    return _module()(config.input_shape[0], 8, outputs, rngs=rngs)


@cache
def _module() -> type:
    from flax import nnx

    class Normed(nnx.Module):
        def __init__(self, inputs: int, width: int, outputs: int, *, rngs: nnx.Rngs):
            self.hidden = nnx.Linear(inputs, width, rngs=rngs)
            self.norm = nnx.BatchNorm(width, momentum=0.9, rngs=rngs)
            self.logits = nnx.Linear(width, outputs, rngs=rngs)

        def __call__(self, x: Any, counted: Any = None) -> Any:
            mask = None if counted is None else counted[:, None]
            return self.logits(nnx.relu(self.norm(self.hidden(x), mask=mask)))

    return Normed


SPEC = NetworkSpec(
    name="normed",
    label="Normalised layer",
    text="One hidden layer with batch normalisation.",
    reads="features",
    build=build,
    head="logits",
)
