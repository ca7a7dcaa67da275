"""The correctness model of one seed, and the E-step alone."""

import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

from core.config.train_config import TrainConfig
from core.em.posterior import Observed, exact
from core.experiment.grid import Grid
from core.experiment.plan import make_plan
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import noisy_digits


def correctness_seconds(seed: int) -> float:
    """Seconds of the correctness fit of one seed."""
    dataset, config = noisy_digits(), TrainConfig(seed=seed)
    grid = Grid(dataset, config, make_plan(dataset, config))
    start = time.perf_counter()
    for _ in grid.fit_correctness():
        pass
    return time.perf_counter() - start


def e_step_milliseconds(experts: int = 100, classes: int = 10, cases: int = 128) -> float:
    """One exact E-step with q(t), jitted, in milliseconds."""
    rng = np.random.default_rng(0)

    def log_simplex(*shape: int) -> jax.Array:
        return jnp.log(jnp.asarray(rng.dirichlet(np.ones(shape[-1]), shape[:-1]), jnp.float32))

    seen = Observed(
        log_simplex(cases, experts + 1),
        log_simplex(cases, experts, classes),
        jnp.log(jnp.asarray(rng.uniform(0.05, 0.95, cases), jnp.float32)),
        jnp.asarray(rng.integers(0, classes, (cases, experts))),
        jnp.asarray(rng.random((cases, experts)) < 0.5),
        jnp.asarray(rng.integers(0, classes, cases)),
    )

    @jax.jit
    def step(seen: Observed) -> tuple[jax.Array, jax.Array]:
        posterior = exact(seen)
        return posterior.log_q, posterior.annotation(posterior.log_q)

    jax.block_until_ready(step(seen))
    seconds = []
    for _ in range(30):
        start = time.perf_counter()
        jax.block_until_ready(step(seen))
        seconds.append(time.perf_counter() - start)
    return 1e3 * statistics.median(seconds)


def measure() -> list[Row]:
    """Warm seconds per seed, and the E-step."""
    correctness_seconds(0)
    seconds = [correctness_seconds(seed) for seed in range(1, 4)]
    step = e_step_milliseconds()
    return [
        Row(
            "correctness model, per seed, warm",
            "≤ 3 s",
            f"{statistics.median(seconds):.1f} s",
            statistics.median(seconds) <= 3,
        ),
        Row("exact E-step, M = 100, C = 10, B = 128", "≤ 2 ms", f"{step:.2f} ms", step <= 2),
    ]
