r"""E-steps: who was responsible for a case, and what the missing annotations may have been."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from core.em.likelihood import (
    ALPHA,
    agent_log_likelihood,
    log_link,
    log_link_at_truth,
    log_link_marginal,
)


class Observed(NamedTuple):
    """What is known of a batch, with the current models' log-probabilities.

    Of the AI only the probability of the ground truth is ever asked for: `log_ai` is ln f_y.
    """

    log_gate: Float[Array, "B K"]
    log_experts: Float[Array, "B M A"]
    log_ai: Float[Array, " B"]
    annotations: Int[Array, "B M"]
    annotated: Bool[Array, "B M"]
    truth: Int[Array, " B"]


class Posterior(NamedTuple):
    """Responsibilities before the workload projection, and how to get q(t) after it.

    `annotation(log_q)` is q(t) [B, M, A] of the missing annotations for responsibilities log_q;
    rows of annotated experts are meaningless.
    """

    log_q: Float[Array, "B K"]
    annotation: Callable[[Float[Array, "B K"]], Float[Array, "B M A"]]


def exact(seen: Observed, alpha: float = ALPHA, extras: int = 0) -> Posterior:
    r"""The exact posterior, O(B·M·A).

    Given z only t^(z) meets y, so q(z = n) ∝ g_n ℓ_n, and for a missing t^(j)
    q(t^(j) = a) = q(z = j) · f_a S[a, y] / ℓ_j + (1 - q(z = j)) · f_a.
    The last `extras` of the A answers are no classes (`core.em.likelihood`).
    """
    log_likelihood = agent_log_likelihood(*seen[1:], alpha, extras)
    log_q = jax.nn.log_softmax(seen.log_gate + log_likelihood, axis=1)

    def annotation(log_q: Float[Array, "B K"]) -> Float[Array, "B M A"]:
        experts = jnp.exp(log_q[:, :-1])[..., None]
        answers = seen.log_experts.shape[-1]
        classes = answers - extras
        is_truth = jnp.arange(answers) == seen.truth[:, None, None]
        link = jnp.where(is_truth, 1.0 - alpha + alpha / classes, alpha / classes)
        marginal = jnp.exp(
            log_link_marginal(
                seen.log_experts,
                jnp.broadcast_to(seen.truth[:, None], seen.annotations.shape),
                alpha,
                extras,
            )
        )[..., None]
        return jnp.exp(seen.log_experts) * (1.0 - experts + experts * link / marginal)

    return Posterior(log_q, annotation)


def mean_field(
    seen: Observed, alpha: float = ALPHA, extras: int = 0, rounds: int = 10
) -> Posterior:
    r"""Mean-field posterior q(z) Π_j q(t^(j)) (Nguyen et al. 2025, Eq. 22–23).

    ln q(z = n) = ln g_n + E_q(t)[ln S[t_n, y]] + const, ln g_K + ln ℓ_K for the AI;
    ln q(t^(j) = a) = ln f_a + q(z = j) ln S[a, y] + const. Started at q(z) = g, q(t) = f, z then
    t in turn: updated together a quarter of the cases have not settled after 10 rounds.
    """
    answers = seen.log_experts.shape[-1]
    classes = answers - extras
    is_truth = jnp.arange(answers) == seen.truth[:, None, None]
    log_s = jnp.where(is_truth, jnp.log(1.0 - alpha + alpha / classes), jnp.log(alpha / classes))
    given = log_link(seen.annotations, seen.truth, classes, alpha)
    ai = log_link_at_truth(seen.log_ai, classes, alpha)[:, None]

    def responsibilities(q_t: Float[Array, "B M A"]) -> Float[Array, "B K"]:
        expected = jnp.sum(q_t * log_s, axis=-1)
        experts = jnp.where(seen.annotated, given, expected)
        return jax.nn.log_softmax(seen.log_gate + jnp.concatenate([experts, ai], 1), axis=1)

    def annotation(log_q: Float[Array, "B K"]) -> Float[Array, "B M A"]:
        weight = jnp.exp(log_q[:, :-1])[..., None]
        return jax.nn.softmax(seen.log_experts + weight * log_s, axis=-1)

    def one_round(_: Int[Array, ""], q_t: Float[Array, "B M A"]) -> Float[Array, "B M A"]:
        return annotation(responsibilities(q_t))

    q_t = jax.lax.fori_loop(0, rounds - 1, one_round, jnp.exp(seen.log_experts))
    log_q = responsibilities(q_t)
    last = annotation(log_q)
    # The projection changes q(z) only: q(t) stays what the fixed point made it.
    return Posterior(log_q, lambda _: last)


def naive(seen: Observed, alpha: float = ALPHA, extras: int = 0) -> Posterior:
    """The naive posterior (paper, App. A.2): no annotation, no responsibility.

    q(z = n) ∝ g_n ℓ_n over the AI and the experts who annotated the case; missing annotations
    teach the expert models nothing, so q(t) is zero.
    """
    log_likelihood = agent_log_likelihood(*seen[1:], alpha, extras)
    present = jnp.pad(seen.annotated, ((0, 0), (0, 1)), constant_values=True)
    log_q = jax.nn.log_softmax(jnp.where(present, seen.log_gate + log_likelihood, -jnp.inf), axis=1)
    return Posterior(log_q, lambda _: jnp.zeros_like(seen.log_experts))
