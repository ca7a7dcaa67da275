from typing import Any

import pytest

from core.runs.glance import glance, glance_of, glance_tags


def result(rules: tuple[str, ...] = ("gate", "value")) -> dict[str, Any]:
    """Two seeds at three targets; seed 1 is two points better, `gate` ten points worse."""
    points = [
        {
            "rule": rule,
            "target": target,
            "seed": seed,
            "coverage": target + 0.01 * seed,
            "accuracy": accuracy + 0.02 * seed - 0.1 * (rule == "gate"),
        }
        for rule in rules
        for seed in (0, 1)
        for target, accuracy in ((1.0, 0.8), (0.0, 0.7), (0.5, 0.9))
    ]
    areas = {"gate": 71.5, "value": 82.25}
    told = {rule: {"mean": areas[rule], "interval": [areas[rule] - 1, 90]} for rule in rules}
    return {"auc_cac": told, "points": points}


def test_spark_is_the_first_rule_by_coverage_as_mean_over_seeds() -> None:
    assert glance(result()).spark == pytest.approx((0.71, 0.91, 0.81))


def test_rule_that_stands_for_the_run_comes_first() -> None:
    assert list(glance(result()).areas.items()) == [("value", 82.25), ("gate", 71.5)]
    assert glance(result(("gate",))).spark == pytest.approx((0.61, 0.81, 0.71))


def test_intervals_go_with_their_areas() -> None:
    assert glance(result()).intervals["value"] == (81.25, 90.0)


def test_what_was_not_measured_is_left_out() -> None:
    told = result()
    told["auc_cac"]["value"] = {"mean": None, "interval": None}
    for point in told["points"]:
        if point["target"] == 0.5:
            point["accuracy"] = None
    assert glance(told).areas == {"gate": 71.5}
    assert glance(told).intervals == {"gate": (70.5, 90.0)}
    assert glance(told).spark == pytest.approx((0.71, 0.81))


def test_result_without_areas_or_points_has_an_empty_glance() -> None:
    assert glance({}).spark == ()
    assert glance({}).areas == {}


def test_own_bounds_have_one_point() -> None:
    told = result()
    for point in told["points"]:
        point["target"] = None
    assert len(glance(told).spark) == 1


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    points = [
        {"rule": "value", "target": i / 999, "seed": 0, "coverage": i / 999, "accuracy": i / 999}
        for i in range(1000)
    ]
    seen = glance({"auc_cac": {"value": {"mean": 50.0}}, "points": points}).spark
    assert len(seen) == 100
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_tags_are_read_back_and_short() -> None:
    tags = glance_tags(result())
    assert all(len(text) < 8000 for text in tags.values())
    read = glance_of(tags)
    assert read is not None
    assert read.spark == pytest.approx(glance(result()).spark, abs=1e-5)
    assert read.areas == glance(result()).areas
    assert list(read.areas) == ["value", "gate"]
    assert read.intervals == glance(result()).intervals


def test_run_without_these_tags_has_no_glance() -> None:
    assert glance_of({}) is None
