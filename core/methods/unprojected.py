"""A mixture whose E-step keeps to no bounds; something in its M-step stands for them."""

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from core.dataset.batches import Batch
from core.em.bounds import WorkloadBounds
from core.methods.mixture import Mixture
from core.models.agents import Logits


@dataclass(frozen=True, kw_only=True)
class Unprojected(Mixture):
    """Agents that may take nothing take nothing; others are free in the E-step."""

    def responsibilities(
        self, logits: Logits, prices: Float[Array, " K"], batch: Batch, bounds: WorkloadBounds
    ) -> tuple[Float[Array, "B K"], Float[Array, "B M A"], Float[Array, " K"]]:
        """ln q(z) of the plain E-step, targets of the expert models, and no prices."""
        may = (jnp.asarray(bounds.upper) > 0).astype(prices.dtype)
        free = WorkloadBounds(jnp.zeros_like(may), may)  # type: ignore[arg-type]
        return super().responsibilities(logits, prices, batch, free)
