"""A point against whoever decides alone, and the statistics of a curve, as mean over seeds."""

import numpy as np
import pytest

from core.evaluation.intervals import wilson
from core.results.curve import along_the_curve, curve, deferred, same_test_cases
from core.results.models import Against, PairedWith, Point
from core.results.over_seeds import wider
from core.results.paired import against_ai, against_best_expert, against_rule
from core.results.point_figures import best_target, point_figures
from tests.pages.fixtures import make_result, on, paired, with_points


def named(name: str, difference: float) -> PairedWith:
    return PairedWith(name=name, **dict(paired(difference, 0.02)))


def test_a_rule_against_the_first_is_the_wider_of_cases_and_seeds() -> None:
    less = {0: -0.10, 1: -0.12}

    def change(point: Point) -> dict[str, object]:
        against = Against(AI=None, best_expert=None, rule=named("value", less[point.seed]))
        return {"against": against} if point.rule == "gate" else {}

    made = with_points(make_result(seeds=2, targets=(0.5,)), change)
    found = against_rule(made, "gate", "value", 0.5, (0, 1))
    assert found == wider([-0.10, -0.12], [(-0.12, -0.08), (-0.14, -0.10)])
    assert against_rule(made, "gate", "value", 0.5, (1,)) == (-0.12, pytest.approx((-0.14, -0.10)))
    assert against_rule(made, "gate", "priced", 0.5, (0, 1)) is None
    assert against_rule(made, "priced", "value", 0.5, (0, 1)) is None  # nothing was paired there


def test_a_mean_over_seeds_needs_every_seed() -> None:
    made = with_points(
        make_result(seeds=2, targets=(0.5,)),
        lambda p: {"against": Against(AI=paired(0.05) if p.seed else None, best_expert=None)},
    )
    found = against_ai(made, "value", point_figures(made, "value", 0.5))
    assert found is not None
    assert not found.paired  # of one seed alone it would stand for both


def test_the_ai_it_was_paired_with_is_that_of_the_target() -> None:
    one = Against(AI=paired(0.05), best_expert=None)
    made = with_points(make_result(targets=(0.5,)), lambda p: {"against": one})
    point = point_figures(made, "value", 0.5)
    found = against_ai(made, "value", point)
    assert found is not None
    assert found.paired
    assert point.accuracy.value is not None
    assert found.alone.value == pytest.approx(point.accuracy.value - 0.05)
    assert found.alone.interval == wilson(400 * (point.accuracy.value - 0.05), 400)


def test_seeds_that_name_different_experts_are_not_put_together() -> None:
    names = {0: "Reader A", 1: "Reader B"}
    made = with_points(
        make_result(seeds=2, targets=(0.5,)),
        lambda p: {"against": Against(AI=None, best_expert=named(names[p.seed], 0.1))},
    )
    found = against_best_expert(made, "value", point_figures(made, "value", 0.5))
    assert found is not None
    assert (found.name, found.paired) == ("Reader C", False)  # best on test cases
    first = against_best_expert(made, "value", point_figures(made, "value", 0.5, 0))
    assert first is not None
    assert (first.name, first.paired) == ("Reader A", True)


def test_a_curve_leaves_out_targets_that_nobody_measured() -> None:
    made = with_points(
        make_result(seeds=2), lambda p: {"accuracy": None} if p.target == 0.5 else {}
    )
    found = curve(made, "value")
    assert [point.target for point in found if point.target == 0.5] == []
    assert len(found) == 10
    assert [p.coverage for p in found] == sorted(p.coverage for p in found)


def test_the_best_target_is_that_of_the_validation_cases() -> None:
    def change(point: Point) -> dict[str, object]:
        accuracy = 0.99 if point.target == 0.2 else None if point.target == 0.9 else 0.5
        return {"validation": point.validation.model_copy(update={"accuracy": accuracy})}

    assert best_target(with_points(make_result(), change), "value") == 0.2


def test_shares_of_the_deferred_cases_add_up_along_the_curve() -> None:
    shares = deferred(make_result(seeds=2), "value")
    at = [one.share.value for one in shares if one.target == 0.3]
    assert np.sum([value for value in at if value is not None]) == pytest.approx(1.0)
    means = along_the_curve(shares)
    assert sum(mean.value or 0.0 for mean in means.values()) == pytest.approx(1.0)
    assert along_the_curve([]) == {}


def test_runs_of_one_set_or_of_the_same_test_cases_can_be_paired() -> None:
    made = make_result()
    assert same_test_cases(made, on(made, "Variant", "f" * 16))
    assert not same_test_cases(made, on(make_result(cases=300), "Other", "f" * 16))


def test_runs_with_and_without_resampled_patients_are_not_paired() -> None:
    made = make_result()
    cases = made.cases.model_copy(update={"patients": 60})
    assert not same_test_cases(made, made.model_copy(update={"cases": cases}))


def test_the_ai_alone_is_as_sure_as_its_patients() -> None:
    one = Against(AI=paired(0.05), best_expert=None)
    made = with_points(make_result(targets=(0.5,)), lambda p: {"against": one})
    made = made.model_copy(update={"ai_accuracy_cases": dict.fromkeys(made.rules, 90.0)})
    point = point_figures(made, "value", 0.5)
    found = against_ai(made, "value", point)
    assert found is not None
    assert point.accuracy.value is not None
    assert found.alone.interval == wilson(90 * (point.accuracy.value - 0.05), 90)


def test_shares_of_the_deferred_cases_are_as_sure_as_their_patients() -> None:
    made = make_result(targets=(0.5,))
    few = with_points(made, lambda p: {"workload_cases": dict.fromkeys(made.agents, 100.0)})
    one, other = (deferred(result, "value")[0].share for result in (made, few))
    assert one.value == other.value
    assert one.interval is not None
    assert other.interval is not None
    # 400 test cases, so about half as sure.
    assert np.ptp(other.interval) == pytest.approx(2 * np.ptp(one.interval), rel=0.1)
