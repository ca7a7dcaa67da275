"""Probabilistic L2D with the exact posterior (the default)."""

from core.em.posterior import exact
from core.methods.mixture import Mixture
from core.models.spec import NetworkConfig


def build(config: NetworkConfig, projection: str) -> Mixture:
    """PL2D (Nguyen, Do & Carneiro, ICLR 2025) with its E-step in closed form."""
    return Mixture(config=config, e_step=exact, projection=projection)
