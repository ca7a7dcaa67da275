"""Sets without features and images: labels with an AI's scores, and labels alone, end to end."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.encoding.score_inputs import ScoreColumn
from core.experiment import artifacts
from core.experiment.events import Finished
from core.experiment.experiment import run
from core.experiment.kept_models import RunModel, open_folder
from core.experiment.plan import default_ai
from core.reading.new_cases import read_new_files
from tests.unit.reading.builders import lines


def scored(n: int = 600, *, ai: bool = True) -> AnnotationSet:
    """An AI that is right in easy cases, an expert who is always right in four of five."""
    rng = np.random.default_rng(0)
    truth = (rng.random(n) < 0.4).astype(np.int32)
    evidence = rng.normal(2 * truth - 1, 1)
    share = expit(0.5 * evidence + 1)  # a badly calibrated statement of it
    right = rng.random((n, 2)) < (0.8, 0.6)
    annotations = np.where(right, truth[:, None], 1 - truth[:, None]).astype(np.int32)
    return AnnotationSet(
        name="scores",
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=np.where(np.arange(n) < n // 2, Split.TRAIN, Split.TEST).astype(np.int8),
        inputs=None,
        truth=truth,
        annotations=annotations,
        annotated=np.ones((n, 2), bool),
        classes=("no", "yes"),
        experts=("Ann", "Bob"),
        ai_probabilities=np.stack([1 - share, share], 1).astype(np.float32) if ai else None,
        score_column=ScoreColumn("CAD", "yes", 100.0) if ai else None,
    )


def trained(dataset: AnnotationSet, folder: Path, **settings: object) -> tuple[Finished, RunModel]:
    config = TrainConfig(**{"method": "correctness", "coverage": (0.0, 0.5, 1.0), **settings})  # type: ignore[arg-type]
    *_, finished = run(dataset, config)
    assert isinstance(finished, Finished)
    artifacts.write_whole(folder, finished)
    return finished, open_folder(folder)


def test_an_ai_of_scores_is_recalibrated_and_gets_the_cases_it_is_sure_of(tmp_path: Path) -> None:
    dataset = scored()
    finished, _ = trained(dataset, tmp_path / "learned")
    result = finished.result
    alone, half = result.ai_accuracy["value"], result.points[1]
    test = dataset.index(Split.TEST)
    assert dataset.ai_probabilities is not None
    stated = float((dataset.ai_probabilities[test].argmax(1) == dataset.truth[test]).mean())
    assert alone > stated + 0.1
    assert abs(half.coverage - 0.5) < 0.15
    assert half.accuracy is not None
    assert half.accuracy > max(alone, 0.8) + 0.02  # better than either of them
    external, _ = trained(dataset, tmp_path / "external", ai=default_ai(dataset.kind))
    assert external.result.ai_accuracy["value"] == pytest.approx(stated)


@pytest.mark.parametrize(
    "table",
    [
        lines("case_id,prob_no,prob_yes", "a,0.1,0.9", "b,0.6,0.4"),
        lines("case_id,prob_yes", "a,0.9", "b,0.4"),
        lines("case_id,CAD", "a,90", "b,40"),
    ],
    ids=["all classes", "one of two", "as in the data set"],
)
def test_new_cases_need_a_score_only(table: bytes, tmp_path: Path) -> None:
    dataset = scored()
    finished, model = trained(dataset, tmp_path, ai="external")
    cases, report = read_new_files({"new.csv": table}, model.form)
    assert not report.warnings
    found = model.scores(cases, 0)
    assert found.ai_answer.tolist() == [1, 0]
    # The model says of them what it said of cases with the same score in training.
    assert dataset.ai_probabilities is not None
    outputs = finished.artifacts["outputs_seed0"]
    stated = dataset.ai_probabilities[outputs["test_index"], 1]
    order = np.argsort(stated)
    like = np.interp([0.9, 0.4], stated[order], outputs["ensemble_test"][order, 1])
    assert found.probabilities[:, 1] == pytest.approx(like, abs=0.02)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (lines("case_id,age", "a,3"), "CAD"),
        (lines("case_id,CAD", "a,?"), "no scores.*row 2"),
        (lines("case_id,CAD", "a,101"), "from 0 to 100"),
    ],
    ids=["none", "blank", "too high"],
)
def test_new_cases_without_scores_are_refused(table: bytes, said: str, tmp_path: Path) -> None:
    _, model = trained(scored(), tmp_path, ai="external")
    with pytest.raises(Exception, match=said):
        read_new_files({"new.csv": table}, model.form)


def test_labels_alone_are_split_by_the_workloads(tmp_path: Path) -> None:
    finished, model = trained(scored(ai=False), tmp_path, method="pl2d", epochs=2)
    by_target = {p.target: p for p in finished.result.points if p.rule == "value"}
    assert abs(by_target[0.5].coverage - 0.5) < 0.1
    # Half of the cases at the most frequent class's share, half at Ann's accuracy.
    assert by_target[0.5].accuracy == pytest.approx(0.5 * 0.6 + 0.5 * 0.8, abs=0.06)
    assert not any("collapsed" in warning for warning in finished.result.warnings)
    cases, _ = read_new_files({"new.csv": lines("case_id", "a", "b", "c")}, model.form)
    value = model.scores(cases, 0).value
    assert np.ptp(value, axis=0).max() == 0  # nothing tells them apart
    assert value[0].argmax() == 0


def test_stored_models_hold_plain_values(tmp_path: Path) -> None:
    trained(scored(), tmp_path)
    facts = json.loads((tmp_path / artifacts.MODEL).read_text())
    assert facts["score_column"] == {"name": "CAD", "positive": "yes", "scale": 100.0}
    assert facts["seeds"]["0"]["score_map"] in ("platt", "isotonic")
