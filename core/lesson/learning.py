"""EM on the lesson's world, round by round, with the program's own E-step, projection and loss."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from core.dataset.batches import Batch
from core.em.bounds import WorkloadBounds
from core.em.likelihood import agent_log_likelihood, observed_log_likelihood
from core.em.objective import m_step_loss
from core.em.posterior import Observed, exact, naive
from core.em.workload import project
from core.lesson.world import EXPERTS, ROUNDS, TRAIN, World
from core.methods.mixture import Mixture
from core.models.agents import Logits
from core.models.spec import NetworkConfig, Params
from core.training.programs import HASTY

STATISTICS: dict[str, dict] = {"gate": {}, "experts": {}}  # these networks have none
_STEPS = 5  # of gradient descent in the M-step of a full batch
_LONGEST = 4.0  # first length tried of a step, halved until the loss does not rise
_SHORTEST = 1e-9


class Trained(NamedTuple):
    """Every round of one training; row 0 is before the first.

    Attributes:
      params: of the networks, stacked over rounds.
      likelihood: mean observed-data log-likelihood of all train cases, in nats.
      free_energy: what takes its place under bounds: the likelihood less what keeping to the
        bounds costs (`free_energy`), in nats.
      responsible: mean responsibility of each agent after the projection onto the bounds.
      gate: mean of the gating model's probabilities.
      prices: of that projection, in nats.
    """

    params: Any
    likelihood: Float[np.ndarray, " R"]
    free_energy: Float[np.ndarray, " R"]
    responsible: Float[np.ndarray, "R K"]
    gate: Float[np.ndarray, "R K"]
    prices: Float[np.ndarray, "R K"]


def method_of(classes: int, *, skip_missing: bool = False) -> Mixture:
    """The program's mixture with small networks; `skip_missing` is naive learning to defer."""
    config = NetworkConfig(
        kind="mlp",
        input_shape=(2,),
        experts=len(EXPERTS),
        classes=classes,
        hidden=(24,),
        separate_experts=False,
    )
    return Mixture(config=config, e_step=naive if skip_missing else exact)


def batch_of(world: World, part: slice = TRAIN) -> Batch:
    """Cases of the world as the methods read them, in float64."""
    truth = world.truth[part]
    at_truth = np.take_along_axis(world.ai[part], truth[:, None], axis=1)[:, 0]
    return Batch(
        inputs=jnp.asarray(scaled(world.inputs[part])),
        truth=jnp.asarray(truth),
        annotations=jnp.asarray(world.annotations[part]),
        annotated=jnp.asarray(world.annotated[part]),
        log_ai=jnp.asarray(np.log(at_truth)),
        weights=jnp.ones(len(truth)),
    )


def scaled(inputs: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """Positions as the networks see them: spread out, so that a few rounds suffice."""
    return 2.0 * inputs


def train(
    world: World,
    bounds: WorkloadBounds,
    *,
    batch_size: int,
    seed: int = 0,
    skip_missing: bool = False,
    rounds: int = ROUNDS,
) -> Trained:
    """Trains gating model and expert models on the train cases.

    With all train cases in one batch a round is an E-step on all of them and an M-step that never
    raises its loss: generalised EM. With smaller batches every batch has its own E-step,
    projection and step, as when the program trains.

    Args:
      world: where annotations were taken away.
      bounds: workload bounds, experts first.
      batch_size: cases per step; all train cases or a divisor of their number.
      seed: of the networks' initial parameters and the order of the cases.
      skip_missing: naive learning to defer instead of the posterior of what is missing.
      rounds: passes over the train cases.
    """
    method = method_of(world.ai.shape[1], skip_missing=skip_missing)
    cases = len(world.truth[TRAIN])
    rng = np.random.default_rng([seed, 0x0DE2])
    order = np.argsort(rng.random((rounds, cases)), axis=1)
    if batch_size >= cases:
        batch_size, repeats = cases, _STEPS
    else:
        repeats = 1
    with jax.enable_x64(True):
        params, _ = method.init(jax.random.key(seed))
        params = jax.tree.map(lambda a: a.astype(jnp.float64), params)
        limits = jax.tree.map(lambda b: jnp.asarray(b, jnp.float64), bounds)
        rows = jnp.asarray(order.reshape(rounds, -1, batch_size))
        stacked, found = _run(method, repeats, params, batch_of(world), limits, rows)
        return Trained(*jax.tree.map(np.asarray, (stacked, *found)))


# Optimised code would not save as much as compiling it takes.
@partial(jax.jit, static_argnums=(0, 1), compiler_options=HASTY)
def _run(
    method: Mixture,
    repeats: int,
    params: Params,
    cases: Batch,
    bounds: WorkloadBounds,
    rows: Int[Array, "R S B"],
) -> tuple[Params, tuple[Array, ...]]:
    """Parameters before the first round and after each, and what is measured there."""

    def one_batch(carried: tuple[Params, Array], index: Array) -> tuple[tuple[Params, Array], None]:
        moved, prices = carried
        batch = jax.tree.map(lambda a: a[index], cases)
        logits = _logits(method, moved, batch.inputs)
        log_q, targets, prices = method.responsibilities(logits, prices, batch, bounds)
        moved = _m_step(method, moved, batch, jnp.exp(log_q), targets, repeats)
        return (moved, prices), None

    def one_round(carried: tuple[Params, Array], batches: Array) -> tuple[Any, Params]:
        carried, _ = jax.lax.scan(one_batch, carried, batches)
        return carried, carried[0]

    _, later = jax.lax.scan(one_round, (params, jnp.zeros_like(bounds.lower)), rows)
    stacked = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), params, later)
    return stacked, jax.lax.map(lambda one: _look(method, one, cases, bounds), stacked)


