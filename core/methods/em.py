"""What all mixtures declare; they differ in their E-step. No JAX."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from core.methods.spec import LOSS, VARIANT, MethodSpec, Metric, Setting
from core.models.spec import NetworkConfig

PROJECTION = Setting(
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
      said: its name, words and needs, and what it does otherwise than the others; `model` gives
        its class, which is `Mixture` without it.
    """
    usual: dict[str, Any] = {
        "optimiser": "SGD with momentum; the rate falls along a cosine",
        "paper": "Nguyen, Do & Carneiro, ICLR 2025",
        "build": partial(_build, e_step, said.pop("model", _mixture)),
        "settings": (PROJECTION, _ALPHA),
        "metrics": _METRICS,
        "networks": _networks,
        "repriced": True,
        "group": VARIANT,
    }
    return MethodSpec(**usual | said)


def _build(
    e_step: str, model: Callable[[], type], network: NetworkConfig, settings: Mapping[str, Any]
) -> Any:
    from core.em import posterior

    return model()(config=network, e_step=getattr(posterior, e_step), **settings)


def _mixture() -> type:
    from core.methods.mixture import Mixture

    return Mixture


def _networks(experts: int, separate: bool) -> int:
    """The gating model, and one per expert or a trunk with a head each."""
    return 1 + (experts if separate else 1)
