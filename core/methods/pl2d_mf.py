"""Probabilistic L2D with the paper's mean-field E-step, kept for comparison."""

from core.em.posterior import mean_field
from core.methods.mixture import Mixture
from core.models.spec import NetworkConfig


def build(config: NetworkConfig, projection: str) -> Mixture:
    """PL2D as published: ten mean-field rounds per E-step (Eq. 22–23)."""
    return Mixture(config=config, e_step=mean_field, projection=projection)