def _m_step(
    method: Mixture, params: Params, batch: Batch, q: Array, targets: Array, repeats: int
) -> Params:
    """Gradient steps on the M-step loss, each halved until the loss does not rise."""

    def loss(tried: Params) -> Array:
        logits = _logits(method, tried, batch.inputs)
        return jnp.mean(m_step_loss(logits.gate, logits.experts, q, targets))

    def step(_: Array, now: Params) -> Params:
        before, slope = jax.value_and_grad(loss)(now)

        def moved(length: Array) -> Params:
            return jax.tree.map(lambda p, s: p - length * s, now, slope)

        def rises(length: Array) -> Array:
            return (loss(moved(length)) > before) & (length > _SHORTEST)

        length = jax.lax.while_loop(rises, lambda a: a / 2, jnp.asarray(_LONGEST, before.dtype))
        return moved(jnp.where(length > _SHORTEST, length, 0.0))

    return jax.lax.fori_loop(0, repeats, step, params)


def _look(
    method: Mixture, params: Params, cases: Batch, bounds: WorkloadBounds
) -> tuple[Array, ...]:
    """What is measured on all train cases after a round."""
    logits = _logits(method, params, cases.inputs)
    seen = (logits.gate, logits.experts, cases.log_ai, cases.annotations, cases.annotated)
    joint = logits.gate + agent_log_likelihood(*seen[1:], cases.truth)
    # Of the method's own E-step: naive learning to defer has another one than the exact.
    posterior = method.e_step(Observed(logits.gate, *seen[1:], cases.truth))
    nearest = project(posterior.log_q, *map(jnp.asarray, bounds))
    observed = observed_log_likelihood(logits.gate, joint - logits.gate, *seen[1:])
    # The annotations that are there count the same whatever q is.
    lost = jax.nn.logsumexp(joint, axis=1) - free_energy(joint, nearest.log_q)
    return (
        jnp.mean(observed),
        jnp.mean(observed - lost),
        jnp.exp(nearest.log_q).mean(0),
        jnp.exp(logits.gate).mean(0),
        nearest.prices,
    )


def free_energy(joint: Float[Array, "n K"], log_q: Float[Array, "n K"]) -> Float[Array, " n"]:
    """Σ_n q̃_n (ln g_n + ln ℓ_n − ln q̃_n) per case, in nats: at most ln Σ_n g_n ℓ_n."""
    q = jnp.exp(log_q)
    return jnp.sum(jnp.where(q > 0, q * (joint - log_q), 0.0), axis=1)


def _logits(method: Mixture, params: Params, inputs: Array) -> Logits:
    return method.networks.apply(params, STATISTICS, inputs)


@partial(jax.jit, static_argnums=0)
def _everywhere(method: Mixture, params: Params, inputs: Array) -> Logits:
    return jax.vmap(lambda one: _logits(method, one, inputs))(params)


def last(trained: Trained) -> Trained:
    """The last round alone."""
    return jax.tree.map(lambda a: a[-1:], trained)


def log_gate(
    trained: Trained, inputs: Float[np.ndarray, "n 2"], classes: int
) -> Float[np.ndarray, "R n K"]:
    """ln g at positions, after every round."""
    with jax.enable_x64(True):
        found = _everywhere(method_of(classes), trained.params, jnp.asarray(scaled(inputs)))
        return np.asarray(found.gate)
