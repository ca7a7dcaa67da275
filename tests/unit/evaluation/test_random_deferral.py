import numpy as np
import pytest

from core.evaluation.intervals import BootstrapWeights
from core.evaluation.random_deferral import random_line


def problem() -> dict:
    rng = np.random.default_rng(0)
    cases = 400
    truth = rng.integers(0, 3, cases)
    right = rng.random((cases, 3)) < [0.6, 0.8, 0.9]
    return {
        "ai_right": (rng.random(cases) < 0.7).astype(float),
        "truth": truth,
        "annotations": np.where(right, truth[:, None], (truth[:, None] + 1) % 3),
        "annotated": rng.random((cases, 3)) < 0.5,
        "included": np.array([True, True, False]),
        "weights": BootstrapWeights(cases, resamples=400),
    }


def test_it_is_the_straight_line_from_the_experts_mean_to_the_ai() -> None:
    given = problem()
    line = random_line(**given)
    assert line is not None
    hits = given["annotations"] == given["truth"][:, None]
    experts = [hits[given["annotated"][:, m], m].mean() for m in (0, 1)]
    assert line[0].accuracy == pytest.approx(np.mean(experts))
    assert line[-1].accuracy == pytest.approx(given["ai_right"].mean())
    middle = (line[0].accuracy + line[-1].accuracy) / 2
    assert line[5][:2] == (0.5, pytest.approx(middle))


def test_a_simulation_of_random_deferral_lands_on_it() -> None:
    given = problem() | {"annotated": np.ones((400, 3), bool)}
    line = random_line(**given)
    assert line is not None
    rng = np.random.default_rng(1)
    hits = given["annotations"] == given["truth"][:, None]
    ai = rng.random((500, 400)) < 0.3
    expert = rng.integers(0, 2, (500, 400))
    right = np.where(ai, given["ai_right"] > 0, hits[np.arange(400), expert])
    # 200,000 draws: a standard error of 0.001.
    assert right.mean() == pytest.approx(line[3].accuracy, abs=0.004)


def test_every_point_has_an_interval_around_it() -> None:
    for point in random_line(**problem()) or []:
        low, high = point.interval
        assert low < point.accuracy < high
        assert high - low < 0.15


def test_without_an_annotated_test_case_there_is_no_line() -> None:
    assert random_line(**problem() | {"annotated": np.zeros((400, 3), bool)}) is None
