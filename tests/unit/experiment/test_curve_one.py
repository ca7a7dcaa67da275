"""One training without bounds that serves every target at prices."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax

from core.config.bounds import Bounds
from core.config.train_config import TrainConfig
from core.experiment.events import Finished
from core.experiment.experiment import run
from core.experiment.grid import Grid
from core.experiment.plan import make_plan, trains_per_target
from core.results.decisions import decided
from tests.unit.training.problems import tiny_set

# The shape that other tests of the experiment compile.
CONFIG = TrainConfig(
    coverage=(0.0, 0.3, 1.0), epochs=4, hidden=(8,), seeds=2, batch_size=32, curve="one"
)


@pytest.fixture(scope="module")
def finished() -> Finished:
    *_, last = run(tiny_set(cases=240), CONFIG)
    assert isinstance(last, Finished)
    return last


def test_a_seed_trains_one_point_for_all_targets(finished: Finished) -> None:
    history = finished.artifacts["history"]
    assert history["target"].isna().all()
    assert len(history) == 2 * 4
    scores = finished.artifacts["outputs_seed0"]["scores_test"]
    np.testing.assert_array_equal(scores[0], scores[2])
    assert len(finished.result.points) == 3 * 2 * 3


def test_decisions_of_every_rule_follow_from_what_is_stored(finished: Finished) -> None:
    data = tiny_set(cases=240)
    for point in finished.result.points:
        found = decided(data, finished.artifacts[f"outputs_seed{point.seed}"], point)
        assert found.team.workload[-1] == pytest.approx(point.coverage)


def test_the_gate_gets_prices_and_so_another_coverage_at_every_target(finished: Finished) -> None:
    gate = [p for p in finished.result.points if p.rule == "gate" and p.seed == 0]
    assert [p.prices["AI"] is None for p in gate] == [True, False, False]
    assert gate[0].coverage == 0 < gate[1].coverage < gate[2].coverage == 1


@pytest.mark.parametrize("humans", ["free", "balanced"])
def test_prices_meet_the_target_in_soft_workloads_of_train_cases(humans: str) -> None:
    data = tiny_set(cases=240)
    config = replace(CONFIG, humans=humans)
    grid = Grid(data, config, make_plan(data, config))
    kept: dict[int, np.ndarray] = {}
    grid.points.keep, keep = lambda s, a: (kept.update({s: a}), keep(s, a)), grid.points.keep
    for _ in grid.fit_method():
        pass
    assert kept[0].shape == (len(grid.splits[0].train), len(data.agents))
    for seed in (0, 1):
        share = np.exp(log_softmax(kept[seed] - grid.points.prices(1, seed), axis=1)).mean(0)
        assert share[-1] == pytest.approx(0.3, abs=1e-5)
        if humans == "balanced":
            np.testing.assert_allclose(share[:-1], 0.7 / (len(share) - 1), atol=1e-5)


def test_who_never_gets_a_case_is_left_out_of_training_too() -> None:
    data = tiny_set(cases=240)
    away = data.experts[0]
    config = replace(CONFIG, off_duty=(away,))
    grid = Grid(data, config, make_plan(data, config))
    points = grid._points()
    assert len(points.seed) == 2
    np.testing.assert_array_equal(points.setting.lower, 0)
    np.testing.assert_array_equal(points.setting.upper, [[0, *[1] * len(data.experts)]] * 2)


def test_own_bounds_are_met_by_prices_too() -> None:
    data = tiny_set(cases=240)
    bounds = Bounds(lower={"AI": 0.5}, upper={"AI": 0.6})
    *_, last = run(data, replace(CONFIG, bounds=bounds))
    assert isinstance(last, Finished)
    found = {p.rule: p for p in last.result.points if p.seed == 0}
    assert 0.5 - 0.02 <= found["priced"].validation.coverage <= 0.6 + 0.02
    assert found["gate"].prices is not None


def test_methods_that_cannot_be_repriced_train_what_they_always_do() -> None:
    assert not trains_per_target(CONFIG)
    assert trains_per_target(replace(CONFIG, curve="each"))
    assert not trains_per_target(replace(CONFIG, method="naive"))
