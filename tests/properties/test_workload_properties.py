"""What must hold for every workload projection."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from scipy.special import log_softmax

from core.em.workload import Projection, project

N, K = 24, 4
solve = jax.jit(project)

quick = settings(derandomize=True, deadline=None, max_examples=60)


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sharpness = draw(st.sampled_from([0.3, 1.0, 4.0]))
    log_q = log_softmax(sharpness * (rng.normal(size=(N, K)) + rng.normal(size=K)), axis=1)
    share = rng.dirichlet(np.full(K, 2.0))
    lower = share * draw(st.sampled_from([0.0, 0.5, 1.0]))
    upper = np.minimum(share * draw(st.sampled_from([1.0, 1.5, 50.0])), 1.0)
    return log_q.astype(np.float32), lower.astype(np.float32), upper.astype(np.float32)


def shares(found: Projection, rows: slice = slice(None)) -> np.ndarray:
    return np.exp(np.asarray(found.log_q, np.float64))[rows].mean(0)


@quick
@given(problems())
def test_rows_sum_to_one(problem: tuple) -> None:
    found = solve(*problem)
    np.testing.assert_allclose(np.exp(found.log_q).sum(1), 1.0, atol=2e-6)


@quick
@given(problems())
def test_workloads_lie_inside_the_bounds(problem: tuple) -> None:
    _, lower, upper = problem
    found = solve(*problem)
    assert bool(found.converged)
    # 2e-6: the tolerance and the rounding of float32 logs.
    assert (shares(found) <= upper + 2e-6).all()
    assert (shares(found) >= lower - 2e-6).all()


@quick
@given(problems(), st.permutations(range(K)))
def test_permuting_agents_permutes_the_answer(problem: tuple, order: list[int]) -> None:
    log_q, lower, upper = problem
    order_ = np.array(order)
    found = solve(log_q, lower, upper)
    other = solve(log_q[:, order_], lower[order_], upper[order_])
    # 1e-4: prices are free within the tolerance divided by the curvature.
    np.testing.assert_allclose(
        np.exp(other.log_q), np.exp(np.asarray(found.log_q)[:, order_]), atol=1e-4
    )


@quick
@given(problems())
def test_slack_bounds_return_q_itself(problem: tuple) -> None:
    log_q, _, _ = problem
    share = np.exp(log_q.astype(np.float64)).mean(0).astype(np.float32)
    found = solve(log_q, share * 0.5, np.minimum(share * 1.5 + 0.01, 1.0))
    np.testing.assert_array_equal(found.log_q, log_q)
    np.testing.assert_array_equal(found.prices, 0.0)


@quick
@given(problems(), st.integers(0, 2**31))
def test_the_start_does_not_change_the_answer(problem: tuple, seed: int) -> None:
    start = np.random.default_rng(seed).normal(scale=3.0, size=K).astype(np.float32)
    cold, warm = solve(*problem), solve(*problem, prices=start)
    np.testing.assert_allclose(np.exp(warm.log_q), np.exp(cold.log_q), atol=1e-4)


@quick
@given(problems())
def test_rows_without_weight_are_as_good_as_absent(problem: tuple) -> None:
    log_q, lower, upper = problem
    weights = np.ones(N, np.float32)
    weights[16:] = 0.0
    padded = solve(log_q, lower, upper, weights=weights)
    alone = solve(log_q[:16], lower, upper)
    np.testing.assert_allclose(np.exp(padded.log_q[:16]), np.exp(alone.log_q), atol=1e-4)


@quick
@given(problems(), st.integers(0, K - 1))
def test_an_agent_that_may_get_nothing_is_masked(problem: tuple, agent: int) -> None:
    log_q, _, _ = problem
    upper = np.ones(K, np.float32)
    upper[agent] = 0.0
    found = solve(log_q, np.zeros(K, np.float32), upper)
    assert np.isneginf(np.asarray(found.log_q)[:, agent]).all()
    assert np.isfinite(found.prices).all()
    np.testing.assert_allclose(np.exp(found.log_q).sum(1), 1.0, atol=2e-6)


@quick
@given(problems(), st.integers(0, K - 1))
def test_an_agent_that_must_get_all_masks_the_others(problem: tuple, agent: int) -> None:
    log_q, _, _ = problem
    lower = np.zeros(K, np.float32)
    lower[agent] = 1.0
    found = solve(log_q, lower, np.ones(K, np.float32))
    np.testing.assert_array_equal(np.asarray(found.log_q)[:, agent], 0.0)
    assert bool(found.converged)


@quick
@given(problems(), st.integers(0, 2**31))
def test_zeros_in_q_never_make_nan(problem: tuple, seed: int) -> None:
    # Naive: a case whose experts are all missing can only go to the AI, the last agent.
    log_q, lower, upper = problem
    support = np.random.default_rng(seed).random((N, K)) < 0.5
    support[:, -1] = True
    masked = log_softmax(np.where(support, log_q, -np.inf), axis=1).astype(np.float32)
    found = solve(masked, lower, upper)
    assert not np.isnan(found.log_q).any()
    assert np.isfinite(found.prices).all()
    np.testing.assert_allclose(np.exp(found.log_q).sum(1), 1.0, atol=2e-6)
    short = max((shares(found) - upper).max(), (lower - shares(found)).max(), 0.0)
    assert float(found.violation) == pytest.approx(short, abs=2e-6)
    assert bool(found.converged) <= (short <= 2e-6)


def test_a_target_out_of_reach_goes_to_the_nearest_reachable() -> None:
    # Seven of ten cases can only go to the AI, which should get four.
    log_q = np.log(np.tile([0.5, 0.5], (10, 1))).astype(np.float32)
    log_q[:7] = [-np.inf, 0.0]
    found = solve(log_q, np.array([0.0, 0.4], np.float32), np.array([1.0, 0.4], np.float32))
    assert not bool(found.converged)
    assert float(found.violation) == pytest.approx(0.3, abs=1e-5)
    assert np.isfinite(found.prices).all()


def test_a_case_that_only_a_masked_agent_can_take_stays_with_it() -> None:
    log_q = np.log(np.array([[0.5, 0.5], [0.5, 0.5]], np.float32))
    log_q[0] = [-np.inf, 0.0]
    found = solve(log_q, np.zeros(2, np.float32), np.array([1.0, 0.0], np.float32))
    np.testing.assert_allclose(np.exp(found.log_q), [[0, 1], [1, 0]], atol=1e-6)
    assert not bool(found.converged)
    assert float(found.violation) == pytest.approx(0.5)


def test_equality_bounds_report_the_price_of_the_ai_as_zero() -> None:
    rng = np.random.default_rng(0)
    log_q = log_softmax(rng.normal(size=(N, K)), axis=1).astype(np.float32)
    share = np.full(K, 1 / K, np.float32)
    assert float(solve(log_q, share, share).prices[-1]) == 0.0


def test_free_experts_have_no_price_when_the_ai_is_bounded() -> None:
    rng = np.random.default_rng(0)
    log_q = log_softmax(rng.normal(size=(N, K)), axis=1).astype(np.float32)
    lower, upper = np.zeros(K, np.float32), np.ones(K, np.float32)
    lower[-1] = upper[-1] = 0.6
    found = solve(log_q, lower, upper)
    np.testing.assert_array_equal(found.prices[:-1], 0.0)
    assert float(found.prices[-1]) < 0  # more than its share: the AI must be made cheaper


def test_a_batch_of_problems_under_vmap_gives_each_its_own_answer() -> None:
    rng = np.random.default_rng(0)
    log_q = log_softmax(rng.normal(size=(5, N, K)), axis=2).astype(np.float32)
    bounds = rng.dirichlet(np.full(K, 2.0), size=5).astype(np.float32)
    together = jax.vmap(project)(log_q, bounds, bounds)
    for i in range(5):
        alone = solve(log_q[i], bounds[i], bounds[i])
        np.testing.assert_allclose(np.exp(together.log_q[i]), np.exp(alone.log_q), atol=1e-5)


def test_bounds_are_traced_so_new_ones_compile_nothing() -> None:
    traced = []

    @jax.jit
    def run(log_q: jax.Array, lower: jax.Array, upper: jax.Array) -> jax.Array:
        traced.append(1)
        return project(log_q, lower, upper).log_q

    log_q = jnp.log(jnp.full((N, K), 1 / K))
    for share in (0.0, 0.3, 1.0):
        bound = jnp.array([0.0, 0.0, 0.0, share])
        run(log_q, bound, jnp.array([1.0, 1.0, 1.0, share]))
    assert len(traced) == 1


def test_the_grid_may_be_sharded_while_the_bounds_are_not() -> None:
    mesh = Mesh(np.array(jax.devices()[:1]), ("g",))
    rng = np.random.default_rng(0)
    log_q = log_softmax(rng.normal(size=(2, N, K)), axis=2).astype(np.float32)
    share = jnp.full(K, 1 / K)

    def run(log_q: jax.Array, share: jax.Array) -> jax.Array:
        return jax.vmap(lambda q: project(q, share, share).log_q)(log_q)

    sharded = jax.jit(
        jax.shard_map(run, mesh=mesh, in_specs=(PartitionSpec("g"), PartitionSpec()),
                      out_specs=PartitionSpec("g"))
    )  # fmt: skip
    where = NamedSharding(mesh, PartitionSpec("g"))
    found = sharded(
        jax.device_put(log_q, where), jax.device_put(share, NamedSharding(mesh, PartitionSpec()))
    )
    np.testing.assert_allclose(np.exp(found[1]).mean(0), 1 / K, atol=2e-6)
