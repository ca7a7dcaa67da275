"""What two-phase methods declare: they fill in annotations, then learn as if none were missing."""

from collections.abc import Callable, Mapping
from typing import Any

from core.methods.em import PROJECTION, mixture
from core.methods.spec import PUBLISHED, MethodSpec, Setting
from core.models.spec import NetworkConfig

_UNLABELLED = Setting(
    name="unlabelled_weight",
    label="Weight of unannotated cases",
    text="In the first phase, against annotated ones; 0 learns from annotated cases alone.",
    default=1.0,
    low=0.0,
    high=1000.0,
)
_NOISE = Setting(
    name="noise",
    label="Noise on features",
    text="In the first phase: standard deviation of what is added to a column, against its own.",
    default=0.1,
    low=0.0,
    high=10.0,
)


def filling(model: Callable[[], type], settings: tuple[Setting, ...], **said: Any) -> MethodSpec:
    """The spec of a method with a `core.methods.semi_supervised.SemiSupervised` before a mixture.

    Args:
      model: gives the class of the former, importing JAX only then.
      settings: its own fields, beside those that all have.
      said: its name and words.
    """

    def build(network: NetworkConfig, values: Mapping[str, Any]) -> Any:
        from core.em.posterior import exact
        from core.methods.semi_supervised import Filled

        own = {name: value for name, value in values.items() if name != PROJECTION.name}
        filler = model()(config=network, **own)
        return Filled(
            config=network, e_step=exact, filler=filler, projection=values[PROJECTION.name]
        )

    return mixture(
        "exact",
        build=build,
        settings=(PROJECTION, *settings, _UNLABELLED, _NOISE),
        group=PUBLISHED,
        tables_only=True,
        **said,
    )
