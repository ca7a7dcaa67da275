r"""Coverage held by a penalty instead of bounds.

Model and loss of `pl2d` without its projection, and per case ζ Σ_n d_n(g_n(x))² on top, where d_n
is how far a share lies outside the bounds of agent n. At a target c of the AI, with the experts
free, that is ζ (Pr(z = AI | x) − c)². `batch` puts the mean of g over the batch in the place of
g(x): then single cases may still be decided clearly. Both are brittle, which is why they are here:
the weight ζ that holds one target misses another one.

Nguyen, Do & Carneiro, ICLR 2025, Section 4, as the practice that workload control replaces.

Example:
    >>> import jax.numpy as jnp
    >>> from core.em.bounds import WorkloadBounds
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({"penalty_weight": 1.0}))
    >>> target = WorkloadBounds(jnp.array([0.0, 0.5]), jnp.array([1.0, 0.5]))
    >>> print((100 * method.penalty(jnp.array([[0.2, 0.8]]), target)).round())
    [9.]
"""

from dataclasses import dataclass
from functools import cache

from core.methods.em import mixture
from core.methods.spec import Setting


@cache
def _method() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import jax.numpy as jnp
    from jaxtyping import Array, Float

    from core.dataset.batches import Batch
    from core.em.bounds import WorkloadBounds
    from core.methods.unprojected import Unprojected

    @dataclass(frozen=True, kw_only=True)
    class Penalty(Unprojected):
        penalty_weight: float
        penalty_on: str

        @property
        def guessing(self) -> float:
            """The mixture's, and no shares miss bounds by more than 1 in all."""
            return super().guessing + self.penalty_weight

        def penalty(
            self, shares: Float[Array, "N K"], bounds: WorkloadBounds
        ) -> Float[Array, " N"]:
            outside = shares - jnp.clip(shares, *map(jnp.asarray, bounds))
            return self.penalty_weight * jnp.sum(outside**2, axis=1)

        def workload_loss(
            self, log_gate: Float[Array, "B K"], batch: Batch, bounds: WorkloadBounds
        ) -> Float[Array, ""]:
            gate = jnp.exp(log_gate)
            if self.penalty_on == "case":
                return batch.mean(self.penalty(gate, bounds))
            mean = jnp.stack([batch.mean(shares) for shares in gate.T])
            return self.penalty(mean[None], bounds)[0]

    return Penalty


SPEC = mixture(
    "exact",
    model=_method,
    repriced=False,  # its target is part of the loss
    name="penalty",
    label="Penalty on the AI's share",
    text="Learns with missing annotations, and a penalty instead of bounds holds the AI's share.",
    term="Term: PL2D with ζ (Pr(z = AI | x) − c)² in the loss instead of the projection.",
    settings=(
        Setting(
            name="penalty_weight",
            label="Weight of the penalty",
            text="ζ. Too small a weight misses the target, too large a one drowns what is learnt.",
            default=1.0,
            low=0.0,
            high=1e6,
        ),
        Setting(
            name="penalty_on",
            label="Penalty on",
            text="What is held at the target.",
            default="case",
            choices={
                "case": "The AI's share of every case",
                "batch": "Its mean over a step's cases",
            },
        ),
    ),
)
