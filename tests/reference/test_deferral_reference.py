"""Surrogates against finite differences, and against the optimum that their sources prove."""

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
from core.methods.mixture import Mixture
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


def with_fixed_e_step(method: Mixture, params, carry, batch: Batch):
    """The M-step's loss of parameters, under the E-step of these."""
    networks = method.networks
    now = networks.apply(params, carry.networks, batch.inputs)
    log_q, targets, _ = method.responsibilities(now, carry.prices, batch, BOUNDS)

    def loss(params):
        logits = networks.apply(params, carry.networks, batch.inputs)
        per_case = m_step_loss(logits.gate, logits.experts, jnp.exp(log_q), targets)
        return batch.mean(per_case) + method.workload_loss(logits.gate, batch, BOUNDS)

    return loss


def with_fixed_guesses(filler: SemiSupervised, params, carry, batch: Batch):
    """The loss of parameters, on what these guess and on these augmentations."""
    now, _ = jax.random.split(jax.random.wrap_key_data(carry.key))
    given = filler.examples(params, carry.networks, batch, now)
    return lambda params: filler.fitting_loss(params, carry.networks, given)[0]


# Loose, so that guesses of networks that know nothing are learnt from.
FILLERS = {name: made(name, **loose).filler for name, loose in
           {"mixmatch": {}, "fixmatch": {"threshold": 0.3}}.items()}  # fmt: skip
TRAINED = {name: made(name) for name in (*OWN, "penalty", "agent-cost")} | {
    f"filler of {name}": filler for name, filler in FILLERS.items()
}


@pytest.mark.parametrize("name", list(TRAINED))
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    method = TRAINED[name]
    with jax.enable_x64(True):
        batch = some_cases()
        params, carry = doubled(method.init(jax.random.key(0)))
        slope = jax.jit(jax.grad(lambda p: method.loss(p, carry, batch, BOUNDS)[0]))(params)
        fixed = {Mixture: with_fixed_e_step, SemiSupervised: with_fixed_guesses}
        kind = next((k for k in fixed if isinstance(method, k)), None)
        if kind is not None:
            loss = jax.jit(fixed[kind](method, params, carry, batch))
        else:
            loss = jax.jit(lambda p: method.loss(p, carry, batch, BOUNDS)[0])
        flat, back = ravel_pytree(params)
        step = 1e-6
        for way in np.random.default_rng(1).normal(size=(4, len(flat))):
            found = (loss(back(flat + step * way)) - loss(back(flat - step * way))) / (2 * step)
            expected = ravel_pytree(slope)[0] @ way
            # A difference of two losses of size 1, over a step of 1e-6, keeps about nine digits.
            assert float(found) == pytest.approx(float(expected), rel=1e-5, abs=1e-8)


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
        table = flat.reshape(3, 5)
        return Logits(table[:, :3], table[:, 3:])

    def loss(flat):
        return batch.mean(method.case_loss(jax.tree.map(lambda a: a[kinds], logits(flat)), batch))

    found = minimize(jax.jit(jax.value_and_grad(loss)), np.zeros(15), jac=True, tol=1e-9)
    return logits(jnp.asarray(found.x))


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
    method = spec.make(config, spec.read({"alpha": 1.0}))
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
