"""What happens inside an E-step: its numbers case by case, and the projection onto bounds."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from core.dataset.batches import Batch
from core.em.bounds import WorkloadBounds
from core.em.likelihood import agent_log_likelihood
from core.em.posterior import Observed, exact, mean_field, naive
from core.em.workload import project
from core.lesson.learning import STATISTICS, Trained, batch_of, method_of
from core.lesson.world import World
from core.methods.mixture import Mixture
from core.models.spec import Params
from core.training.programs import HASTY

THREE = (0, 1, -1)  # agents of a triangle: experts A and B, and the AI


class Inside(NamedTuple):
    """The numbers of the E-steps of all train cases, agents with the AI last.

    Attributes:
      gate: g, what the gating model says before the truth is known.
      likelihood: ℓ, Pr(truth | this agent decides).
      exact: q(z) ∝ g ℓ. mean_field: the paper's approximation of it.
      naive: the same where an expert without an annotation gets nothing.
      guess: f, what the expert models expect of every annotation.
      filled: q(t) of the exact E-step, meaningless where an annotation is there.
      filled_mean_field: q(t) of the approximation.
      three: exact q(z) with expert C off duty, over `THREE`.
    """

    gate: Float[np.ndarray, "n K"]
    likelihood: Float[np.ndarray, "n K"]
    exact: Float[np.ndarray, "n K"]
    mean_field: Float[np.ndarray, "n K"]
    naive: Float[np.ndarray, "n K"]
    guess: Float[np.ndarray, "n M C"]
    filled: Float[np.ndarray, "n M C"]
    filled_mean_field: Float[np.ndarray, "n M C"]
    three: Float[np.ndarray, "n 3"]


class Bounded(NamedTuple):
    """Responsibilities moved onto workload bounds.

    Attributes:
      q: the nearest responsibilities that keep to the bounds on average.
      prices: μ per agent, in nats.
      violation: the worst breach of a bound, a share.
    """

    q: Float[np.ndarray, "n K"]
    prices: Float[np.ndarray, " K"]
    violation: float


def look_inside(world: World, trained: Trained, after: int) -> Inside:
    """The E-steps of all train cases with the models as they are after some rounds."""
    with jax.enable_x64(True):
        params = jax.tree.map(lambda a: a[after], trained.params)
        found = _e_steps(method_of(world.ai.shape[1]), params, batch_of(world))
        return Inside(*map(np.asarray, found))


@partial(jax.jit, static_argnums=0, compiler_options=HASTY)
def _e_steps(method: Mixture, params: Params, cases: Batch) -> tuple[Array, ...]:
    logits = method.networks.apply(params, STATISTICS, cases.inputs)
    seen = Observed(
        logits.gate,
        logits.experts,
        cases.log_ai,
        cases.annotations,
        cases.annotated,
        cases.truth,
    )
    first, rough, skipped = exact(seen), mean_field(seen), naive(seen)
    two = jax.nn.log_softmax(logits.gate[:, jnp.array(THREE)], axis=1)
    pair = seen._replace(
        log_gate=two,
        log_experts=seen.log_experts[:, :2],
        annotations=seen.annotations[:, :2],
        annotated=seen.annotated[:, :2],
    )
    return (
        jnp.exp(logits.gate),
        jnp.exp(agent_log_likelihood(*seen[1:])),
        *(jnp.exp(posterior.log_q) for posterior in (first, rough, skipped)),
        jnp.exp(logits.experts),
        first.annotation(first.log_q),
        rough.annotation(rough.log_q),
        jnp.exp(exact(pair).log_q),
    )


def keep_to(q: Float[np.ndarray, "n K"], bounds: WorkloadBounds) -> Bounded:
    """The responsibilities nearest to q whose mean keeps to the bounds.

    Args:
      q: rows sum to one.
      bounds: feasible (`WorkloadBounds.feasible`).
    """
    with jax.enable_x64(True):
        limits = (jnp.asarray(limit, jnp.float64) for limit in bounds)
        found = _project(jnp.log(jnp.asarray(q)), *limits)
        return Bounded(
            np.exp(np.asarray(found.log_q)), np.asarray(found.prices), float(found.violation)
        )


_project = partial(jax.jit, compiler_options=HASTY)(project)
