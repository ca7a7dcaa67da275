"""What the training loop asks of anything it fits, and a run of a method."""

from collections.abc import Hashable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Float

from core.dataset.batches import Batch
from core.models.spec import NetworkConfig, Params


@runtime_checkable
class Model(Hashable, Protocol):
    """Anything that the one training loop fits.

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


# What a run keeps under these names is its own.
RESERVED = frozenset({"scores", "ai_probabilities", "value", "ensemble", "ai_answer", "groups"})


class Prediction(NamedTuple):
    """What a method says of cases.

    Attributes:
      scores: of every agent, the AI last; a case goes to the highest (less prices).
      ai: log-probabilities of the method's own AI; None: the AI is the one trained before.
      extras: outputs of networks by name, kept with the run in half precision, under names other
        than `RESERVED`. One that is the same for every case counts as a network that collapsed.
    """

    scores: Float[Array, "N K"]
    ai: Float[Array, "N C"] | None
    extras: dict[str, Array]


@runtime_checkable
class Method(Model, Protocol):
    """A learning-to-defer method; its `point` are `WorkloadBounds`, its prediction a `Prediction`.

    Attributes:
      before: what is fitted first, once per seed, on the batches that the seed's points will see.
        Its `record` of each case at each step comes with the method's batches as `log_ai`, its
        prediction [N, C] is the AI. None for a method with an AI of its own. With an external AI
        the phase is left out.
      guessing: loss, in nats, of networks that know nothing; None where nobody can say.
    """

    @property
    def before(self) -> Model | None:
        """What is fitted before, or None."""
        ...

    @property
    def guessing(self) -> float | None:
        """Loss of networks that know nothing, or None."""
        ...


@runtime_checkable
class Filling(Method, Protocol):
    """A method that learns from annotations as if none were missing.

    Attributes:
      filler: fitted first of all, once per seed. Its prediction for train cases is the
        log-probability of every expert's answers [N, M, A]; the likeliest ones fill the gaps.
    """

    @property
    def filler(self) -> Model:
        """What fills in missing annotations."""
        ...
