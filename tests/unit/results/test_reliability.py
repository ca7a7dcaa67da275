"""Promises and probabilities against what happened, on simulated test cases."""

import numpy as np
import pytest

from core.dataset.annotation_set import AnnotationSet, Split
from core.results.decisions import Decided
from core.results.reliability import promise, reliability

N = 4000


def simulated(excess: float = 0.0, missing: float = 0.0) -> tuple[AnnotationSet, np.ndarray]:
    """Two experts who are right with known probabilities, and v that is too high by `excess`."""
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.55, 0.95, (N, 3))
    truth = rng.integers(0, 2, N).astype(np.int32)
    right = rng.random((N, 3)) < chance
    answers = np.where(right, truth[:, None], 1 - truth[:, None]).astype(np.int32)
    annotated = rng.random((N, 2)) >= missing
    dataset = AnnotationSet(
        name="simulated",
        case_ids=np.array([f"c{i}" for i in range(N)]),
        split=np.full(N, Split.TEST, np.int8),
        inputs=None,
        truth=truth,
        annotations=np.where(annotated, answers[:, :2], 0),
        annotated=annotated,
        classes=("a", "b"),
        experts=("Ann", "Bob"),
    )
    return dataset, np.column_stack([chance + excess, answers[:, 2]])


def outputs_of(made: np.ndarray) -> dict[str, np.ndarray]:
    value, answer = made[:, :3], made[:, 3].astype(int)
    sure = value[:, 2]
    ensemble = np.where(np.arange(2) == answer[:, None], sure[:, None], 1 - sure[:, None])
    gate = value / value.sum(axis=1, keepdims=True)
    return {
        "test_index": np.arange(N),
        "targets": np.array([0.0, 0.5]),
        "value_test": value,
        "ai_answer_test": answer,
        "ensemble_test": ensemble,
        "scores_test": np.log(np.stack([gate, gate])),
        "log_experts_test": np.log(np.full((2, N, 2, 2), 0.5)),
    }


def decided_of(dataset: AnnotationSet, made: np.ndarray) -> Decided:
    return Decided(
        case_ids=dataset.case_ids,
        truth=dataset.truth.astype(int),
        chosen=made[:, :3].argmax(axis=1),
        ai_decision=made[:, 3].astype(int),
        annotations=dataset.annotations,
        annotated=dataset.annotated,
        seed=0,
    )


def test_probabilities_that_are_true_are_not_distinguishable_from_calibrated() -> None:
    dataset, made = simulated()
    found = reliability(dataset, [outputs_of(made)], 0.5)
    for name in ("value", "ai"):
        assert found[name].ece <= found[name].by_chance
        assert found[name].excess.low <= 0 <= found[name].excess.high
    assert found["value"].cases == 3 * N
    assert found["ai"].cases == N


def test_probabilities_that_are_too_high_are_found() -> None:
    dataset, made = simulated(excess=0.04)
    found = reliability(dataset, [outputs_of(made)], 0.5)["value"]
    assert found.ece > found.by_chance
    assert found.excess.value == pytest.approx(0.04, abs=0.012)


def test_seeds_on_the_same_cases_make_no_interval_narrower() -> None:
    dataset, made = simulated()
    one = reliability(dataset, [outputs_of(made)], 0.5)["ai"].excess
    three = reliability(dataset, [outputs_of(made)] * 3, 0.5)["ai"].excess
    assert three.high - three.low == pytest.approx(one.high - one.low, rel=1e-6)


def test_a_gating_model_is_asked_about_the_agent_it_prefers() -> None:
    dataset, made = simulated()
    found = reliability(dataset, [outputs_of(made)], 0.5)["gating"]
    assert found.cases == N
    assert found.excess.value < -0.3  # its shares are near a third, its agents right in 87 %


def test_scores_that_are_no_probabilities_are_left_out() -> None:
    dataset, made = simulated()
    outputs = outputs_of(made)
    outputs["scores_test"] = np.stack([made[:, :3]] * 2)
    assert "gating" not in reliability(dataset, [outputs], 0.5)


@pytest.mark.parametrize("missing", [0.0, 0.6])
def test_a_true_promise_is_kept_whatever_is_missing(missing: float) -> None:
    dataset, made = simulated(missing=missing)
    decided = decided_of(dataset, made)
    found = promise([decided], [made[:, :3]])
    assert found is not None
    assert found.kept
    assert found.promised == pytest.approx(made[:, :3].max(axis=1).mean())
    assert found.happened == pytest.approx(decided.team.accuracy, abs=1e-9)


def test_a_promise_of_too_much_is_found() -> None:
    dataset, made = simulated(excess=0.05)
    found = promise([decided_of(dataset, made)], [made[:, :3]])
    assert found is not None
    assert not found.kept
    assert found.excess.value == pytest.approx(0.05, abs=0.015)


def test_without_a_scored_decision_nothing_is_said() -> None:
    dataset, made = simulated(missing=1.0)
    made[:, 2] = 0.0  # nobody chooses the AI
    assert promise([decided_of(dataset, made)], [made[:, :3]]) is None
