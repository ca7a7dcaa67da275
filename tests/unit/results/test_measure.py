import json
from typing import Any

import numpy as np
import pytest

from core.evaluation.intervals import BootstrapWeights, wilson
from core.evaluation.team import resample, team_of
from core.results.measure import evaluate_point

CLASSES, AGENTS = ("a", "b", "c"), ("ann", "bob", "AI")


def panel(cases: int = 600, rate: float = 0.4, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, cases)
    skill = np.array([0.9, 0.6])
    wrong = (truth[:, None] + rng.integers(1, 3, (cases, 2))) % 3
    full = np.where(rng.random((cases, 2)) < skill, truth[:, None], wrong)
    annotated = rng.random((cases, 2)) >= rate
    ai = np.where(rng.random(cases) < 0.75, truth, (truth + 1) % 3)
    return {
        "chosen": rng.integers(0, 3, cases),
        "ai_decision": ai,
        "truth": truth,
        "annotations": np.where(annotated, full, 0),
        "annotated": annotated,
        "full": full,
    }


def entry_of(data: dict[str, np.ndarray], **more: Any) -> dict[str, Any]:
    arrays = {k: v for k, v in data.items() if k != "full"}
    settings: dict[str, Any] = {
        "classes": CLASSES,
        "agents": AGENTS,
        "target": 0.5,
        "seed": 0,
        "rule": "value",
        "lower": np.zeros(3),
        "upper": np.ones(3),
        "prices": np.zeros(3),
        "weights": None,
    }
    return evaluate_point(**arrays, **{**settings, **more})[0].to_dict()


def test_without_holes_accuracy_is_the_share_right() -> None:
    data = panel(rate=0.0)
    decided = np.concatenate([data["full"], data["ai_decision"][:, None]], axis=1)
    said = decided[np.arange(600), data["chosen"]]
    assert entry_of(data)["accuracy"] == pytest.approx((said == data["truth"]).mean())


def test_team_accuracy_is_each_agents_measured_accuracy_weighted_by_workload() -> None:
    data = panel()
    expected = 0.0
    for agent in range(3):
        handed = data["chosen"] == agent
        if agent == 2:
            right = (data["ai_decision"] == data["truth"])[handed].mean()
        else:
            seen = handed & data["annotated"][:, agent]
            right = (data["annotations"][:, agent] == data["truth"])[seen].mean()
        expected += handed.mean() * right
    assert entry_of(data)["accuracy"] == pytest.approx(expected)


def test_accuracy_is_unbiased_when_annotations_are_missing_at_random() -> None:
    errors = []
    for seed in range(200):
        data = panel(cases=200, rate=0.5, seed=seed)
        decided = np.concatenate([data["full"], data["ai_decision"][:, None]], axis=1)
        right = decided[np.arange(200), data["chosen"]] == data["truth"]
        errors.append(entry_of(data)["accuracy"] - right.mean())
    # Four standard errors of the mean error.
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(200)


def test_the_value_under_a_missing_mask_is_irrelevant() -> None:
    data = panel()
    other = dict(data)
    other["annotations"] = np.where(data["annotated"], data["annotations"], 2)
    assert entry_of(data) == entry_of(other)


def test_an_agent_with_few_measured_cases_is_measured_on_all_it_annotated() -> None:
    data = panel(rate=0.0)
    data["chosen"] = np.full(600, 2)
    data["chosen"][:4] = 0
    data["annotated"][0, 0] = False
    found = entry_of(data)["agent_accuracy"]["ann"]
    assert found["cases"] == 599
    assert found["measured_on"] == "all annotated"
    assert found["accuracy"] == pytest.approx((data["full"][1:, 0] == data["truth"][1:]).mean())


def test_an_agent_that_annotated_all_its_few_cases_is_counted_on_them() -> None:
    data = panel(rate=0.0)
    data["chosen"] = np.full(600, 2)
    data["chosen"][:3] = 0
    found = entry_of(data)["agent_accuracy"]["ann"]
    assert (found["cases"], found["measured_on"]) == (3, "handed")
    assert found["accuracy"] == (data["full"][:3, 0] == data["truth"][:3]).mean()


def test_an_agent_with_five_measured_cases_is_measured_on_those() -> None:
    data = panel(rate=0.0)
    data["chosen"] = np.full(600, 2)
    data["chosen"][:5] = 0
    assert entry_of(data)["agent_accuracy"]["ann"]["cases"] == 5


def test_accuracy_is_null_when_a_working_agent_annotated_nothing() -> None:
    data = panel()
    data["annotated"][:, 0] = False
    found = entry_of(data, weights=BootstrapWeights(600, 50))
    assert found["accuracy"] is None
    assert found["accuracy_interval"] is None
    assert found["agent_accuracy"]["ann"]["accuracy"] is None


def test_an_agent_without_annotations_and_without_work_does_no_harm() -> None:
    data = panel()
    data["annotated"][:, 0] = False
    data["chosen"] = np.where(data["chosen"] == 0, 2, data["chosen"])
    assert entry_of(data)["accuracy"] is not None


