"""L2D that gives experts no responsibility for cases they did not annotate (paper, App. A.2)."""

from core.em.posterior import naive
from core.methods.mixture import Mixture
from core.models.spec import NetworkConfig


def build(config: NetworkConfig, projection: str) -> Mixture:
    """The baseline that simply leaves missing annotations out."""
    return Mixture(config=config, e_step=naive, projection=projection)
