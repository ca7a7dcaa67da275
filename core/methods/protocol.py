"""What the training loop asks of anything it fits."""

from collections.abc import Hashable
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Array, Float

from core.data.batches import Batch
from core.models.spec import NetworkConfig, Params


@runtime_checkable
class Method(Hashable, Protocol):
    """A learning-to-defer method, or any other model the one training loop fits.

    Implementations are frozen dataclasses: hashable and static under jit, so everything that may
    differ between grid points comes in as `point`, a pytree of traced arrays.

    Attributes:
      config: the networks it is made of.
      patience: epochs without a better validation loss after which a point stops and falls back
        to its best parameters; None trains to the last epoch.
      optimiser: `sgd` (momentum 0.9, cosine decay, gradient norm clipped at 10, weight decay
        added to the gradient) or `adamw` (constant rate, decoupled decay).
      record: name of the metric that has a value per case, reported case by case with each
        epoch for whoever trains on it; None when there is none.
    """

    @property
    def config(self) -> NetworkConfig:
        """The networks."""
        ...

    @property
    def patience(self) -> int | None:
        """Epochs to wait for a better validation loss, or None."""
        ...

    @property
    def optimiser(self) -> str:
        """`sgd` or `adamw`."""
        ...

    @property
    def record(self) -> str | None:
        """Name of the metric with a value per case, or None."""
        ...

    def init(self, key: Array) -> tuple[Params, Any]:
        """Initial parameters of one grid point, and its carry.

        The carry is what travels from batch to batch but is not moved by gradients: statistics of
        the networks, workload prices.
        """
        ...

    def loss(
        self, params: Params, carry: Any, batch: Batch, point: Any
    ) -> tuple[Float[Array, ""], tuple[Any, dict[str, Float[Array, ""]]]]:
        """Mean loss of a batch, the next carry and metrics to report per epoch."""
        ...

    def validation_loss(
        self, params: Params, carry: Any, batch: Batch, point: Any
    ) -> Float[Array, ""]:
        """Mean validation loss; only asked for when `patience` is set."""
        ...

    def predict(self, params: Params, carry: Any, batch: Batch, point: Any) -> Any:
        """Outputs for a batch: a pytree of arrays with the cases as leading axis."""
        ...