def test_measured_share_counts_decisions_that_can_be_scored() -> None:
    data = panel()
    held = np.concatenate([data["annotated"], np.ones((600, 1), bool)], axis=1)
    expected = held[np.arange(600), data["chosen"]].mean()
    assert entry_of(data)["measured_share"] == pytest.approx(expected)


def test_agent_intervals_are_wilsons() -> None:
    data = panel()
    handed = data["chosen"] == 2
    right = int((data["ai_decision"] == data["truth"])[handed].sum())
    found = entry_of(data)["agent_accuracy"]["AI"]
    assert found["interval"] == pytest.approx(wilson(right, int(handed.sum())))


def test_coverage_and_workload_are_shares_of_the_cases() -> None:
    data = panel()
    found = entry_of(data)
    assert found["coverage"] == pytest.approx((data["chosen"] == 2).mean())
    assert sum(found["workload"].values()) == pytest.approx(1.0)


def test_confusion_counts_measured_cases() -> None:
    data = panel()
    found = entry_of(data)
    total = np.sum(found["confusion"])
    assert total == round(found["measured_share"] * 600)
    assert np.shape(found["confusion"]) == (3, 3)


def test_recall_without_holes_is_the_diagonal_of_the_confusion() -> None:
    data = panel(rate=0.0)
    found = entry_of(data)
    matrix = np.array(found["confusion"])
    expected = np.diag(matrix) / matrix.sum(1)
    assert [found["recall"][c]["recall"] for c in CLASSES] == pytest.approx(list(expected))


def test_recall_weighs_measured_cases_by_what_they_stand_for() -> None:
    # Ten cases of one class: eight to ann, of which two are annotated and right; two to the
    # AI, wrong. Counted as measured recall would be one half.
    annotated = np.zeros((10, 1), bool)
    annotated[:2] = True
    data = {
        "chosen": np.array([0] * 8 + [1] * 2),
        "ai_decision": np.ones(10, int),
        "truth": np.zeros(10, int),
        "annotations": np.zeros((10, 1), int),
        "annotated": annotated,
    }
    two = {"lower": np.zeros(2), "upper": np.ones(2), "prices": None}
    found = entry_of(data, classes=("a", "b"), agents=("ann", "AI"), **two)
    assert found["recall"]["a"]["recall"] == pytest.approx(0.8)
    assert found["recall"]["b"]["recall"] is None


def test_a_point_is_valid_json_without_nan() -> None:
    data = panel(cases=12)
    data["annotated"][:] = False
    found = entry_of(data, prices=np.array([0.1, np.inf, 0.0]), target=None)
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text)["prices"]["bob"] is None


def test_agents_that_may_get_nothing_have_no_price() -> None:
    found = entry_of(panel(), allowed=np.array([True, False, True]))
    assert found["prices"]["bob"] is None
    assert found["prices"]["ann"] == 0.0


def test_no_cases_are_measured_as_nothing() -> None:
    data = {k: v[:0] for k, v in panel().items()}
    found = entry_of(data, weights=BootstrapWeights(0, 10))
    assert found["accuracy"] is None
    json.dumps(found, allow_nan=False)


def test_a_resample_is_measured_like_the_sample() -> None:
    data = panel(cases=120, rate=0.8)  # few enough annotated for the rule of five to matter
    parts = [data[k] for k in ("truth", "annotations", "annotated")]
    team = team_of(data["chosen"], data["ai_decision"], *parts)
    weights = BootstrapWeights(120, 40, seed=3)
    drawn = resample(team, data["chosen"], *parts, weights)
    for r in range(40):
        rows = np.repeat(np.arange(120), weights.counts[r].astype(int))
        again = team_of(
            data["chosen"][rows],
            data["ai_decision"][rows],
            data["truth"][rows],
            data["annotations"][rows],
            data["annotated"][rows],
        )
        assert drawn.accuracy[r] == pytest.approx(again.accuracy)
        assert drawn.coverage[r] == pytest.approx(again.workload[-1])


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    # AI alone at 75 %: of 200 samples of 150 cases about 190 intervals hold 0.75.
    weights = BootstrapWeights(150, 400)
    hits = 0
    for seed in range(200):
        data = panel(cases=150, rate=0.0, seed=seed)
        data["chosen"] = np.full(150, 2)
        low, high = entry_of(data, weights=weights)["accuracy_interval"]
        hits += low <= 0.75 <= high
    assert 178 <= hits <= 199


def test_answers_of_no_class_have_columns_in_the_confusion() -> None:
    data = panel(rate=0.0)
    data["annotations"][:200, 0] = 4
    found = entry_of(data, extra_answers=2)
    counts = np.array(found["confusion"])
    assert counts.shape == (3, 5)
    to_ann = data["chosen"][:200] == 0
    assert counts[:, 4].tolist() == np.bincount(data["truth"][:200][to_ann], minlength=3).tolist()
    assert counts[:, 3].sum() == 0
    assert counts.sum() == 600
    assert found["accuracy"] == pytest.approx(np.trace(counts) / 600)
