import pytest

from core.record.glance import glance, glance_of, glance_tags
from core.results.models import RuleArea, RunResult
from tests.pages.fixtures import make_result, with_points


def result(rules: tuple[str, ...] = ("gate", "value")) -> RunResult:
    """Two seeds at three targets; seed 1 is two points better, `gate` ten points worse."""
    heights, means = {1.0: 0.8, 0.0: 0.7, 0.5: 0.9}, {"gate": 71.5, "value": 82.25}
    made = with_points(
        make_result(seeds=2, targets=tuple(heights)),
        lambda p: {
            "coverage": p.target + 0.01 * p.seed,
            "accuracy": heights[p.target] + 0.02 * p.seed - 0.1 * (p.rule == "gate"),
        },
    )
    areas = {
        rule: RuleArea(mean=means[rule], interval=(means[rule] - 1, 90.0), per_seed=())
        for rule in rules
    }
    points = tuple(point for point in made.points if point.rule in rules)
    return made.model_copy(update={"auc_cac": areas, "points": points})


def test_spark_is_the_first_rule_by_coverage_as_mean_over_seeds() -> None:
    assert glance(result()).spark == pytest.approx((0.71, 0.91, 0.81))


def test_rule_that_stands_for_the_run_comes_first() -> None:
    assert list(glance(result()).areas.items()) == [("value", 82.25), ("gate", 71.5)]
    assert glance(result(("gate",))).spark == pytest.approx((0.61, 0.81, 0.71))


def test_intervals_go_with_their_areas() -> None:
    assert glance(result()).intervals["value"] == (81.25, 90.0)


def test_what_was_not_measured_is_left_out() -> None:
    made = with_points(result(), lambda p: {"accuracy": None} if p.target == 0.5 else {})
    unknown = RuleArea(mean=None, interval=None, per_seed=())
    told = made.model_copy(update={"auc_cac": {**made.auc_cac, "value": unknown}})
    assert glance(told).areas == {"gate": 71.5}
    assert glance(told).intervals == {"gate": (70.5, 90.0)}
    assert glance(told).spark == pytest.approx((0.71, 0.81))


def test_own_bounds_have_one_point() -> None:
    told = with_points(result(), lambda p: {"target": None})
    assert len(glance(told).spark) == 1


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    first = make_result().points[0]
    points = tuple(
        first.model_copy(
            update={"rule": "value", "target": i / 999, "coverage": i / 999, "accuracy": i / 999}
        )
        for i in range(1000)
    )
    seen = glance(make_result().model_copy(update={"points": points})).spark
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
