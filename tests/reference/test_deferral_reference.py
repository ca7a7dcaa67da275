"""Surrogates against finite differences, and against the optimum that their sources prove."""

from functools import partial
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy.optimize import minimize

from core.dataset.batches import Batch
from core.em.bounds import WorkloadBounds
from core.em.objective import m_step_loss
from core.methods.deferral import Deferral, Logits
from core.methods.registry import METHODS
from core.methods.semi_supervised import SemiSupervised
from core.models.spec import NetworkConfig

CONFIG = NetworkConfig(kind="mlp", input_shape=(2,), experts=2, classes=3, hidden=(4,))
BOUNDS = WorkloadBounds(np.array([0.0, 0.0, 0.2]), np.array([1.0, 0.4, 0.2]))


def made(name: str, **settings):
    return METHODS[name].make(CONFIG, METHODS[name].read(settings))


OWN = [name for name, spec in METHODS.items() if spec.trains and isinstance(made(name), Deferral)]


def doubled(tree):
    """In float64: finite differences of float32 are noise."""
    return jax.tree.map(
        lambda a: a.astype(jnp.float64) if jnp.issubdtype(a.dtype, jnp.floating) else a, tree
    )


def some_cases(cases: int = 12) -> Batch:
    rng = np.random.default_rng(0)
    return Batch(
        inputs=jnp.asarray(rng.normal(size=(cases, 2))),
        truth=jnp.asarray(rng.integers(0, 3, cases)),
        annotations=jnp.asarray(rng.integers(0, 3, (cases, 2))),
        annotated=jnp.asarray(rng.random((cases, 2)) < 0.6),
        log_ai=jnp.asarray(np.log(rng.uniform(0.1, 0.9, cases))),
        weights=jnp.ones(cases),
    )


@partial(jax.jit, static_argnums=0)
def fixed(method, params, carry, batch: Batch):
    """What a step holds fixed: responsibilities and targets, or guesses of annotations."""
    if isinstance(method, SemiSupervised):
        key, _ = jax.random.split(jax.random.wrap_key_data(carry.key))
        return method.examples(params, carry.networks, batch, key)
    logits = method.networks.apply(params, carry.networks, batch.inputs)
    return method.responsibilities(logits, carry.prices, batch, BOUNDS)[:2]


@partial(jax.jit, static_argnums=0)
def loss_with(method, given, params, carry, batch: Batch):
    """The loss of parameters under what is held fixed."""
    if isinstance(method, SemiSupervised):
        return method.fitting_loss(params, carry.networks, given)[0]
    log_q, targets = given
    logits = method.networks.apply(params, carry.networks, batch.inputs)
    per_case = m_step_loss(logits.gate, logits.experts, jnp.exp(log_q), targets)
    return batch.mean(per_case) + method.workload_loss(logits.gate, batch, BOUNDS)


# Loose, so that guesses of networks that know nothing are learnt from.
STEPWISE = {
    "penalty": made("penalty"),
    "agent-cost": made("agent-cost"),
    "filler of mixmatch": made("mixmatch").filler,
    "filler of fixmatch": made("fixmatch", threshold=0.3).filler,
}


