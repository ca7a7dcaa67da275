from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.config.train_config import TrainConfig
from core.correctness.classifier import Classifier
from core.em.posterior import exact
from core.experiment.grid import Grid
from core.experiment.plan import make_plan
from core.methods.mixture import Mixture
from core.models.spec import NetworkConfig
from core.training import programs
from core.training.epoch import Points, batches_of, init_state, run_epoch
from core.training.loop import bytes_per_point
from core.training.optimiser import Rates
from tests.unit.training.problems import tiny_set

CONFIG = TrainConfig(
    coverage=(0.0, 0.5, 1.0), epochs=3, hidden=(8,), seeds=2, batch_size=32, curve="each"
)


def trained(config: TrainConfig, **changes) -> Grid:
    config = replace(config, **changes)
    dataset = tiny_set()
    grid = Grid(dataset, config, make_plan(dataset, config))
    for _ in grid.fit_method():
        pass
    return grid


@pytest.fixture(scope="module")
def grid() -> Grid:
    return trained(CONFIG)


def test_a_grid_compiles_one_program_per_use(grid: Grid) -> None:
    # init, epoch and predict of the mixture and of the AI; six points, three targets, two seeds.
    assert grid.clock.programs <= 6


def test_other_bounds_seeds_rates_and_epochs_compile_nothing(grid: Grid) -> None:
    other = trained(
        CONFIG, coverage=(0.2, 0.4, 0.9), seed=7, learning_rate=0.3, weight_decay=0.1, epochs=2
    )
    assert other.clock.programs == 0


def test_every_grid_point_has_its_outputs(grid: Grid) -> None:
    for target, seed in grid.points.pairs:
        log_gate, decision = grid.outputs(target, seed)
        test = grid.splits[seed].test
        np.testing.assert_allclose(np.exp(log_gate[test]).sum(1), 1.0, atol=1e-5)
        assert set(decision) <= {0, 1}


def test_same_seed_same_result_to_the_last_bit(grid: Grid) -> None:
    again = trained(CONFIG)
    for target, seed in grid.points.pairs:
        np.testing.assert_array_equal(again.outputs(target, seed)[0], grid.outputs(target, seed)[0])


def test_a_seed_does_not_depend_on_how_many_others_run(grid: Grid) -> None:
    alone = trained(CONFIG, seed=1, seeds=1)
    for target in range(3):
        np.testing.assert_allclose(
            alone.outputs(target, 0)[0], grid.outputs(target, 1)[0], atol=1e-5
        )


def test_points_of_a_seed_start_from_the_same_weights(grid: Grid) -> None:
    points = grid._points()
    keys = np.asarray(points.key).reshape(2, 3, -1)
    assert (keys == keys[:, :1]).all()
    assert (keys[0, 0] != keys[1, 0]).any()


def test_history_has_every_point_and_epoch(grid: Grid) -> None:
    history = grid.history()
    assert len(history) == 2 * 3 * 3
    assert np.isfinite(history[["loss", "log_likelihood", "coverage"]].to_numpy()).all()


def test_bound_agents_follow_their_target_in_training() -> None:
    grid = trained(CONFIG, epochs=40)
    last = grid.history().query("epoch == 40")
    # The gating model's own mean lags the responsibilities it learns from.
    assert np.abs(last["coverage"] - last["target"]).max() < 0.1


def test_vmapped_points_train_like_single_ones(grid: Grid, monkeypatch) -> None:
    monkeypatch.setattr("core.training.loop.vmap_width", lambda points, size: 3)
    wide = trained(CONFIG)
    for target, seed in grid.points.pairs:
        # Sums in another order: a few float32 roundings over six steps.
        np.testing.assert_allclose(
            wide.outputs(target, seed)[0], grid.outputs(target, seed)[0], atol=1e-4
        )


@pytest.mark.parametrize(
    ("cases", "batch", "steps", "size"),
    [(1078, 128, 9, 120), (285, 128, 8, 36), (20, 128, 2, 10), (10, 4, 3, 4)],
)
def test_steps_are_equally_full(cases: int, batch: int, steps: int, size: int) -> None:
    assert batches_of(cases, batch) == (steps, size)
    assert steps * size >= cases


def test_a_point_that_has_stopped_keeps_its_parameters_while_others_go_on() -> None:
    dataset = tiny_set()
    grid = Grid(dataset, CONFIG, make_plan(dataset, CONFIG))
    point = jax.tree.map(lambda a: a[0], grid._points()._replace(setting=None))
    method = Classifier(config=grid.network, patience=2)
    rates = Rates(*(jnp.float32(x) for x in (1e-2, 0.0, 10.0)))
    orders = jnp.arange(grid.seeds.train.shape[1])[None, None].repeat(2, 0)
    cases, seeds = jax.tree.map(jnp.asarray, (grid.cases, grid.seeds))
    state = init_state(method, point)._replace(stale=np.int32(2), best_loss=np.float32(10.0))
    untold = jnp.zeros((2, 0))
    after, metrics = run_epoch(method, 32, state, point, orders, cases, seeds, rates, untold)
    assert metrics["validation_loss"] < 10.0
    assert after.best_loss == 10.0
    assert after.stale == 3


def test_other_products_are_other_programs(grid: Grid) -> None:
    counts = []
    for _ in range(2):
        with jax.default_matmul_precision("tensorfloat32"):
            counts.append(trained(CONFIG).clock.programs)
    counts.append(trained(CONFIG).clock.programs)
    assert counts == [6, 0, 0]


def test_memory_of_a_point_grows_with_its_networks_and_cases() -> None:
    image = (32, 32, 3)

    def size(separate: bool, cases: int) -> int:
        config = NetworkConfig(
            kind="cnn", input_shape=image, experts=3, classes=10, separate_experts=separate
        )
        point = Points(np.zeros(2, np.uint32), np.int32(0), np.int32(0), None)
        return bytes_per_point(Mixture(config=config, e_step=exact), point, cases, image)

    # A gating model and one trunk, or a gating model and three networks.
    assert 1.7 < size(True, 1000) / size(False, 1000) < 2.1
    assert size(False, 1000) > 5 * size(False, 100)


def test_programs_in_use_are_kept_when_others_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_COMPILED", {})
    monkeypatch.setattr(programs, "_MOST_COMPILED", 2)
    clock, double = programs.Clock(), jax.jit(lambda x: 2 * x)
    for size in (1, 2, 1, 3, 1):
        programs.program(clock, "double", double, jnp.zeros(size)).result()
    assert clock.programs == 3
    programs.program(clock, "double", double, jnp.zeros(2)).result()
    assert clock.programs == 4
