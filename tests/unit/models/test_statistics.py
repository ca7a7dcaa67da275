"""A network with batch statistics, registered by one line: they go wherever parameters go."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.config.train_config import ConfigError, TrainConfig
from core.correctness.classifier import Classifier
from core.dataset.annotation_set import AnnotationSet, Split
from core.experiment import artifacts
from core.experiment.events import Finished
from core.experiment.experiment import run
from core.experiment.grid import Grid
from core.experiment.kept_models import ModelError, open_folder
from core.experiment.plan import make_plan
from core.models.network import network as make_network
from core.models.registry import NETWORKS
from core.models.spec import NetworkConfig
from core.reading.new_cases import NewCases
from core.training.epoch import State, init_state, run_epoch
from core.training.optimiser import Rates
from tests.toys import normed
from tests.unit.training.problems import tiny_set

pytestmark = pytest.mark.slow

NORMED = NetworkConfig(kind="normed", input_shape=(4,), experts=2, classes=2)
X = jnp.asarray(np.random.default_rng(0).normal(3.0, 2.0, (6, 4)), jnp.float32)


@pytest.fixture(autouse=True, scope="module")
def registered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NETWORKS, normed.SPEC.name, normed.SPEC)
        yield


@pytest.fixture(scope="module")
def dataset() -> AnnotationSet:
    return tiny_set(cases=120)


@pytest.fixture(scope="module")
def finished(dataset: AnnotationSet) -> Finished:
    return list(run(dataset, replace(config(), method="correctness")))[-1]  # type: ignore[return-value]


def test_layers_start_as_they_say_themselves() -> None:
    params, state = jax.jit(make_network(NORMED, 2).init)(jax.random.key(0))
    np.testing.assert_array_equal(params["norm"]["scale"], 1.0)
    np.testing.assert_array_equal(state["norm"]["mean"], 0.0)
    np.testing.assert_array_equal(state["norm"]["var"], 1.0)


def test_its_own_initial_values_replace_those_of_the_layers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def halves(shapes: Any, key: Any) -> Any:
        return jax.tree.map(lambda leaf: jnp.full(leaf.shape, 0.5), shapes)

    monkeypatch.setitem(NETWORKS, "halves", replace(normed.SPEC, name="halves", init=halves))
    params, state = jax.jit(make_network(replace(NORMED, kind="halves"), 2).init)(jax.random.key(0))
    assert all((leaf == 0.5).all() for leaf in jax.tree.leaves(params))
    np.testing.assert_array_equal(state["norm"]["var"], 1.0)


def test_training_reads_the_batch_and_evaluation_the_statistics() -> None:
    network = make_network(NORMED, 2)
    params, state = network.init(jax.random.key(0))
    logits, moved = network.train(params, state, X, jnp.ones(6))
    assert np.abs(moved["norm"]["mean"] - state["norm"]["mean"]).max() > 1e-3
    assert np.abs(logits[:2] - network.train(params, state, X[:2], jnp.ones(2))[0]).max() > 1e-2
    alone = network.apply(params, moved, X[:2])
    np.testing.assert_allclose(network.apply(params, moved, X)[:2], alone, atol=1e-6)
    assert np.abs(alone - logits[:2]).max() > 1e-2


def test_rows_that_do_not_count_leave_no_trace() -> None:
    network = make_network(NORMED, 2)
    params, state = network.init(jax.random.key(0))
    weights = jnp.array([1.0, 1, 1, 1, 0, 0])
    logits, moved = network.train(params, state, X.at[4:].set(1e3), weights)
    want, wanted = network.train(params, state, X[:4], jnp.ones(4))
    np.testing.assert_allclose(logits[:4], want, atol=1e-5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), moved, wanted)
    nothing, _ = network.train(params, state, X, jnp.zeros(6))
    assert np.isfinite(nothing).all()


def test_dropout_draws_anew_at_every_step_and_never_in_evaluation(monkeypatch: Any) -> None:
    from flax import nnx

    class Dropped(nnx.Module):
        def __init__(self, inputs: int, outputs: int, *, rngs: nnx.Rngs):
            self.dropout = nnx.Dropout(0.5, rngs=rngs)
            self.head = nnx.Linear(inputs, outputs, rngs=rngs)

        def __call__(self, x: Any, counted: Any = None) -> Any:
            return self.head(self.dropout(x))

    def build(config: NetworkConfig, outputs: int, *, rngs: nnx.Rngs) -> nnx.Module:
        return Dropped(config.input_shape[0], outputs, rngs=rngs)

    spec = replace(normed.SPEC, name="dropped", build=build, head="head")
    monkeypatch.setitem(NETWORKS, "dropped", spec)
    network = make_network(replace(NORMED, kind="dropped"), 2)
    params, state = jax.vmap(network.init)(jax.random.split(jax.random.key(0), 2))
    train = jax.jit(jax.vmap(network.train, (0, 0, None, None)))
    first, moved = train(params, state, X, jnp.ones(6))
    second, _ = train(params, jax.tree.map(np.asarray, moved), X, jnp.ones(6))
    again, _ = train(params, state, X, jnp.ones(6))
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(first, again)
    apply = jax.jit(jax.vmap(network.apply, (0, 0, None)))
    np.testing.assert_array_equal(apply(params, state, X), apply(params, moved, X))


def config() -> TrainConfig:
    return TrainConfig(
        network="normed", coverage=(0.3, 0.8), epochs=3, seeds=2, batch_size=32, curve="each"
    )


def make_grid() -> Grid:
    return Grid(tiny_set(), config(), make_plan(tiny_set(), config()))


def steps(state: State, epochs: int, patience: int | None = None) -> State:
    """So many epochs of a classifier from there."""
    grid = make_grid()
    method = Classifier(config=grid.network, patience=patience, optimiser="sgd")
    point = jax.tree.map(lambda a: a[0], grid._points()._replace(setting=None))
    cases, seeds = jax.tree.map(jnp.asarray, (grid.cases, grid.seeds))
    orders = jnp.arange(grid.seeds.train.shape[1])[None, None].repeat(2, 0)
    rates = Rates(*(jnp.float32(x) for x in (1e-2, 0.0, 10.0)))
    state = init_state(method, point) if state is None else state
    epoch = jax.jit(run_epoch, static_argnums=(0, 1))
    for _ in range(epochs):
        state, _ = epoch(method, 32, state, point, orders, cases, seeds, rates, jnp.zeros((2, 0)))
    return state


def test_early_stopping_keeps_the_statistics_of_its_best_epoch() -> None:
    start = steps(None, 2, patience=3)  # type: ignore[arg-type]
    best = jax.tree.map(np.asarray, start.trained[1])
    # From here on nothing is better.
    after = steps(start._replace(best_loss=jnp.float32(-1.0)), 2, patience=3)
    assert np.abs(after.carry["norm"]["mean"] - best["norm"]["mean"]).max() > 1e-4
    np.testing.assert_array_equal(after.trained[1]["norm"]["mean"], best["norm"]["mean"])


def test_a_state_that_was_put_down_and_taken_up_goes_on_as_if_it_had_not_been() -> None:
    whole = steps(None, 4)  # type: ignore[arg-type]
    leaves, tree = jax.tree.flatten(steps(None, 2))  # type: ignore[arg-type]
    again = steps(jax.tree.unflatten(tree, [np.asarray(leaf) for leaf in leaves]), 2)
    jax.tree.map(np.testing.assert_array_equal, again, whole)


def test_points_side_by_side_keep_statistics_of_their_own(monkeypatch: Any) -> None:
    def trained() -> Grid:
        grid = make_grid()
        for _ in grid.fit_method():
            pass
        return grid

    single = trained()
    monkeypatch.setattr("core.training.loop.vmap_width", lambda points, size: 2)
    wide = trained()
    for pair in single.points.pairs:
        np.testing.assert_allclose(wide.outputs(*pair)[0], single.outputs(*pair)[0], atol=1e-4)


def test_a_kept_model_has_its_statistics(
    finished: Finished, dataset: AnnotationSet, tmp_path: Path
) -> None:
    assert finished.result.network == "normed"
    artifacts.write(tmp_path, finished)
    test = dataset.index(Split.TEST)
    assert dataset.inputs is not None
    cases = NewCases(case_ids=dataset.case_ids[test], inputs=dataset.inputs[test])
    for seed in (0, 1):
        found = open_folder(tmp_path).scores(cases, seed)
        want = artifacts.read_outputs(tmp_path, seed)
        np.testing.assert_allclose(found.value, want["value_test"], atol=1e-5)
    (state, *_) = (
        a
        for n, a in open_folder(tmp_path)._read(0, "model_seed0.npz").items()
        if n.endswith("/mean") and n.startswith("family0")
    )
    assert np.abs(state).max() > 1e-3


def test_a_model_of_a_network_that_is_gone_says_so(
    finished: Finished, tmp_path: Path, monkeypatch: Any
) -> None:
    artifacts.write(tmp_path, finished)
    monkeypatch.delitem(NETWORKS, "normed")
    cases = NewCases(case_ids=np.array(["a"]), inputs=np.zeros((1, 4), np.float32))
    with pytest.raises(ModelError, match="needs the network normed"):
        open_folder(tmp_path).scores(cases, 0)


def test_a_network_that_reads_images_is_refused_for_features(monkeypatch: Any) -> None:
    monkeypatch.setitem(NETWORKS, "normed", replace(normed.SPEC, reads="images"))
    with pytest.raises(ConfigError, match=r"network normed needs images; .* Use mlp"):
        make_plan(tiny_set(), config())
