import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import missing_rates as rates
from core.config.bounds import Bounds
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import Split
from core.em.bounds import BoundsError
from core.evaluation.intervals import wilson
from core.experiment import artifacts
from core.experiment.events import Finished, PointsDone, Progress
from core.experiment.experiment import check, run
from core.experiment.kept_models import open_folder
from core.reading.new_cases import NewCases
from core.results import stored
from tests.unit.training.problems import tiny_set

CONFIG = TrainConfig(
    coverage=(0.0, 0.5, 1.0), epochs=4, hidden=(8,), seeds=2, batch_size=32, curve="each"
)


@pytest.fixture(scope="module")
def events() -> list:
    return list(run(tiny_set(cases=240), CONFIG))


@pytest.fixture(scope="module")
def finished(events: list) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def test_progress_never_falls_and_comes_every_epoch(events: list) -> None:
    progress = [e for e in events if isinstance(e, Progress)]
    fractions = [e.fraction for e in progress]
    assert fractions == sorted(fractions)
    assert sum(e.stage == "train" and e.epoch is not None for e in progress) >= 4 * 3
    assert {e.stage for e in progress} >= {"prepare", "train", "correctness", "pricing"}


def test_points_arrive_before_the_end(events: list) -> None:
    done = [i for i, e in enumerate(events) if isinstance(e, PointsDone)]
    rules = [{p.rule for p in events[i].points} for i in done]
    assert rules[0] == {"value"}
    assert rules[-1] == {"gate"}
    assert done[-1] < len(events) - 1


def test_the_curve_by_expected_correctness_is_there_before_the_method_trains(events: list) -> None:
    done = [i for i, e in enumerate(events) if isinstance(e, PointsDone)]
    valued = [i for i in done if {p.rule for p in events[i].points} == {"value"}]
    assert len(valued) == 3 * 2
    first = next(i for i, e in enumerate(events) if isinstance(e, Progress) and e.stage == "train")
    assert valued[-1] < first


def test_every_target_seed_and_rule_has_a_point(finished: Finished) -> None:
    found = {(p.target, p.seed, p.rule) for p in finished.result.points}
    assert len(found) == len(finished.result.points) == 3 * 2 * 3


def test_a_result_without_patients_has_no_field_about_them(finished: Finished) -> None:
    plain = json.dumps(finished.result.to_dict())
    assert "patients" not in plain
    assert "workload_cases" not in plain
    assert "ai_accuracy_cases" not in plain


def test_a_run_on_patients_counts_them_in_every_interval() -> None:
    data = tiny_set(cases=240)
    names = np.array([f"p{i // 4}" for i in range(240)])
    settings = replace(CONFIG, seeds=1, epochs=1, coverage=(0.5,))
    result = list(run(replace(data, groups={"group_patient": names}), settings))[-1].result
    test = data.index(Split.TEST)
    assert result.cases.patients == len(set(names[test]))
    assert result.ai_accuracy_cases is not None
    for rule, interval in result.ai_accuracy_interval.items():
        cases = result.ai_accuracy_cases[rule]
        assert cases <= len(test)
        assert interval == pytest.approx(wilson(result.ai_accuracy[rule] * cases, cases))
    for point in result.points:
        assert point.workload_cases is not None
        assert set(point.workload_cases) == set(result.agents)
        assert max(point.workload_cases.values()) <= len(test)
    assert any("whole patients" in warning for warning in result.warnings) == (
        len(data.index(Split.VALIDATION)) == 0
    )
    assert stored.read(json.dumps(result.to_dict()).encode()) == result


def test_result_is_plain_json(finished: Finished) -> None:
    text = json.dumps(finished.result.to_dict(), allow_nan=False)
    assert json.loads(text) == finished.result.to_dict()
    assert stored.read(text.encode()) == finished.result


def test_workloads_are_shares_and_coverage_is_the_ais(finished: Finished) -> None:
    for point in finished.result.points:
        assert sum(point.workload.values()) == pytest.approx(1.0)
        assert point.workload["AI"] == point.coverage


@pytest.mark.parametrize(("target", "coverage"), [(0.0, 0.0), (1.0, 1.0)])
def test_extreme_targets_are_met_exactly_by_every_rule(finished, target, coverage) -> None:
    points = [p for p in finished.result.points if p.target == target]
    assert {p.coverage for p in points} == {coverage}


def test_hard_loads_meet_the_target_on_validation_cases(finished: Finished) -> None:
    cases = finished.result.cases.validation
    for point in finished.result.points:
        if point.rule != "gate":
            # To within a case, and one more for a tie that a price cannot split.
            assert abs(point.validation.coverage - point.target) <= 2 / cases


