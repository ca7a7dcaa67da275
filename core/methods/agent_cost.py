r"""Coverage held by what agents cost.

Model and loss of `pl2d` without its projection, and per case Σ_n κ_n g_n(x) on top: whoever decides
a case costs something, the AI κ_K = ζ (1 − c) and every expert κ_m = ζ c at the target c (the
middle of the AI's bounds). The cost falls as the AI is meant to take more, but nothing makes the
workloads meet the target: in practice costs are tried until they do.

Costs per agent after Narasimhan et al., NeurIPS 2022 (post-hoc estimators for learning to defer).

Example:
    >>> import jax.numpy as jnp
    >>> from core.em.bounds import WorkloadBounds
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({"cost_scale": 2.0}))
    >>> target = WorkloadBounds(jnp.array([0.0, 0.25]), jnp.array([1.0, 0.25]))
    >>> print(method.costs(target))
    [0.5 1.5]
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
    class AgentCost(Unprojected):
        cost_scale: float

        @property
        def guessing(self) -> float:
            """The mixture's, and no agent costs more than the scale."""
            return super().guessing + self.cost_scale

        def costs(self, bounds: WorkloadBounds) -> Float[Array, " K"]:
            target = (bounds.lower[-1] + bounds.upper[-1]) / 2.0
            experts = jnp.full(self.config.experts, self.cost_scale * target)
            return jnp.append(experts, self.cost_scale * (1.0 - target))

        def workload_loss(
            self, log_gate: Float[Array, "B K"], batch: Batch, bounds: WorkloadBounds
        ) -> Float[Array, ""]:
            return batch.mean(jnp.sum(self.costs(bounds) * jnp.exp(log_gate), axis=1))

    return AgentCost


SPEC = mixture(
    "exact",
    model=_method,
    repriced=False,  # its target is part of the loss
    name="agent-cost",
    label="Cost of each agent",
    text="Learns with missing annotations, and costs of the AI and the experts instead of bounds "
    "hold the AI's share.",
    term="Term: PL2D with Σ_n κ_n g_n(x) in the loss instead of the projection.",
    settings=(
        Setting(
            name="cost_scale",
            label="Scale of the costs",
            text="ζ: the AI costs ζ (1 − c) and an expert ζ c, where c is the target.",
            default=1.0,
            low=0.0,
            high=1e6,
        ),
    ),
)
