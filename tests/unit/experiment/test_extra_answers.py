"""A whole run on a set in which experts give answers that no truth has."""

import dataclasses
import json

import numpy as np
import pytest

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment.events import Finished
from core.experiment.experiment import run
from core.results import stored
from core.results.decisions import decided
from core.results.point_figures import point_figures
from tests.unit.training.problems import tiny_set

pytestmark = pytest.mark.slow

CONFIG = TrainConfig(coverage=(0.0, 0.5, 1.0), epochs=4, hidden=(8,), seeds=2, batch_size=32)


def hedging() -> tuple[AnnotationSet, AnnotationSet]:
    """Two classes; a part of the wrong answers are "hedge" or "unsure", and the same as classes."""
    plain = tiny_set(cases=240)
    wrong = plain.annotated & (plain.annotations != plain.truth[:, None])
    other = wrong & (np.random.default_rng(0).random(wrong.shape) < 0.6)
    extra = 2 + (np.arange(240) % 2)[:, None]
    annotations = np.where(other, extra, plain.annotations).astype(np.int32)
    answers = ("hedge", "unsure")
    return dataclasses.replace(plain, annotations=annotations, extra_answers=answers), plain


def finished(data: AnnotationSet, config: TrainConfig = CONFIG) -> Finished:
    event = list(run(data, config))[-1]
    assert isinstance(event, Finished)
    return event


@pytest.fixture(scope="module")
def found() -> Finished:
    return finished(hedging()[0])


def test_the_result_names_the_answers_and_comes_back(found: Finished) -> None:
    result = found.result
    assert result.answers == ("no", "yes", "hedge", "unsure")
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert stored.read(text.encode()) == result
    figures = point_figures(result, "value", 0.0)
    assert figures.confusion.shape == (2, 4)
    assert {one.decided for one in figures.mix_ups()} & {"hedge", "unsure"}


def test_expert_models_predict_them(found: Finished) -> None:
    log_f = found.artifacts["outputs_seed0"]["log_experts_test"].astype(float)
    assert log_f.shape[-2:] == (2, 4)
    # Kept in half precision, of three digits.
    np.testing.assert_allclose(np.exp(log_f).sum(-1), 1, atol=5e-3)


def test_decisions_name_them(found: Finished) -> None:
    data, _ = hedging()
    point = next(p for p in found.result.points if p.target == 0.0 and p.rule == "value")
    made = decided(data, found.artifacts[f"outputs_seed{point.seed}"], point)
    table = made.table(found.result.answers, found.result.agents)
    named = table["decision"].isin(["hedge", "unsure"])
    assert named.sum() == sum(sum(row[2:]) for row in point.confusion) > 0
    assert set(table["right"][named]) == {"no"}


def test_expected_correctness_is_that_of_wrong_classes() -> None:
    """It asks only whether an expert was right, so every number is the same to the last bit."""
    hedged, plain = hedging()
    config = dataclasses.replace(CONFIG, method="correctness", seeds=1)
    first, second = (finished(data, config) for data in (hedged, plain))
    for one, other in zip(first.result.points, second.result.points, strict=True):
        assert one.accuracy == other.accuracy
        assert one.workload == other.workload
        assert one.prices == other.prices
    assert first.result.expert_accuracy == second.result.expert_accuracy
    assert first.result.oracle == second.result.oracle
    assert first.result.random == second.result.random
    name = "outputs_seed0"
    np.testing.assert_array_equal(
        first.artifacts[name]["value_test"], second.artifacts[name]["value_test"]
    )