def test_recorded_coverage_is_recomputed_from_the_outputs(finished: Finished) -> None:
    arrays = finished.artifacts["outputs_seed1"]
    for point in finished.result.points:
        if point.seed == 1 and point.rule == "value":
            # An agent that may take nothing has no price.
            named = [point.prices[a] for a in finished.result.agents]
            prices = np.array([np.inf if price is None else price for price in named])
            scores = arrays["value_test"] - prices
            coverage = np.mean(np.argmax(scores, axis=1) == len(prices) - 1)
            assert coverage == pytest.approx(point.coverage, abs=2 / len(scores))


def test_artifacts_hold_probabilities(finished: Finished) -> None:
    arrays = finished.artifacts["outputs_seed0"]
    np.testing.assert_allclose(np.exp(arrays["scores_test"]).sum(-1), 1.0, atol=1e-5)
    np.testing.assert_allclose(arrays["ensemble_test"].sum(-1), 1.0, atol=1e-5)
    assert ((arrays["value_test"] >= 0) & (arrays["value_test"] <= 1)).all()


def test_model_kept_says_of_the_test_cases_what_training_said(
    finished: Finished, tmp_path: Path
) -> None:
    dataset = tiny_set(cases=240)
    artifacts.write(tmp_path, finished)
    model = open_folder(tmp_path)
    test = dataset.index(Split.TEST)
    cases = NewCases(case_ids=dataset.case_ids[test], inputs=dataset.inputs[test])
    for seed in CONFIG.seed_list:
        said, want = model.scores(cases, seed), finished.artifacts[f"outputs_seed{seed}"]
        np.testing.assert_allclose(said.value, want["value_test"], atol=1e-4)
        np.testing.assert_allclose(said.probabilities, want["ensemble_test"], atol=1e-4)
        np.testing.assert_array_equal(said.ai_answer, want["ai_answer_test"])


def test_correctness_reports_only_the_value_rule() -> None:
    last = list(run(tiny_set(), replace(CONFIG, method="correctness", seeds=1)))[-1]
    assert {p.rule for p in last.result.points} == {"value"}


def test_own_bounds_replace_the_targets() -> None:
    bounds = Bounds(lower=(("AI", 0.3),), upper=(("AI", 0.5), ("e0", 0.0)))
    config = replace(CONFIG, bounds=bounds, seeds=1)
    last = list(run(tiny_set(), config))[-1]
    for point in last.result.points:
        assert point.target is None
        assert point.workload["e0"] == 0.0


def test_naive_with_an_unreachable_target_warns() -> None:
    dataset = tiny_set(missing=0.97)
    last = list(run(dataset, replace(CONFIG, method="naive", seeds=1)))[-1]
    assert any("infeasible" in w for w in last.result.warnings)


def test_external_ai_is_used_as_it_is(tmp_path: Path) -> None:
    dataset = tiny_set()
    told = np.eye(2, dtype=np.float32)[1 - dataset.truth]  # always wrong
    config = replace(CONFIG, ai="external", seeds=1)
    last = list(run(replace(dataset, ai_probabilities=told), config))[-1]
    assert set(last.result.ai_accuracy.values()) == {0.0}
    value = [p for p in last.result.points if p.rule == "value" and p.target == 1.0]
    assert value[0].accuracy == 0.0
    artifacts.write(tmp_path, last)
    cases = NewCases(case_ids=dataset.case_ids, inputs=dataset.inputs, ai_probabilities=told)
    said, test = open_folder(tmp_path).scores(cases, 0), dataset.index(Split.TEST)
    want = last.artifacts["outputs_seed0"]
    np.testing.assert_allclose(said.value[test], want["value_test"], atol=1e-4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "nonsense"}, "expected one of pl2d"),
        ({"method": "complete"}, "missing"),
        ({"network": "cnn"}, "images"),
        ({"ai": "external"}, "ai_predictions.csv"),
        ({"bounds": Bounds(upper=(("e9", 0.5),))}, "e9"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes: dict, words: str) -> None:
    with pytest.raises((ConfigError, BoundsError), match=words):
        check(tiny_set(), replace(CONFIG, **changes))


def test_a_method_that_corrupts_columns_is_refused_for_images() -> None:
    images = np.zeros((90, 8, 8, 3), np.uint8)
    with pytest.raises(ConfigError, match="mixmatch augments the columns of tables"):
        check(replace(tiny_set(), inputs=images), replace(CONFIG, method="mixmatch"))


