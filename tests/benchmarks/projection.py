"""The workload projection against accelerated projected gradient on the same dual."""

import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from scipy.special import log_softmax

from core.em.workload import project
from tests.benchmarks.rows import Row

SIZES = (((128, 9), 5.0), ((2000, 9), 5.0), ((100_000, 9), 3.0), ((128, 101), 5.0))


def projected_gradient(
    log_q: jax.Array,
    lower: jax.Array,
    upper: jax.Array,
    *,
    tolerance: float = 1e-6,
    max_steps: int = 500,
) -> tuple[jax.Array, jax.Array]:
    """FISTA with backtracking on the dual in λ_u, λ_l ≥ 0.

    As `jaxopt.ProjectedGradient` does it with its defaults and `tol=1e-6`: momentum, steps halved
    until the quadratic bound holds (15 times at most) and doubled after each, the error is the
    length of a step over its size, 500 steps at most.
    """
    agents = log_q.shape[1]

    def dual(x: jax.Array) -> jax.Array:
        up, low = x[:agents], x[agents:]
        return jax.nn.logsumexp(log_q - up + low, axis=1).mean() + upper @ up - lower @ low

    value_and_grad = jax.value_and_grad(dual)

    def advance(state: tuple) -> tuple:
        x, y, t, size, _, steps = state
        value, grad = value_and_grad(y)

        def candidate(size: jax.Array) -> jax.Array:
            return jnp.maximum(y - size * grad, 0.0)

        def too_long(carry: tuple) -> jax.Array:
            size, tries = carry
            way = candidate(size) - y
            bound = value + grad @ way + (way @ way) / (2 * size)
            return (dual(y + way) > bound + 1e-7) & (tries < 15)

        size, _ = lax.while_loop(too_long, lambda c: (c[0] * 0.5, c[1] + 1), (size, 0))
        ahead = candidate(size)
        pace = 0.5 * (1 + jnp.sqrt(1 + 4 * t**2))
        error = jnp.linalg.norm(ahead - x) / size
        size = jnp.where(size <= 1e-6, 1.0, size / 0.5)
        return ahead, ahead + (t - 1) / pace * (ahead - x), pace, size, error, steps + 1

    start = jnp.zeros(2 * agents)
    state = (start, start, 1.0, 1.0, jnp.inf, 0)
    x, *_, steps = lax.while_loop(lambda s: (s[4] > tolerance) & (s[5] < max_steps), advance, state)
    return jax.nn.log_softmax(log_q - x[:agents] + x[agents:], axis=1), steps


def problems(cases: int, agents: int) -> list[tuple[jax.Array, jax.Array, jax.Array]]:
    """Responsibilities as of trained models, with the AI bounded, boxes, and all bounded."""
    rng = np.random.default_rng(cases + agents)
    made = []
    for kind in ("coverage", "boxes", "equal"):
        logits = 1.5 * rng.normal(size=(cases, agents)) + rng.normal(size=agents)
        share = rng.dirichlet(np.full(agents, 3.0))
        low, up = share, share
        if kind == "coverage":
            low, up = np.zeros(agents), np.ones(agents)
            low[-1] = up[-1] = 0.4
        if kind == "boxes":
            low, up = 0.7 * share, np.minimum(1.3 * share, 1.0)
        parts = (log_softmax(logits, axis=1), low, up)
        made.append(tuple(jnp.asarray(p, jnp.float32) for p in parts))
    return made


def violation(log_q: jax.Array, lower: jax.Array, upper: jax.Array) -> float:
    """The worst breach, in float64 from what was returned."""
    share = np.exp(np.asarray(log_q, np.float64)).mean(0)
    return float(max((share - upper).max(), (lower - share).max(), 0.0))


def seconds(run: Callable[[], object], repeats: int) -> float:
    """The fastest of some repeats."""
    best = np.inf
    for _ in range(repeats):
        begin = time.perf_counter()
        jax.block_until_ready(run())
        best = min(best, time.perf_counter() - begin)
    return float(best)


def measure() -> list[Row]:
    """One row per size: worst violation and total time over three kinds of bounds."""
    ours = jax.jit(lambda *p: project(*p))
    theirs = jax.jit(projected_gradient)
    rows = []
    for (cases, agents), factor in SIZES:
        quick = slow = worst = worst_theirs = 0.0
        steps: list[int] = []
        steps_theirs: list[int] = []
        for problem in problems(cases, agents):
            found, (other, count) = ours(*problem), theirs(*problem)  # compiles, too
            worst = max(worst, violation(found.log_q, *problem[1:]))
            worst_theirs = max(worst_theirs, violation(other, *problem[1:]))
            steps.append(int(found.steps))
            steps_theirs.append(int(count))
            repeats = 3 if cases > 10_000 else 10
            quick += seconds(lambda p=problem: ours(*p), repeats)
            slow += seconds(lambda p=problem: theirs(*p), max(2, repeats // 3))
        rows.append(
            Row(
                what=f"workload projection against projected gradient, ({cases}, {agents})",
                budget=f"≥ {factor:g} × faster, violation ≤ 1e-6",
                measured=(
                    f"{slow / quick:.1f} × ({quick / 3 * 1e3:.2f} ms, {max(steps)} passes, "
                    f"violation {worst:.0e}; gradient {slow / 3 * 1e3:.1f} ms, "
                    f"{max(steps_theirs)} steps, {worst_theirs:.0e})"
                ),
                met=slow / quick >= factor and worst <= 1e-6,
            )
        )
    return rows
