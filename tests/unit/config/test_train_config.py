import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.config.bounds import Bounds
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.batches import stack_seeds
from core.em.bounds import BoundsError
from core.experiment.plan import make_plan

FULL = TrainConfig(
    off_duty=("Bob",),
    missing_rate=0.2,
    missing_rates=(("Ann", 0.5), ("Bob", 0.0)),
    bounds=Bounds(lower=(("AI", 0.1),)),
    hidden=(64, 32),
)


def test_settings_come_back_from_json() -> None:
    assert TrainConfig.from_dict(json.loads(json.dumps(FULL.to_dict()))) == FULL


def test_settings_from_before_there_were_rates_per_expert_still_load() -> None:
    old = FULL.to_dict()
    del old["missing_rates"], old["off_duty"]
    read = TrainConfig.from_dict(old)
    assert read.missing_rates == ()
    assert read.off_duty == ()
    assert read.rates(("Ann", "Bob")) == (0.2, 0.2)


def test_settings_of_a_method_stand_among_the_others_as_they_always_did() -> None:
    plain = TrainConfig(settings=(("projection", "running"),)).to_dict()
    assert plain["projection"] == "running"
    assert dict(TrainConfig.from_dict(plain).settings)["projection"] == "running"
    # Runs from before methods declared settings had every method's.
    assert TrainConfig.from_dict(plain | {"method": "correctness"}).settings == ()
    with pytest.raises(ConfigError, match="projection is 'odd'; expected one of batch, running"):
        TrainConfig.from_dict(plain | {"projection": "odd"})


def test_experts_without_a_rate_of_their_own_take_the_common_one() -> None:
    assert FULL.rates(("Ann", "Bob", "Cleo")) == (0.5, 0.0, 0.2)


@pytest.mark.parametrize(
    ("changes", "takes"),
    [
        ({}, False),
        ({"missing_rate": 0.1}, True),
        ({"missing_rates": (("Ann", 0.1),)}, True),
        ({"missing_rates": (("Ann", 0.0),)}, False),
    ],
)
def test_whether_annotations_are_taken_away(changes: dict[str, Any], takes: bool) -> None:
    assert TrainConfig(**changes).takes_away is takes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"missing_rates": (("Ann", 1.0),)}, "missing rate of Ann is 1.0; expected a share"),
        ({"missing_rates": (("Ann", -0.1),)}, "missing rate of Ann"),
        ({"missing_rates": (("Ann", float("nan")),)}, "missing rate of Ann"),
        ({"missing_rates": (("Ann", 0.1), ("Ann", 0.2))}, "every expert once"),
        ({"off_duty": ("Ann", "Ann")}, "every expert once"),
    ],
)
def test_wrong_settings_of_single_experts_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        TrainConfig(**changes)


@pytest.mark.parametrize(
    "changes", [{"off_duty": ("Zoe",)}, {"missing_rates": (("Zoe", 0.5),)}], ids=str
)
def test_experts_the_set_does_not_have_are_named(
    small_set: AnnotationSet, changes: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match="settings name Zoe; the experts are Ann, Bob"):
        make_plan(small_set, TrainConfig(**changes))


@pytest.mark.parametrize("humans", ["free", "balanced"])
def test_an_expert_off_duty_is_masked_at_every_target(
    small_set: AnnotationSet, humans: str
) -> None:
    plan = make_plan(small_set, TrainConfig(coverage=(0.25, 0.5), humans=humans, off_duty=("Bob",)))
    assert [bounds.upper[1] for bounds in plan.bounds] == [0.0, 0.0]
    each = 0.75 if humans == "balanced" else 0.0
    assert plan.bounds[0].lower.tolist() == [each, 0.0, 0.25]
    assert not any("without annotations" in warning for warning in plan.warnings)


def test_off_duty_wins_over_own_bounds(small_set: AnnotationSet) -> None:
    config = TrainConfig(
        bounds=Bounds(lower=(("Bob", 0.3),), upper=(("Bob", 0.6),)), off_duty=("Bob",)
    )
    (bounds,) = make_plan(small_set, config).bounds
    assert (bounds.lower[1], bounds.upper[1]) == (0.0, 0.0)


def test_with_every_expert_off_duty_the_ai_has_to_take_everything(
    small_set: AnnotationSet,
) -> None:
    with pytest.raises(BoundsError, match="every expert is off duty") as caught:
        make_plan(small_set, TrainConfig(off_duty=("Ann", "Bob")))
    assert caught.value.nearest is not None
    assert caught.value.nearest.lower.tolist() == [0.0, 0.0, 1.0]


def test_each_expert_loses_their_own_share_for_every_seed(small_set: AnnotationSet) -> None:
    config = TrainConfig(missing_rates=(("Ann", 0.5),), seeds=3)
    stacked, _ = stack_seeds(small_set, config.seed_list, config.rates(small_set.experts))
    train, test = (small_set.index(split) for split in (Split.TRAIN, Split.TEST))
    had = small_set.annotated[train].sum(axis=0)
    for mask in stacked.annotated:
        left = mask[train].sum(axis=0)
        assert abs(left[0] - had[0] / 2) <= 0.5
        assert left[1] == had[1]
        np.testing.assert_array_equal(mask[test], small_set.annotated[test])


def test_rates_per_expert_that_leave_nothing_are_refused(small_set: AnnotationSet) -> None:
    rates = tuple((name, 0.99) for name in small_set.experts)
    with pytest.raises(ConfigError, match="leaves no annotation in train"):
        make_plan(small_set, TrainConfig(missing_rates=rates))


def test_the_method_for_complete_sets_refuses_a_rate_of_one_expert(
    small_set: AnnotationSet,
) -> None:
    config = TrainConfig(method="complete", missing_rates=(("Ann", 0.5),))
    with pytest.raises(ConfigError, match="method complete needs every expert's annotation"):
        make_plan(small_set, config)


def test_a_field_that_settings_do_not_have_is_not_passed_over() -> None:
    with pytest.raises(TypeError, match="no field lower"):
        TrainConfig(lower=(("AI", 0.1),))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no field lower"):
        replace(FULL, lower=(("AI", 0.1),))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({"epochs": "many"}, "epochs is 'many'; expected a whole number from 1 to 100000"),
        ({"hidden": [0]}, "hidden is [0]; expected one or more widths from 1 to 4096"),
        ({"learning_rate": float("inf")}, "learning rate is inf; expected a number above 0"),
        ({"humans": "idle"}, "humans is 'idle'; expected one of free, balanced"),
        ({"ai": 3}, "ai is 3; expected a valid string"),
    ],
    ids=str,
)
def test_what_stored_settings_cannot_mean_is_said(stored: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as found:
        TrainConfig.from_dict(FULL.to_dict() | stored)
    assert str(found.value) == said


def test_settings_keep_the_keys_and_the_order_of_their_json() -> None:
    plain = FULL.to_dict()
    assert list(plain)[:6] == ["method", "coverage", "humans", "lower", "upper", "off_duty"]
    assert (plain["lower"], plain["upper"]) == ({"AI": 0.1}, {})
    assert plain["missing_rates"] == {"Ann": 0.5, "Bob": 0.0}


def test_runs_from_before_the_choice_trained_a_mixture_per_target() -> None:
    plain = TrainConfig().to_dict()
    assert plain.pop("curve") == "one"
    assert TrainConfig.from_dict(plain).curve == "each"
