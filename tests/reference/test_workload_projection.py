"""The workload projection against SciPy, in float64, and its optimality conditions."""

import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

from core.allocation.projection import projection_prices
from core.em.workload import Projection, project

SEEDS = range(6)
compiled = jax.jit(project)


def random_problem(
    seed: int, kind: str, cases: int = 60, agents: int = 4, sharpness: float = 2.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logits = sharpness * (rng.normal(size=(cases, agents)) + rng.normal(size=agents))
    target = rng.dirichlet(np.full(agents, 2.0))
    bounds = {
        "equal": (target, target),
        "coverage": (
            np.append(np.zeros(agents - 1), target[-1]),
            np.append(np.ones(agents - 1), target[-1]),
        ),
        "boxes": (target * rng.uniform(0.2, 1, agents), target * rng.uniform(1, 2, agents)),
    }
    lower, upper = bounds[kind]
    return log_softmax(logits, axis=1), lower, np.minimum(upper, 1.0)


def by_dual(log_q: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """log q̃ from SciPy's L-BFGS-B on the dual with μ = a − b, a, b ≥ 0, which is smooth."""
    agents = log_q.shape[1]

    def dual(x: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = x[:agents], x[agents:]
        logits = log_q - (a - b)
        share = np.exp(logits - logsumexp(logits, axis=1, keepdims=True)).mean(0)
        value = logsumexp(logits, axis=1).mean() + upper @ a - lower @ b
        return float(value), np.concatenate([upper - share, share - lower])

    options = {"ftol": 1e-16, "gtol": 1e-10, "maxiter": 20_000, "maxfun": 50_000}
    found = minimize(
        dual, np.zeros(2 * agents), jac=True, method="L-BFGS-B",
        bounds=[(0, None)] * (2 * agents), options=options,
    )  # fmt: skip
    logits = log_q - (found.x[:agents] - found.x[agents:])
    return logits - logsumexp(logits, axis=1, keepdims=True)


def solved(log_q: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> Projection:
    to = jnp.float32
    return compiled(jnp.asarray(log_q, to), jnp.asarray(lower, to), jnp.asarray(upper, to))


@pytest.mark.parametrize("kind", ["equal", "coverage", "boxes"])
@pytest.mark.parametrize("seed", SEEDS)
def test_projection_is_the_one_scipy_finds(seed: int, kind: str) -> None:
    log_q, lower, upper = random_problem(seed, kind)
    expected = np.exp(by_dual(log_q, lower, upper))
    # 2e-5: L-BFGS-B stops at 1e-6 to 1e-7 in the gradient, and dq̃/dp is about ten here.
    np.testing.assert_allclose(np.exp(solved(log_q, lower, upper).log_q), expected, atol=2e-5)


@pytest.mark.parametrize("kind", ["equal", "coverage", "boxes"])
@pytest.mark.parametrize("seed", SEEDS)
def test_prices_of_known_probabilities_project_as_scipy_does(seed: int, kind: str) -> None:
    log_q, lower, upper = random_problem(seed, kind)
    found = log_softmax(log_q - projection_prices(log_q, lower, upper), axis=1)
    np.testing.assert_allclose(np.exp(found), np.exp(by_dual(log_q, lower, upper)), atol=2e-5)
    share = np.exp(found).mean(0)
    assert max((share - upper).max(), (lower - share).max()) <= 1e-6


def test_prices_of_known_probabilities_leave_out_who_may_get_nothing() -> None:
    log_q, *_ = random_problem(0, "boxes", agents=3)
    prices = projection_prices(log_q, np.array([0, 0, 0.25]), np.array([0, 1, 0.25]))
    pair = log_softmax(log_q[:, 1:] - prices[1:], axis=1)
    np.testing.assert_allclose(np.exp(pair).mean(0), [0.75, 0.25], atol=1e-6)
    assert prices[0] == 0


def test_projection_is_the_nearest_in_kl_by_primal_search() -> None:
    log_q, lower, upper = random_problem(1, "boxes", cases=5, agents=3)
    shape = log_q.shape

    def divergence(x: np.ndarray) -> float:
        z = x.reshape(shape)
        return float((z * (np.log(np.maximum(z, 1e-300)) - log_q)).sum())

    constraints = [
        {"type": "eq", "fun": lambda x: x.reshape(shape).sum(1) - 1},
        {"type": "ineq", "fun": lambda x: upper - x.reshape(shape).mean(0)},
        {"type": "ineq", "fun": lambda x: x.reshape(shape).mean(0) - lower},
    ]
    found = minimize(
        divergence, np.full(log_q.size, 1 / 3), method="SLSQP", constraints=constraints,
        bounds=[(1e-12, 1)] * log_q.size, options={"ftol": 1e-14, "maxiter": 1000},
    )  # fmt: skip
    # 1e-4: SLSQP differentiates numerically.
    np.testing.assert_allclose(
        np.exp(solved(log_q, lower, upper).log_q).ravel(), found.x, atol=1e-4
    )


@pytest.mark.parametrize("kind", ["equal", "coverage", "boxes"])
@pytest.mark.parametrize("sharpness", [0.5, 2.0, 8.0])
@pytest.mark.parametrize(("cases", "agents"), [(128, 3), (128, 9), (2000, 9), (128, 101)])
def test_violation_is_below_a_millionth_in_float32(
    cases: int, agents: int, sharpness: float, kind: str
) -> None:
    log_q, lower, upper = random_problem(7, kind, cases, agents, sharpness)
    found = solved(log_q, lower, upper)
    # Measured anew in float64 from what was returned.
    share = np.exp(np.asarray(found.log_q, np.float64)).mean(0)
    assert bool(found.converged)
    assert max((share - upper).max(), (lower - share).max()) <= 1e-6
    assert float(found.violation) <= 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_prices_are_positive_at_upper_and_negative_at_lower_bounds_only(seed: int) -> None:
    log_q, lower, upper = random_problem(seed, "boxes", cases=128, agents=6)
    found = solved(log_q, lower, upper)
    share = np.exp(np.asarray(found.log_q, np.float64)).mean(0)
    prices = np.asarray(found.prices)
    # Complementary slackness; shares to the solver's tolerance.
    np.testing.assert_allclose(share[prices > 0], upper[prices > 0], atol=2e-6)
    np.testing.assert_allclose(share[prices < 0], lower[prices < 0], atol=2e-6)


def test_prices_explain_the_projection() -> None:
    log_q, lower, upper = random_problem(3, "equal")
    found = solved(log_q, lower, upper)
    expected = log_softmax(log_q - np.asarray(found.prices, np.float64), axis=1)
    # 1e-5: float32 logs of size ten.
    np.testing.assert_allclose(found.log_q, expected, atol=1e-5)


def test_float64_reaches_far_below_float32() -> None:
    log_q, lower, upper = random_problem(2, "equal")
    with jax.enable_x64(True):
        exact = jax.jit(partial(project, tolerance=1e-13))
        found = exact(jnp.asarray(log_q), jnp.asarray(lower), jnp.asarray(upper))
        share = np.exp(np.asarray(found.log_q)).mean(0)
    np.testing.assert_allclose(share, lower, atol=1e-12)


def test_about_ten_passes_are_enough() -> None:
    steps = [
        int(solved(*random_problem(seed, kind, 128, 9)).steps)
        for seed, kind in itertools.product(range(10), ["equal", "coverage", "boxes"])
    ]
    assert np.mean(steps) <= 8
    assert np.percentile(steps, 90) <= 12


def test_large_sums_keep_their_digits() -> None:
    # One running float32 sum over so many cases would be off by 1e-5.
    log_q, lower, upper = random_problem(0, "equal", cases=100_000, agents=3)
    found = solved(log_q, lower, upper)
    share = np.exp(np.asarray(found.log_q, np.float64)).mean(0)
    np.testing.assert_allclose(share, lower, atol=1e-6)


@pytest.mark.parametrize("kind", ["one bounded", "some bounded", "minimums", "all masked but ten"])
def test_many_agents_without_bounds_are_searched_over_as_one(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.em import workload

    rng = np.random.default_rng(3)
    agents = 300
    log_q = log_softmax(2 * rng.normal(size=(64, agents)), axis=1)
    lower, upper = np.zeros(agents), np.ones(agents)
    if kind == "one bounded":
        lower[-1] = upper[-1] = 0.4
    elif kind == "some bounded":
        lower[[-1, 5]], upper[[-1, 5, 9]] = (0.4, 0.1), (0.4, 0.2, 1e-4)
        upper[50:90] = 0
    elif kind == "minimums":
        lower[:20] = 0.03
    else:
        upper[:-10] = 0
        lower[-10:] = upper[-10:] = 0.1
    pooled = solved(log_q, lower, upper)
    monkeypatch.setattr(workload, "_MANY", agents + 1)
    whole = project(*(jnp.asarray(a, jnp.float32) for a in (log_q, lower, upper)))
    assert bool(pooled.converged)
    assert float(pooled.violation) <= 1e-6
    # Both stop within 1e-6 of the bounds; single responsibilities are off by as much.
    np.testing.assert_allclose(np.exp(pooled.log_q), np.exp(whole.log_q), atol=5e-6)
    np.testing.assert_allclose(np.exp(pooled.log_q).sum(axis=1), 1, atol=1e-5)
