import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.base.report import DataError, Report
from core.dataset.annotation_set import AnnotationSet
from core.experiment import artifacts
from core.experiment.kept_models import ModelError, open_folder
from core.library.store import Library
from core.reading.new_cases import NewCases, read_new_files
from core.record.models import open_run
from core.record.store import RunStore
from tests.unit.experiment import untrained
from tests.unit.reading.builders import lines


@pytest.fixture(scope="module")
def table() -> AnnotationSet:
    return untrained.table_set()


@pytest.fixture(scope="module")
def folder(table: AnnotationSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    untrained.run_folder(folder, table, seeds=2)
    return folder


def test_written_and_read_back_a_model_says_the_same_of_the_test_cases(folder: Path) -> None:
    model = open_folder(folder)
    cases, _ = read_new_files({"new.csv": lines(*untrained.new_rows())}, model.form)
    for seed in (0, 1):
        scores, want = model.scores(cases, seed), artifacts.read_outputs(folder, seed)
        np.testing.assert_allclose(scores.value, want["value_test"], atol=1e-6)
        np.testing.assert_allclose(scores.probabilities, want["ensemble_test"], atol=1e-6)
        np.testing.assert_array_equal(scores.ai_answer, want["ai_answer_test"])


def test_model_says_what_it_was_trained_on_and_what_it_expects(folder: Path, table) -> None:
    model = open_folder(folder)
    assert model.agents == ("Ann", "Bob", "AI")
    assert model.seeds == (0, 1)
    assert (model.content_hash, model.dataset_name) == (table.content_hash, table.name)
    assert model.form.encoder == table.encoder
    assert model.form.image_size is None
    assert model.validation(1).value.shape == (20, 3)


def test_folder_with_a_model_may_be_replaced_by_a_new_run(folder: Path) -> None:
    assert {"model.json", "model_seed0.npz"} <= {p.name for p in folder.iterdir()}
    assert artifacts.is_run_folder(folder)


def test_seed_that_was_not_trained_is_named(folder: Path) -> None:
    with pytest.raises(ModelError, match="has no seed 7; it has 0, 1"):
        open_folder(folder).validation(7)


def test_external_ai_must_have_answered_the_new_cases(table, tmp_path: Path) -> None:
    told = np.eye(2, dtype=np.float32)[np.arange(len(table.truth)) % 2]
    model = untrained.run_folder(tmp_path, replace(table, ai_probabilities=told), external=True)
    new = {"cases.csv": lines(*untrained.new_rows())}
    with pytest.raises(DataError, match=r"ai_predictions\.csv is missing"):
        read_new_files(new, model.form)
    rows = [f"c{i},{('no', 'yes')[i % 2]}" for i in range(50, 70)]
    answers = {"ai_predictions.csv": lines("case_id,prediction", *rows)}
    cases, _ = read_new_files(new | answers, model.form)
    scores, want = model.scores(cases, 0), artifacts.read_outputs(tmp_path, 0)
    np.testing.assert_allclose(scores.value, want["value_test"], atol=1e-6)
    np.testing.assert_array_equal(scores.ai_answer, np.arange(50, 70) % 2)


def test_set_that_kept_no_encoding_asks_to_be_added_again_and_that_is_enough(
    table: AnnotationSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    model = untrained.run_folder(tmp_path / "run", replace(table, encoder=None))
    with pytest.raises(DataError, match="Add the data set again"):
        read_new_files({"cases.csv": b"case_id,age\nx,3\n"}, model.form)
    Library().add(table, Report())
    assert open_folder(tmp_path / "run").form.encoder == table.encoder


def test_a_model_from_before_networks_were_named_is_still_applied(
    table: AnnotationSet, tmp_path: Path
) -> None:
    untrained.run_folder(tmp_path, table)
    told = json.loads((tmp_path / "model.json").read_text())
    del told["network"]
    (tmp_path / "model.json").write_text(json.dumps(told))
    found = open_folder(tmp_path).scores(untrained.own_test_cases(table), 0)
    want = artifacts.read_outputs(tmp_path, 0)["value_test"]
    np.testing.assert_allclose(found.value, want, atol=1e-6)


def test_run_without_its_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(ModelError, match="has no stored model"):
        open_folder(tmp_path)


def test_folder_that_is_no_run_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no finished run; expected a folder"):
        open_folder(tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", '{"dataset": 3}', "[" * 5000])
def test_damaged_model_is_told_in_words(text: str, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ModelError, match="is damaged"):
        open_folder(tmp_path)


def test_damaged_arrays_are_told_in_words(table: AnnotationSet, tmp_path: Path) -> None:
    model = untrained.run_folder(tmp_path, table)
    (tmp_path / "model_seed0.npz").write_bytes(b"PK torn")
    with pytest.raises(ModelError, match="is damaged"):
        model.scores(untrained.own_test_cases(table), 0)


def test_unknown_run_is_told(home: Path) -> None:
    with pytest.raises(ModelError, match="there is no run"):
        open_run(RunStore(home), "0123456789abcdef0123456789abcdef")


def test_no_cases_give_no_scores(folder: Path, table: AnnotationSet) -> None:
    assert table.inputs is not None
    nothing = NewCases(case_ids=np.array([], dtype=str), inputs=table.inputs[:0])
    assert open_folder(folder).scores(nothing, 0).value.shape == (0, 3)
