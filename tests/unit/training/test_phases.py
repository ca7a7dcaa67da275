"""The AI that all points of a seed share, against training it beside each of them."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.config.train_config import TrainConfig
from core.correctness.classifier import Classifier
from core.dataset.batches import Cases, Seeds
from core.experiment.grid import Grid
from core.experiment.plan import make_plan
from core.methods.registry import METHODS
from core.models.spec import NetworkConfig
from core.training import optimiser
from core.training.epoch import Points, batches_of, take
from core.training.filling import filled
from core.training.loop import FitConfig, _orders
from core.training.optimiser import Rates
from core.training.programs import Clock
from tests.unit.training.problems import tiny_set

pytestmark = pytest.mark.slow

CONFIG = TrainConfig(
    coverage=(0.2, 0.7), epochs=3, hidden=(8,), batch_size=32, seed=4, curve="each"
)


def trained() -> Grid:
    dataset = tiny_set()
    grid = Grid(dataset, CONFIG, make_plan(dataset, CONFIG))
    for _ in grid.fit_method():
        pass
    return grid


@partial(jax.jit, static_argnums=0)
def moved(model, params, state, carry, batch, setting, count, rates):
    """Parameters, optimiser state and carry after one step."""
    (_, (carry, _)), grads = jax.value_and_grad(model.loss, has_aux=True)(
        params, carry, batch, setting
    )
    return *optimiser.step("sgd", params, grads, state, count, rates), carry


guess = jax.jit(Classifier.predict, static_argnums=0)


def side_by_side(grid: Grid, target: int) -> tuple[np.ndarray, np.ndarray]:
    """ln g and the AI's log-probabilities of one point, AI and mixture stepping in turn."""
    mixture = grid.plan.method.make(grid.network, {"projection": "batch"})
    ai = Classifier(config=grid.network, patience=None, optimiser="sgd")
    points = grid._points()
    point = jax.tree.map(lambda a: a[target], points)
    cases, annotated = jax.tree.map(jnp.asarray, grid.cases), jnp.asarray(grid.annotated[0])
    train = np.asarray(grid.seeds.train[0])
    steps, size = batches_of(len(train), CONFIG.batch_size)
    orders = _orders(points, grid.seeds.train.shape)[0]
    spec = grid.plan.network
    numbers = (spec.learning_rate, spec.weight_decay, steps * CONFIG.epochs)
    rates = Rates(*(jnp.float32(x) for x in numbers))
    key = jax.random.wrap_key_data(point.key)
    models = [(model, *model.init(key)) for model in (mixture, ai)]
    states = [optimiser.init("sgd", params) for _, params, _ in models]
    count = 0
    for epoch in range(CONFIG.epochs):
        order = np.pad(orders[epoch], (0, steps * size - len(train)))
        weights = (np.arange(steps * size) < len(train)).astype(np.float32)
        for step in range(steps):
            rows = slice(step * size, (step + 1) * size)
            index = jnp.asarray(train[order[rows]])
            batch = take(cases, annotated, index, jnp.asarray(weights[rows]))
            log_p = guess(ai, *models[1][1:], batch, None)
            told = batch._replace(log_ai=log_p[jnp.arange(size), batch.truth])
            for which, (model, params, carry) in enumerate(models):
                params, states[which], carry = moved(
                    model, params, states[which], carry, told, point.setting, count, rates
                )
                models[which] = (model, params, carry)
            count += 1
    where = np.concatenate([grid.splits[0].validation, grid.splits[0].test])
    seen = take(cases, annotated, jnp.asarray(where), jnp.ones(len(where)))
    gate = mixture.predict(*models[0][1:], seen, point.setting).scores
    return np.asarray(gate), np.asarray(ai.predict(*models[1][1:], seen, None))


def test_a_shared_ai_trains_points_as_one_of_their_own_would() -> None:
    grid = trained()
    for target in range(2):
        log_gate, log_ai = side_by_side(grid, target)
        # Compiled step by step here, as one program there: float32 roundings over a dozen steps.
        np.testing.assert_allclose(grid._predicted[target, 0].scores, log_gate, atol=1e-4)
        np.testing.assert_allclose(grid._log_ai(target, 0), log_ai, atol=1e-4)


def tiny(missing: float) -> tuple[Cases, Seeds, Points]:
    grid = Grid(dataset := tiny_set(missing=missing), CONFIG, make_plan(dataset, CONFIG))
    return grid.cases, grid.seeds, grid._points()


def test_what_is_missing_is_filled_in_and_what_is_given_stays() -> None:
    cases, seeds, points = tiny(missing=0.6)
    spec = METHODS["mixmatch"]
    network = NetworkConfig(kind="mlp", input_shape=(4,), experts=2, classes=2, hidden=(8,))
    filler = spec.make(network, spec.read({})).filler
    numbers = FitConfig(epochs=30, batch_size=32, learning_rate=0.1, weight_decay=0.0)
    filling = filled(filler, points, cases, seeds, numbers, 0.5, clock=Clock())
    ends = []

    def to_the_end():
        ends.append((yield from filling))

    assert [event.fraction for event in to_the_end()][-1] == 0.5
    ((full, now),) = ends
    train, given = seeds.train[0], seeds.annotated[0]
    assert now.annotated[0, train].all()
    others = np.setdiff1d(np.arange(len(cases.truth)), train)
    assert (now.annotated[0, others] == given[others]).all()
    assert (full.annotations[0] == cases.annotations)[given].all()
    # What was hidden is known, and learnt: chance is a half, the experts are right on 60 to 95 %.
    gone = np.zeros_like(given)
    gone[train] = ~given[train]
    hidden = tiny_set(missing=0.0).annotations
    assert (full.annotations[0] == hidden)[gone].mean() > 0.6


def test_with_nothing_missing_a_filled_mixture_is_that_of_complete_annotations() -> None:
    dataset = tiny_set(missing=0.0)
    scores = []
    for method in ("complete", "fixmatch"):
        config = replace(CONFIG, method=method, settings=(), epochs=2)
        grid = Grid(dataset, config, make_plan(dataset, config))
        for _ in grid.fit_method():
            pass
        scores.append(grid._predicted[0, 0].scores)
    np.testing.assert_allclose(*scores, atol=1e-6)
