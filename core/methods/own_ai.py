"""What methods with an AI of their own declare. No JAX."""

from collections.abc import Callable, Mapping
from typing import Any

from core.methods.spec import LOSS, PUBLISHED, MethodSpec, Metric, Setting
from core.models.spec import NetworkConfig

_PATIENCE = Setting(
    name="patience",
    label="Patience",
    text="Epochs without a lower validation loss after which training stops; 0 trains to the last.",
    default=0,
    low=0,
    high=1000,
)
_METRICS = (LOSS, Metric(name="accuracy", label="Accuracy of its AI", text="On train cases."))


def with_own_ai(
    model: Callable[[], type], settings: tuple[Setting, ...] = (), **said: Any
) -> MethodSpec:
    """The spec of a `core.methods.deferral.Deferral`.

    Args:
      model: gives the class, importing JAX only then.
      settings: the method's own fields of the class; `patience` comes with them.
      said: its name and words, and whatever else a `MethodSpec` holds.
    """

    def build(network: NetworkConfig, values: Mapping[str, Any]) -> Any:
        return model()(config=network, **dict(values) | {"patience": values["patience"] or None})

    return MethodSpec(
        optimiser="SGD with momentum; the rate falls along a cosine",
        build=build,
        settings=(*settings, _PATIENCE),
        metrics=_METRICS,
        group=PUBLISHED,
        per_target=False,
        **said,
    )


def apart(experts: int, separate: bool) -> int:
    """Networks of a method whose classifier and experts share nothing."""
    return 1 + (experts if separate else 1)
