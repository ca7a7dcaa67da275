"""A finished run's model, applied to new cases: the same as training said of the set's own."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.annotation_set import AnnotationSet, Split
from core.data.library import Library
from core.data.new_cases import NewCases, read_new_files
from core.data.report import DataError, Report
from core.runs import artifacts
from core.runs.config import TrainConfig
from core.runs.events import Finished
from core.runs.experiment import run
from core.runs.models import ModelError, RunModel, open_folder, open_run
from core.runs.store import RunStore
from tests.unit.data.builders import bundle, image_of, lines, read_set, zipped

CONFIG = TrainConfig(method="correctness", coverage=(0.5,), hidden=(8,), batch_size=32)
SPLITS = ["train"] * 48 + ["validation"] * 12 + ["test"] * 20
rng = np.random.default_rng(0)
AGE = rng.integers(20, 80, len(SPLITS))
LABEL = np.where(AGE + 10 * rng.normal(size=len(SPLITS)) > 50, "yes", "no")
COLOUR = rng.choice(["red", "blue", ""], len(SPLITS))


def rows() -> list[str]:
    return ["case_id,split,label,age,colour,group_site"] + [
        f"c{i},{split},{LABEL[i]},{AGE[i]},{COLOUR[i]},{'north' if i % 2 else 'south'}"
        for i, split in enumerate(SPLITS)
    ]


def said() -> list[str]:
    return ["case_id,expert,label"] + [
        f"c{i},{who},{LABEL[i] if (i + m) % 4 else 'no'}"
        for i in range(len(SPLITS))
        for m, who in enumerate(("Ann", "Bob"))
        if (i + m) % 3
    ]


def predictions(start: int = 0) -> bytes:
    told = [f"c{i},{'yes' if AGE[i] > 55 else 'no'}" for i in range(start, len(SPLITS))]
    return lines("case_id,prediction", *told)


def trained(dataset: AnnotationSet, folder: Path, **changes: Any) -> RunModel:
    last = list(run(dataset, replace(CONFIG, **changes)))[-1]
    assert isinstance(last, Finished)
    artifacts.write(folder, last)
    return open_folder(folder)


def in_training(folder: Path, seed: int = 0) -> dict[str, np.ndarray]:
    return artifacts.read_outputs(folder, seed, ("value_test", "ensemble_test", "ai_answer_test"))


@pytest.fixture(scope="module")
def table() -> AnnotationSet:
    return read_set(bundle(cases=rows(), annotations=said()))[0]


@pytest.fixture(scope="module")
def folder(table: AnnotationSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    trained(table, folder, seeds=2)
    return folder


def test_model_says_of_the_sets_own_test_cases_what_training_said(folder: Path) -> None:
    model = open_folder(folder)
    new = lines("case_id,age,colour", *(f"c{i},{AGE[i]},{COLOUR[i]}" for i in range(60, 80)))
    cases, _ = read_new_files({"cases.csv": new}, model.form)
    for seed in (0, 1):
        scores, want = model.scores(cases, seed), in_training(folder, seed)
        np.testing.assert_allclose(scores.value, want["value_test"], atol=1e-4)
        np.testing.assert_allclose(scores.probabilities, want["ensemble_test"], atol=1e-4)
        np.testing.assert_array_equal(scores.ai_answer, want["ai_answer_test"])


def test_model_says_what_it_was_trained_on_and_what_it_expects(folder: Path, table) -> None:
    model = open_folder(folder)
    assert model.agents == ("Ann", "Bob", "AI")
    assert model.seeds == (0, 1)
    assert model.content_hash == table.content_hash
    assert model.form.encoder == table.encoder
    assert model.form.image_size is None
    assert model.validation(1).shape == (12, 3)


def test_run_folder_with_a_model_may_be_replaced_by_a_new_run(folder: Path) -> None:
    assert {"model.json", "model_seed0.npz"} <= {p.name for p in folder.iterdir()}
    assert artifacts.is_run_folder(folder)


def test_seed_that_was_not_trained_is_named(folder: Path) -> None:
    with pytest.raises(ModelError, match="has no seed 7; it has 0, 1"):
        open_folder(folder).validation(7)


def image_set(side: int) -> AnnotationSet:
    """Bright images are of class `yes`."""
    dataset, _ = read_set(bundle(cases=rows(), annotations=said()))
    dark = (AGE[:, None, None, None] * 2).astype(float)
    noise = np.random.default_rng(1).integers(0, 90, (len(AGE), side, side, 3))
    return replace(dataset, inputs=(dark + noise).astype(np.uint8), feature_names=(), encoder=None)


@pytest.mark.parametrize("network", ["cnn", "mlp"])
def test_images_of_new_cases_are_scored_as_in_training(network: str, tmp_path: Path) -> None:
    dataset = image_set(8)
    model = trained(dataset, tmp_path, network=network)
    assert model.form.image_size == (8, 8)
    test = dataset.index(Split.TEST)
    assert dataset.inputs is not None
    photos = {f"{dataset.case_ids[i]}.png": image_of(dataset.inputs[i]) for i in test}
    cases, _ = read_new_files({"photos.zip": zipped(photos)}, model.form)
    order = np.argsort(np.argsort([f"{dataset.case_ids[i]}.png" for i in test]))
    scores, want = model.scores(cases, 0), in_training(tmp_path)
    np.testing.assert_allclose(scores.value[order], want["value_test"], atol=1e-4)
    np.testing.assert_allclose(scores.probabilities[order], want["ensemble_test"], atol=1e-4)


def test_external_ai_must_have_answered_the_new_cases(tmp_path: Path) -> None:
    files = bundle(cases=rows(), annotations=said(), ai_predictions_csv=predictions())
    dataset, _ = read_set(files)
    model = trained(dataset, tmp_path, ai="external")
    new = lines("case_id,age,colour", *(f"c{i},{AGE[i]},{COLOUR[i]}" for i in range(60, 80)))
    with pytest.raises(DataError, match="ai_predictions.csv is missing"):
        read_new_files({"cases.csv": new}, model.form)
    cases, _ = read_new_files({"cases.csv": new, "ai_predictions.csv": predictions(60)}, model.form)
    scores, want = model.scores(cases, 0), in_training(tmp_path)
    np.testing.assert_allclose(scores.value, want["value_test"], atol=1e-4)
    np.testing.assert_array_equal(scores.ai_answer, want["ai_answer_test"])


def test_set_that_kept_no_encoding_asks_to_be_added_again_and_that_is_enough(
    table: AnnotationSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    model = trained(replace(table, encoder=None), tmp_path / "run")
    with pytest.raises(DataError, match="Add the data set again"):
        read_new_files({"cases.csv": b"case_id,age\nx,3\n"}, model.form)
    Library().add(table, Report())
    assert open_folder(tmp_path / "run").form.encoder == table.encoder


def test_run_from_before_models_were_kept_says_so(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(ModelError, match="kept no model: it was trained before"):
        open_folder(tmp_path)


def test_folder_that_is_no_run_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no finished run; expected a folder"):
        open_folder(tmp_path)


def test_damaged_model_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    (tmp_path / "model.json").write_text('{"dataset": 3}')
    with pytest.raises(ModelError, match="is damaged"):
        open_folder(tmp_path)


def test_unknown_run_is_told(home: Path) -> None:
    with pytest.raises(ModelError, match="there is no run"):
        open_run(RunStore(home), "0123456789abcdef0123456789abcdef")


def test_no_cases_give_no_scores(folder: Path) -> None:
    nothing = NewCases(case_ids=np.array([], dtype=str), inputs=np.zeros((0, 4), np.float32))
    model = open_folder(folder)
    width = len(model.form.encoder.columns)  # type: ignore[union-attr]
    assert width == 2
    assert model.scores(nothing, 0).value.shape == (0, 3)
