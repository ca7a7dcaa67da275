"""EM as it is promised: full batches, the AI held fixed, an M-step that does not go up."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.dataset.batches import Batch
from core.em.bounds import WorkloadBounds
from core.em.likelihood import agent_log_likelihood
from core.em.objective import m_step_loss
from core.em.posterior import exact
from core.methods.mixture import Mixture
from core.models.spec import NetworkConfig

pytestmark = pytest.mark.slow


def small_problem(extras: int = 0) -> tuple[Mixture, dict, Batch]:
    rng = np.random.default_rng(0)
    n, m, c, d = 60, 3, 3, 5
    annotated = rng.random((n, m)) < 0.5
    batch = Batch(
        inputs=jnp.asarray(rng.normal(size=(n, d)), jnp.float64),
        truth=jnp.asarray(rng.integers(0, c, n)),
        annotations=jnp.asarray(rng.integers(0, c + extras, (n, m))),
        annotated=jnp.asarray(annotated),
        log_ai=jnp.asarray(np.log(rng.uniform(0.05, 0.95, n))),
        weights=jnp.ones(n),
    )
    config = NetworkConfig(
        kind="mlp",
        input_shape=(d,),
        experts=m,
        classes=c,
        hidden=(8,),
        extra_answers=extras,
    )
    method = Mixture(config=config, e_step=exact)
    params, _ = method.init(jax.random.key(1))
    params = jax.tree.map(lambda a: a.astype(jnp.float64), params)
    return method, params, batch


NO_STATE: dict = {"gate": {}, "experts": {}}


@partial(jax.jit, static_argnums=0)
def objective(method: Mixture, params: dict, batch: Batch, log_q, targets) -> jax.Array:
    """Mean M-step loss in nats."""
    logits = method.networks.apply(params, NO_STATE, batch.inputs)
    return jnp.mean(m_step_loss(logits.gate, logits.experts, jnp.exp(log_q), targets))


slope = jax.jit(jax.grad(objective, 1), static_argnums=0)


@partial(jax.jit, static_argnums=0)
def e_step(method: Mixture, params: dict, prices: jax.Array, batch: Batch, bounds: WorkloadBounds):
    """ln q(z), targets of the expert models and prices."""
    logits = method.networks.apply(params, NO_STATE, batch.inputs)
    return method.responsibilities(logits, prices, batch, bounds)


def descend(method: Mixture, params: dict, batch: Batch, log_q: jax.Array, targets: jax.Array):
    """A gradient step on the M-step objective, halved until it does not go up."""
    before = objective(method, params, batch, log_q, targets)
    grads = slope(method, params, batch, log_q, targets)
    size = 4.0
    while size > 1e-12:
        moved = jax.tree.map(lambda p, g, s=size: p - s * g, params, grads)
        if objective(method, moved, batch, log_q, targets) <= before:
            return moved
        size /= 2
    return params


@partial(jax.jit, static_argnums=0)
def observed(method: Mixture, params: dict, batch: Batch) -> jax.Array:
    """Mean observed-data log-likelihood in nats."""
    return jnp.mean(method._observed(method.networks.apply(params, NO_STATE, batch.inputs), batch))


@pytest.mark.parametrize("extras", [0, 2])
def test_observed_likelihood_never_falls_without_bounds(extras: int) -> None:
    with jax.enable_x64(True):
        method, params, batch = small_problem(extras)
        bounds = WorkloadBounds(jnp.zeros(4), jnp.ones(4))
        values = [float(observed(method, params, batch))]
        for _ in range(25):
            log_q, targets, _ = e_step(method, params, jnp.zeros(4), batch, bounds)
            params = descend(method, params, batch, log_q, targets)
            values.append(float(observed(method, params, batch)))
    # Float64: nothing but rounding may fall.
    assert np.diff(values).min() > -1e-10
    assert values[-1] > values[0] + 0.05


def test_constrained_free_energy_never_falls_with_bounds() -> None:
    r"""F(q̃) = E_q̃[ln joint] + H(q̃), with q(t | z) exact, is raised by both steps.

    With q(t | z) exact, F = Σ_n q̃_n (ln g_n + ln ℓ_n - ln q̃_n) + Σ_annotated ln f_t per case.
    """

    @jax.jit
    def free_energy(params: dict, log_q: jax.Array) -> jax.Array:
        logits = method.networks.apply(params, NO_STATE, batch.inputs)
        known = (batch.annotations, batch.annotated, batch.truth)
        log_l = agent_log_likelihood(logits.experts, batch.log_ai, *known)
        mixture = jnp.sum(jnp.exp(log_q) * (logits.gate + log_l - log_q), axis=1)
        at = jnp.take_along_axis(logits.experts, batch.annotations[..., None], -1)[..., 0]
        return jnp.mean(mixture + jnp.sum(jnp.where(batch.annotated, at, 0.0), axis=1))

    with jax.enable_x64(True):
        method, params, batch = small_problem()
        bounds = WorkloadBounds(jnp.array([0.0, 0.1, 0.0, 0.4]), jnp.array([0.2, 1.0, 1.0, 0.4]))
        prices, values = jnp.zeros(4), []
        for _ in range(25):
            log_q, targets, prices = e_step(method, params, prices, batch, bounds)
            values.append(float(free_energy(params, log_q)))
            params = descend(method, params, batch, log_q, targets)
            values.append(float(free_energy(params, log_q)))
    # The projection meets its bounds to 1e-6, which is what the next E-step may cost.
    assert np.diff(values).min() > -1e-5
    assert values[-1] > values[0] + 0.05
