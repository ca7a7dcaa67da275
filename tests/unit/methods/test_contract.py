"""Every method goes through the same test of the one protocol."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.data.batches import Batch
from core.methods.mixture import Bounds
from core.methods.registry import METHODS
from core.models.agents import NetworkConfig

CONFIG = NetworkConfig(kind="mlp", input_shape=(4,), experts=3, classes=3, hidden=(8,))
MIXTURES = [name for name, entry in METHODS.items() if entry.module]


def batch(annotated: float = 0.6, cases: int = 24) -> Batch:
    rng = np.random.default_rng(0)
    return Batch(
        inputs=jnp.asarray(rng.random((cases, 4)), jnp.float32),
        truth=jnp.asarray(rng.integers(0, 3, cases)),
        annotations=jnp.asarray(rng.integers(0, 3, (cases, 3))),
        annotated=jnp.asarray(rng.random((cases, 3)) < annotated),
        log_ai=jnp.log(jnp.asarray(rng.uniform(0.1, 0.9, cases), jnp.float32)),
        weights=jnp.ones(cases),
    )


BOUNDS = Bounds(jnp.array([0.0, 0.0, 0.0, 0.3]), jnp.array([1.0, 0.4, 1.0, 0.6]))


@pytest.fixture(params=MIXTURES)
def method(request):
    return METHODS[request.param].builder()(CONFIG, "batch")


def test_methods_are_hashable_and_static(method) -> None:
    assert hash(method) == hash(replace(method))


def test_loss_is_finite_with_finite_gradients(method) -> None:
    params = method.init(jax.random.key(0))
    (loss, _), grads = jax.value_and_grad(method.loss, has_aux=True)(
        params, method.init_carry(), batch(), BOUNDS
    )
    assert np.isfinite(loss)
    assert all(np.isfinite(g).all() for g in jax.tree.leaves(grads))


def test_padding_rows_change_nothing(method) -> None:
    params, full = method.init(jax.random.key(0)), batch()
    half = full._replace(weights=(jnp.arange(24) < 12).astype(jnp.float32))
    short = Batch(*(a[:12] for a in full))
    first = method.loss(params, method.init_carry(), half, BOUNDS)[0]
    second = method.loss(params, method.init_carry(), short, BOUNDS)[0]
    # The projection converges to 1e-6 in either shape.
    assert float(first) == pytest.approx(float(second), abs=2e-4)


def test_an_agent_with_no_room_gets_no_responsibility(method) -> None:
    bounds = Bounds(jnp.array([0.0, 0.0, 0.0, 0.0]), jnp.array([0.0, 1.0, 1.0, 1.0]))
    params = method.init(jax.random.key(0))
    log_q, _, _ = method.e_step_and_projection(params, method.init_carry(), batch(), bounds)
    assert (np.exp(log_q)[:, 0] == 0).all()


def test_predictions_are_log_probabilities(method) -> None:
    outputs = method.predict(method.init(jax.random.key(0)), batch(), BOUNDS)
    for log_p in outputs:
        np.testing.assert_allclose(np.exp(log_p).sum(-1), 1.0, atol=1e-5)


def test_complete_is_pl2d_when_nothing_is_missing() -> None:
    whole = batch(annotated=2.0)
    losses = []
    for name in ("complete", "pl2d", "naive"):
        built = METHODS[name].builder()(CONFIG, "batch")
        params = built.init(jax.random.key(0))
        losses.append(float(built.loss(params, built.init_carry(), whole, BOUNDS)[0]))
    assert losses[0] == losses[1] == pytest.approx(losses[2], abs=1e-5)


def test_the_ai_is_given_and_takes_more_where_it_is_surer() -> None:
    method = METHODS["pl2d"].builder()(CONFIG, "batch")
    params, free = method.init(jax.random.key(0)), Bounds(jnp.zeros(4), jnp.ones(4))
    assert set(params) == {"gate", "experts"}
    taken = []
    for chance in (0.2, 0.9):
        sure = batch()._replace(log_ai=jnp.full(24, np.log(chance)))
        log_q, _, _ = method.e_step_and_projection(params, method.init_carry(), sure, free)
        taken.append(float(np.exp(log_q)[:, -1].mean()))
    assert taken[1] > taken[0] + 0.1


def test_running_prices_move_slowly() -> None:
    method = METHODS["pl2d"].builder()(CONFIG, "running")
    solved = METHODS["pl2d"].builder()(CONFIG, "batch")
    params = method.init(jax.random.key(0))
    _, _, slow = method.e_step_and_projection(params, jnp.zeros(4), batch(), BOUNDS)
    _, _, fast = solved.e_step_and_projection(params, jnp.zeros(4), batch(), BOUNDS)
    np.testing.assert_allclose(slow, 0.05 * fast, atol=1e-5)


def test_shared_trunk_predicts_for_every_expert() -> None:
    method = METHODS["pl2d"].builder()(replace(CONFIG, separate_experts=False), "batch")
    outputs = method.predict(method.init(jax.random.key(0)), batch(), BOUNDS)
    assert outputs.log_experts.shape == (24, 3, 3)
