"""M-step: the loss whose gradient improves every model given the responsibilities."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


def annotation_targets(
    annotations: Int[Array, "B M"],
    annotated: Bool[Array, "B M"],
    q_t: Float[Array, "B M A"],
) -> Float[Array, "B M A"]:
    """What the expert models should predict: the annotation, or its posterior where missing."""
    answers = q_t.shape[-1]
    given = (jnp.arange(answers) == annotations[..., None]).astype(q_t.dtype)
    return jnp.where(annotated[..., None], given, q_t)


def m_step_loss(
    log_gate: Float[Array, "B K"],
    log_experts: Float[Array, "B M A"],
    responsibilities: Float[Array, "B K"],
    targets: Float[Array, "B M A"],
) -> Float[Array, " B"]:
    r"""Per-case M-step loss in nats (Nguyen et al. 2025, Eq. 11), weight decay left out.

    -Σ_n q(z = n) ln g_n - Σ_{m annotated} ln f_{t_m} - Σ_{j missing} Σ_a q(t^(j) = a) ln f_a.
    Its last term, - ln f_y of the AI, depends on no responsibility: the AI is trained by itself
    (`core.correctness.classifier`), once for all points of a seed.
    """
    # 0 · ln 0 is 0 here: an agent bound to nothing must not poison the sum.
    gate = jnp.where(responsibilities > 0, responsibilities * log_gate, 0.0)
    return -jnp.sum(gate, axis=1) - jnp.sum(targets * log_experts, axis=(1, 2))