def agree(loss, slope, at) -> None:
    """Compares a gradient with differences of the loss along random directions."""
    flat, back = ravel_pytree(at)
    step = 1e-6
    for way in np.random.default_rng(1).normal(size=(4, len(flat))):
        found = (loss(back(flat + step * way)) - loss(back(flat - step * way))) / (2 * step)
        # A difference of two losses of size 1, over a step of 1e-6, keeps about nine digits.
        expected = float(ravel_pytree(slope)[0] @ way)
        assert float(found) == pytest.approx(expected, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("name", list(STEPWISE))
def test_gradients_are_right_while_a_step_holds_what_it_guessed(name: str) -> None:
    method = STEPWISE[name]
    with jax.enable_x64(True):
        batch = some_cases()
        params, carry = doubled(method.init(jax.random.key(0)))
        slope = jax.jit(jax.grad(lambda p: method.loss(p, carry, batch, BOUNDS)[0]))(params)
        given = fixed(method, params, carry, batch)
        agree(lambda p: loss_with(method, given, p, carry, batch), slope, params)


@pytest.mark.parametrize("name", OWN)
def test_gradients_of_surrogates_are_those_of_finite_differences(name: str) -> None:
    """By their logits; what comes before these are the networks of every method."""
    with jax.enable_x64(True):
        rng, batch = np.random.default_rng(2), some_cases()
        at = Logits(jnp.asarray(rng.normal(size=(12, 3))), jnp.asarray(rng.normal(size=(12, 2))))
        value, slope = jax.value_and_grad(expected_loss, 1)(made(name), at, batch)
        assert np.isfinite(value)
        agree(lambda logits: expected_loss(made(name), logits, batch), slope, at)


@partial(jax.jit, static_argnums=0)
def expected_loss(method: Deferral, logits: Logits, batch: Batch) -> jax.Array:
    """Mean loss, by the cases' weights."""
    return batch.mean(method.case_loss(logits, batch))


# Pr(y | x) and Pr(expert right | x, y) of three kinds of cases: one for each agent.
CLASS = np.array([[0.5, 0.3, 0.2], [0.4, 0.35, 0.25], [0.85, 0.1, 0.05]])
SKILL = np.array([[[0.9, 0.7, 0.8], [0.4, 0.5, 0.2]], [[0.2, 0.4, 0.3], [0.9, 0.6, 0.7]],
                  [[0.6, 0.5, 0.5], [0.7, 0.9, 0.4]]])  # fmt: skip
RIGHT = np.einsum("xc,xmc->xm", CLASS, SKILL)


def population(annotated_share: float) -> tuple[np.ndarray, Batch]:
    """Kind, and every outcome weighed by its probability; annotations missing at random."""
    kinds, rows = [], []
    for x, y, right, seen in product(
        range(3), range(3), product((0, 1), repeat=2), product((0, 1), repeat=2)
    ):
        chance = CLASS[x, y] / 3
        for m in range(2):
            chance *= SKILL[x, m, y] if right[m] else 1 - SKILL[x, m, y]
            chance *= annotated_share if seen[m] else 1 - annotated_share
        kinds.append(x)
        rows.append((y, [y if r else (y + 1) % 3 for r in right], seen, chance))
    truth, answers, seen, chances = map(np.asarray, zip(*rows, strict=True))
    nothing = jnp.zeros((len(truth), 2))
    return np.asarray(kinds), Batch(
        inputs=nothing,
        truth=jnp.asarray(truth),
        annotations=jnp.asarray(answers),
        annotated=jnp.asarray(seen > 0),
        log_ai=nothing[:, 0],
        weights=jnp.asarray(chances),
    )


def optimum(method: Deferral, annotated_share: float) -> Logits:
    """The logits of the three kinds of cases at which the expected loss is least."""
    kinds, batch = population(annotated_share)

    def logits(flat):
        table = jnp.asarray(flat).reshape(3, 5)
        return Logits(table[:, :3], table[:, 3:])

    def loss(flat):
        value, slope = slope_by_kind(method, logits(flat), kinds, batch)
        return float(value), np.concatenate(slope, axis=1).ravel()

    return logits(minimize(loss, np.zeros(15), jac=True, tol=1e-9).x)


@partial(jax.jit, static_argnums=0)
def slope_by_kind(method: Deferral, table: Logits, kinds, batch: Batch):
    """Expected loss of logits per kind of case, and its gradient."""
    return jax.value_and_grad(
        lambda at: expected_loss(method, jax.tree.map(lambda a: a[kinds], at), batch)
    )(table)


# What the source proves a surrogate's minimiser to be: Pr(right | x) of every expert.
CHANCES = {
    "softmax": lambda g: np.exp(g.experts) / np.exp(g.classes).sum(1, keepdims=True),
    "ova": lambda g: 1 / (1 + np.exp(-g.experts)),
    "compare-confidence": lambda g: 1 / (1 + np.exp(-g.experts)),
}


@pytest.mark.parametrize("share", [1.0, 0.3])
@pytest.mark.parametrize("name", list(CHANCES))
def test_the_minimiser_is_the_bayes_rule_whoever_annotated(name: str, share: float) -> None:
    """Annotations that are missing completely at random push no expert's score down."""
    method = made(name)
    with jax.enable_x64(True):
        found = optimum(method, share)
        # BFGS stops at a slope of 1e-9 or where it can get no nearer.
        np.testing.assert_allclose(CHANCES[name](found), RIGHT, atol=2e-4)
        np.testing.assert_allclose(np.exp(method.log_ai(found)), CLASS, atol=2e-4)
        bayes = np.argmax(np.concatenate([RIGHT, CLASS.max(1, keepdims=True)], axis=1), axis=1)
        assert np.argmax(method.scores(found), axis=1).tolist() == bayes.tolist() == [0, 1, 2]


def test_realizable_finds_a_team_that_never_errs_where_there_is_one() -> None:
    """Linear logits of x: no classifier is right on 0, 1, 0; with the expert of x = 1 one is."""
    x = np.array([-1.0, 0.0, 1.0])
    config = NetworkConfig(kind="mlp", input_shape=(1,), experts=1, classes=2)
    spec = METHODS["realizable"]
    method = spec.make(config, spec.read({"team_weight": 1.0}))
    with jax.enable_x64(True):
        batch = Batch(
            inputs=jnp.asarray(x[:, None]),
            truth=jnp.array([0, 1, 0]),
            annotations=jnp.array([[1], [0], [0]]),
            annotated=jnp.ones((3, 1), bool),
            log_ai=jnp.zeros(3),
            weights=jnp.ones(3) / 3,
        )

        def logits(flat):
            lines = flat[:3] * x[:, None] + flat[3:]
            return Logits(lines[:, :2], lines[:, 2:])

        def loss(flat):
            return batch.mean(method.case_loss(logits(flat), batch))

        start = np.random.default_rng(0).normal(size=6)
        found = minimize(jax.jit(jax.value_and_grad(loss)), start, jac=True, options={"gtol": 1e-8})
        end = logits(jnp.asarray(found.x))
        assert found.fun < 1e-4
        takes = np.argmax(method.scores(end), axis=1)
        answers = np.argmax(end.classes, axis=1)
        assert takes.tolist() == [1, 1, 0]
        assert answers[:2].tolist() == [0, 1]
