r"""Likelihood of the ground truth under each agent, and of the data under the mixture.

The link between an annotation and the ground truth is Pr(y | t = c) = S[c, y] with
S = (1 - α) I + α/C · 11ᵀ (Nguyen et al. 2025, Sec. 3). Because S is a scaled identity plus a
constant, Σ_c f_c S[c, y] = (1 - α) f_y + α/C, and nothing here costs a C × C product.

Experts' answers have an alphabet of A = C + E: the classes, then `extras` answers that no truth
has, such as "unsure". An extra answer e is never right, so S[e, y] = α/C for every class y, as for
a wrong class; the rest of its mass, 1 - α, falls on "no class", which is never observed. Expert
models predict all A answers, so Σ_a f_a S[a, y] = (1 - α) f_y + α/C as before.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

ALPHA = 1e-3


def log_link(
    annotations: Int[Array, "B M"], truth: Int[Array, " B"], classes: int, alpha: float = ALPHA
) -> Float[Array, "B M"]:
    """ln S[t, y] in nats; meaningless where the annotation is missing."""
    right = jnp.log(1.0 - alpha + alpha / classes)
    wrong = jnp.log(alpha / classes)
    return jnp.where(annotations == truth[:, None], right, wrong)


def log_link_marginal(
    log_f: Float[Array, "... A"], truth: Int[Array, "..."], alpha: float = ALPHA, extras: int = 0
) -> Float[Array, "..."]:
    """ln Σ_a f_a S[a, y] in nats, for predictive log-probabilities ln f."""
    at_truth = jnp.take_along_axis(log_f, truth[..., None], axis=-1)[..., 0]
    return log_link_at_truth(at_truth, log_f.shape[-1] - extras, alpha)


def log_link_at_truth(
    at_truth: Float[Array, "..."], classes: int, alpha: float = ALPHA
) -> Float[Array, "..."]:
    """ln Σ_a f_a S[a, y] in nats, from ln f_y alone."""
    return jnp.log((1.0 - alpha) * jnp.exp(at_truth) + alpha / classes)


def agent_log_likelihood(
    log_experts: Float[Array, "B M A"],
    log_ai: Float[Array, " B"],
    annotations: Int[Array, "B M"],
    annotated: Bool[Array, "B M"],
    truth: Int[Array, " B"],
    alpha: float = ALPHA,
    extras: int = 0,
) -> Float[Array, "B K"]:
    """ln ℓ_n(i) = ln Pr(y_i | z = n, …) of every agent, the AI last, in nats.

    An expert who annotated the case is judged by the annotation, one who did not by the expert
    model's prediction; the AI by `log_ai`, what its classifier gives the ground truth, ln f_y.
    """
    classes = log_experts.shape[-1] - extras
    given = log_link(annotations, truth, classes, alpha)
    guessed = log_link_marginal(
        log_experts, jnp.broadcast_to(truth[:, None], annotations.shape), alpha, extras
    )
    experts = jnp.where(annotated, given, guessed)
    return jnp.concatenate([experts, log_link_at_truth(log_ai, classes, alpha)[:, None]], axis=1)


def observed_log_likelihood(
    log_gate: Float[Array, "B K"],
    log_likelihood: Float[Array, "B K"],
    log_experts: Float[Array, "B M A"],
    log_ai: Float[Array, " B"],
    annotations: Int[Array, "B M"],
    annotated: Bool[Array, "B M"],
) -> Float[Array, " B"]:
    """ln Σ_n g_n ℓ_n + Σ_{m annotated} ln f_{t_m} + ln f_y per case, in nats (`log_ai`: ln f_y)."""
    mixture = jax.nn.logsumexp(log_gate + log_likelihood, axis=1)
    at_annotation = jnp.take_along_axis(log_experts, annotations[..., None], axis=-1)[..., 0]
    experts = jnp.sum(jnp.where(annotated, at_annotation, 0.0), axis=1)
    return mixture + experts + log_ai
