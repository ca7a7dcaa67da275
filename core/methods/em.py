"""What all mixtures declare; they differ in their E-step. No JAX."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from core.methods.spec import LOSS, MethodSpec, Metric, Setting
from core.models.spec import NetworkConfig

_PROJECTION = Setting(
    name="projection",
    label="Keeping to the bounds while training",
    text="The E-step's projection: prices μ solved per batch, or averaged over batches.",
    default="batch",
    choices={
        "batch": "Solve the prices in every batch",
        "running": "Carry the prices on from batch to batch",
    },
)
_ALPHA = Setting(
    name="alpha",
    label="Label noise α",
    text="Share of random labels that the link S = (1 − α) I + α/C · 11ᵀ from an agent's answer to "
    "the ground truth allows for.",
    default=1e-3,
    low=1e-9,
    high=0.999,
)
_METRICS = (
    LOSS,
    Metric(
        name="log_likelihood",
        label="Log-likelihood",
        text="Log-likelihood of what was observed: ln Σ g_n ℓ_n + Σ ln f_t + ln f_y.",
    ),
    Metric(name="coverage", label="Share of the AI", per_target=True),
)


def mixture(e_step: str, **said: Any) -> MethodSpec:
    """The spec of a mixture.

    Args:
      e_step: name in `core.em.posterior`.
      said: its name, words and needs.
    """
    return MethodSpec(
        optimiser="SGD with momentum; the rate falls along a cosine",
        paper="Nguyen, Do & Carneiro, ICLR 2025",
        build=partial(_build, e_step),
        settings=(_PROJECTION, _ALPHA),
        metrics=_METRICS,
        networks=_networks,
        repriced=True,
        **said,
    )


def _build(e_step: str, network: NetworkConfig, settings: Mapping[str, Any]) -> Any:
    from core.em import posterior
    from core.methods.mixture import Mixture

    return Mixture(config=network, e_step=getattr(posterior, e_step), **settings)


def _networks(experts: int, separate: bool) -> int:
    """The gating model, and one per expert or a trunk with a head each."""
    return 1 + (experts if separate else 1)