def test_confidence_is_refused_where_the_ai_only_answers() -> None:
    config = replace(CONFIG, method="confidence", ai="external")
    answers = np.eye(2, dtype=np.float32)[tiny_set().truth]
    with pytest.raises(ConfigError, match="as sure of all cases"):
        check(replace(tiny_set(), ai_probabilities=answers), config)
    answers[0] = 0.5
    check(replace(tiny_set(), ai_probabilities=answers), config)


def test_infeasible_bounds_offer_the_nearest() -> None:
    with pytest.raises(BoundsError) as caught:
        check(tiny_set(), replace(CONFIG, bounds=Bounds(lower=(("e0", 0.8), ("AI", 0.6)))))
    assert caught.value.nearest is not None
    assert sum(caught.value.nearest.lower) == pytest.approx(1.0)


def test_naive_out_of_reach_warns_once_however_many_points() -> None:
    last = list(run(tiny_set(missing=0.97), replace(CONFIG, method="naive")))[-1]
    assert sum("infeasible" in w for w in last.result.warnings) == 1


def test_training_that_diverges_says_so_and_still_keeps_agents_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "MOST_LEARNING_RATE", math.inf)  # as a run from before there was one
    config = replace(CONFIG, learning_rate=1e12, seeds=1)
    last = list(run(tiny_set(), config))[-1]
    assert any("diverged at 3 of 3 points" in w for w in last.result.warnings)
    assert last.result.training.infinite == 3
    for point in last.result.points:
        assert point.target != 0.0 or point.coverage == 0.0
        assert point.target != 1.0 or point.coverage == 1.0


def test_experts_who_lose_all_train_annotations_are_told() -> None:
    dataset = tiny_set(missing=0.0)
    few = dataset.annotated.copy()
    few[1:60, 0] = False  # expert 0 keeps one annotation in train
    config = replace(CONFIG, method="correctness", missing_rate=0.9, seeds=1)
    last = list(run(replace(dataset, annotated=few), config))[-1]
    assert any("leaves some experts (1) without annotations" in w for w in last.result.warnings)


def test_experts_whose_accuracy_cannot_be_measured_are_told() -> None:
    dataset = tiny_set()
    unseen = dataset.annotated.copy()
    unseen[60:, 1] = False
    warnings = check(replace(dataset, annotated=unseen), CONFIG)
    assert any("without annotations on test cases: e1" in w for w in warnings)


def test_experts_who_are_part_of_the_truth_are_said() -> None:
    dataset = tiny_set(missing=0.0)
    assert not any("ground truth" in w for w in check(dataset, CONFIG))
    said = dataset.annotations.copy()
    said[:, 1] = dataset.truth
    warnings = check(replace(dataset, annotations=said), CONFIG)
    assert any("made of the answers of e1:" in w for w in warnings)


def test_areas_are_compared_between_rules_and_kept_for_other_runs(finished: Finished) -> None:
    result, drawn = finished.result, finished.artifacts["areas"]
    assert {rule: values.shape for rule, values in drawn.items()} == {
        rule: (2, 1000) for rule in ("gate", "priced", "value")
    }
    means = {rule: entry.mean for rule, entry in result.auc_cac.items()}
    against = result.areas_against["gate"]["value"]
    assert against.difference == pytest.approx(means["gate"] - means["value"])
    over_cases = np.quantile((drawn["gate"] - drawn["value"]).mean(0), [0.025, 0.975])
    # At least as wide as over cases alone (kept in float32).
    assert against.interval[0] <= over_cases[0] + 1e-3
    assert against.interval[1] >= over_cases[1] - 1e-3


def test_resampled_areas_lie_around_the_area(finished: Finished) -> None:
    for rule, entry in finished.result.auc_cac.items():
        drawn = finished.artifacts["areas"][rule]
        np.testing.assert_allclose(drawn.mean(1), entry.per_seed, atol=2.5)


def test_groups_of_the_validation_cases_are_kept_with_the_run(tmp_path: Path) -> None:
    data = tiny_set(cases=120)
    site = np.where(np.arange(len(data.truth)) % 2, "north", "south")
    config = replace(CONFIG, method="correctness", coverage=(0.5,), seeds=1)
    *_, last = run(replace(data, groups={"site": site}), config)
    artifacts.write(tmp_path, last)
    found = open_folder(tmp_path).validation(0)
    where = artifacts.read_outputs(tmp_path, 0)["validation_index"]
    np.testing.assert_array_equal(found.groups["site"], site[where])
    assert found.probabilities.shape == (len(where), len(data.classes))
