"""Every method goes through the same test of the one protocol."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.dataset.batches import Batch
from core.em.bounds import WorkloadBounds
from core.methods.mixture import Mixture
from core.methods.protocol import RESERVED, Method, Prediction
from core.methods.registry import METHODS
from core.models.spec import NetworkConfig
from tests.reference.enumeration import posterior_of_case
from tests.toys import one_vs_all

CONFIG = NetworkConfig(kind="mlp", input_shape=(4,), experts=3, classes=3, hidden=(8,))
# A method of another kind goes with them: what only mixtures promise must not be asked of all.
KNOWN = METHODS | {one_vs_all.SPEC.name: one_vs_all.SPEC}
TRAINED = [name for name, spec in KNOWN.items() if spec.trains]


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


BOUNDS = WorkloadBounds(jnp.array([0.0, 0.0, 0.0, 0.3]), jnp.array([1.0, 0.4, 1.0, 0.6]))


# Compiled as one program: operation by operation takes longer.
by_method = partial(jax.jit, static_argnums=0)
init = by_method(lambda method: method.init(jax.random.key(0)))
slope_of = by_method(lambda method, *a: jax.value_and_grad(method.loss, has_aux=True)(*a))


@by_method
def e_step_of(method, params, carry, batch, bounds):
    logits = method.networks.apply(params, carry.networks, batch.inputs)
    return method.responsibilities(logits, carry.prices, batch, bounds)


predicted = by_method(lambda method, *given: method.predict(*given))


def loss_of(method, *given) -> float:
    """Without a program of its own: compiling is what these tests take."""
    return float(slope_of(method, *given)[0][0])


def made(name: str, config: NetworkConfig = CONFIG, **settings):
    return KNOWN[name].make(config, KNOWN[name].read(settings))


@pytest.fixture(params=TRAINED)
def method(request):
    return made(request.param)


@pytest.fixture(params=[name for name in TRAINED if isinstance(made(name), Mixture)])
def mixture(request):
    return made(request.param)


def test_methods_are_hashable_and_static(method) -> None:
    assert isinstance(method, Method)
    assert hash(method) == hash(replace(method))


@pytest.mark.parametrize("name", [n for n in TRAINED if made(n).guessing is not None])
def test_the_loss_of_networks_that_know_nothing_is_the_one_named(name: str) -> None:
    method = made(name)
    start = jax.tree.map(jnp.zeros_like, init(method))
    # An E-step that knows nothing still tells annotations from guesses: at most the named loss.
    assert loss_of(method, *start, batch(), BOUNDS) <= method.guessing + 1e-4


def test_loss_is_finite_with_finite_gradients(method) -> None:
    given = *init(method), batch(), BOUNDS
    (loss, _), grads = slope_of(method, *given)
    assert np.isfinite(loss)
    assert all(np.isfinite(g).all() for g in jax.tree.leaves(grads))


def test_padding_rows_change_nothing(method) -> None:
    start, full = init(method), batch()
    half = full._replace(weights=(jnp.arange(24) < 12).astype(jnp.float32))
    twice = jax.tree.map(lambda a: jnp.concatenate([a[:12], a[:12]]), full)
    # Cases that count once, beside others that do not count, or twice. The projection converges
    # to 1e-6.
    losses = [loss_of(method, *start, seen, BOUNDS) for seen in (half, twice)]
    assert losses[0] == pytest.approx(losses[1], abs=2e-4)


def test_an_agent_with_no_room_gets_no_responsibility(mixture) -> None:
    bounds = WorkloadBounds(jnp.array([0.0, 0.0, 0.0, 0.0]), jnp.array([0.0, 1.0, 1.0, 1.0]))
    log_q, _, _ = e_step_of(mixture, *init(mixture), batch(), bounds)
    assert (np.exp(log_q)[:, 0] == 0).all()


def test_a_prediction_scores_every_agent_and_has_an_ai(method) -> None:
    outputs: Prediction = predicted(method, *init(method), batch(), BOUNDS)
    assert outputs.scores.shape == (24, 4)
    assert np.isfinite(outputs.scores).all()
    assert (outputs.ai is None) == (method.before is not None)
    if outputs.ai is not None:
        np.testing.assert_allclose(np.exp(outputs.ai).sum(-1), 1.0, atol=1e-5)
    assert {len(extra) for extra in outputs.extras.values()} <= {24}
    assert not RESERVED & outputs.extras.keys()


def test_predictions_of_a_mixture_are_log_probabilities(mixture) -> None:
    outputs: Prediction = predicted(mixture, *init(mixture), batch(), BOUNDS)
    for log_p in (outputs.scores, outputs.extras["log_experts"]):
        np.testing.assert_allclose(np.exp(log_p).sum(-1), 1.0, atol=1e-5)


def test_complete_is_pl2d_when_nothing_is_missing() -> None:
    whole = batch(annotated=2.0)
    losses = []
    for name in ("complete", "pl2d", "naive"):
        built = made(name)
        losses.append(loss_of(built, *init(built), whole, BOUNDS))
    assert losses[0] == losses[1] == pytest.approx(losses[2], abs=1e-5)


def test_the_ai_is_given_and_takes_more_where_it_is_surer() -> None:
    method = made("pl2d")
    start, free = init(method), WorkloadBounds(jnp.zeros(4), jnp.ones(4))
    assert set(start[0]) == {"gate", "experts"}
    taken = []
    for chance in (0.2, 0.9):
        sure = batch()._replace(log_ai=jnp.full(24, np.log(chance)))
        log_q, _, _ = e_step_of(method, *start, sure, free)
        taken.append(float(np.exp(log_q)[:, -1].mean()))
    assert taken[1] > taken[0] + 0.1


def test_running_prices_move_slowly() -> None:
    method = made("pl2d", projection="running")
    solved = made("pl2d")
    start = init(method)
    _, _, slow = e_step_of(method, *start, batch(), BOUNDS)
    _, _, fast = e_step_of(solved, *start, batch(), BOUNDS)
    np.testing.assert_allclose(slow, 0.05 * fast, atol=1e-5)


def test_shared_trunk_predicts_for_every_expert() -> None:
    method = made("pl2d", replace(CONFIG, separate_experts=False))
    outputs = predicted(method, *init(method), batch(), BOUNDS)
    assert outputs.extras["log_experts"].shape == (24, 3, 3)


@pytest.mark.parametrize("name", ["pl2d", "pl2d-mf"])
def test_expert_models_learn_answers_of_no_class(name: str) -> None:
    """Uniform f over C + E answers gives the loss that is named; f learns the extra answer."""
    method = made(name, replace(CONFIG, extra_answers=2))
    params, carry = init(method)
    seen = batch(1.0)._replace(annotations=jnp.full((24, 3), 4))
    logits = method.networks.apply(params, carry.networks, seen.inputs)
    assert logits.experts.shape == (24, 3, 5)
    before = logits.experts[..., 4].mean()
    for _ in range(20):
        (loss, (carry, _)), slope = slope_of(method, params, carry, seen, BOUNDS)
        params = jax.tree.map(lambda p, g: p - 0.3 * g, params, slope)
        assert np.isfinite(loss)
    after = method.networks.apply(params, carry.networks, seen.inputs).experts
    assert after[..., 4].mean() > before + 0.5
    # Nobody was right, so the mixture leaves the experts for the AI as far as bounds allow.
    log_q, *_ = e_step_of(method, params, carry, seen, BOUNDS)
    assert np.exp(log_q)[:, -1].mean() == pytest.approx(0.6, abs=1e-4)


def test_a_mixture_takes_answers_of_no_class_as_the_enumerated_joint_does() -> None:
    method = made("pl2d", replace(CONFIG, extra_answers=2))
    params, carry = init(method)
    rng = np.random.default_rng(3)
    seen = batch()._replace(annotations=jnp.asarray(rng.integers(0, 5, (24, 3))))
    free = WorkloadBounds(jnp.zeros(4), jnp.ones(4))
    log_q, targets, _ = e_step_of(method, params, carry, seen, free)
    logits = method.networks.apply(params, carry.networks, seen.inputs)
    total = []
    for i in range(24):
        y = int(seen.truth[i])
        ai = np.full(3, (1 - np.exp(seen.log_ai[i])) / 2)
        ai[y] = np.exp(seen.log_ai[i])
        f = np.exp(np.asarray(logits.experts[i], float))
        q_z, q_t, likelihood = posterior_of_case(
            np.exp(logits.gate[i]), f, ai, seen.annotations[i], seen.annotated[i], y, 1e-3
        )
        # Float32 against float64.
        np.testing.assert_allclose(np.exp(log_q[i]), q_z, rtol=2e-5)
        np.testing.assert_allclose(targets[i], q_t, rtol=2e-5, atol=1e-7)
        total.append(np.log(likelihood) + float(seen.log_ai[i]))
    loss = jax.jit(method.validation_loss)(params, carry, seen, free)
    assert float(loss) == pytest.approx(-np.mean(total), rel=1e-5)
