import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.dataset.annotation_set import AnnotationSet
from core.record.scenario_scores import NEEDED, ScoresError, load_scores
from core.record.store import RunNotFoundError, RunStateError, RunStore
from tests.pages.fixtures import make_result, on

SEED = 3


def outputs() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for part, rows in (("validation", np.arange(30, 40)), ("test", np.arange(40, 60))):
        arrays[f"{part}_index"] = rows
        arrays[f"value_{part}"] = rng.random((len(rows), 3)).astype(np.float32)
        arrays[f"ensemble_{part}"] = rng.dirichlet([1, 1], len(rows))
        arrays[f"ai_answer_{part}"] = rng.integers(0, 2, len(rows)).astype(np.int32)
    return arrays | {"log_gate_test": np.zeros((5, 20, 3))}


@pytest.fixture
def grouped(small_set: AnnotationSet) -> AnnotationSet:
    return replace(small_set, groups={"site": np.array([f"s{i % 3}" for i in range(60)])})


class Folders(RunStore):
    """Finds a run's folder without asking MLflow, which takes seconds to set up."""

    has_folders = False

    def folder(self, run_id: str, name: str = "") -> Path:
        return self.home / "artifacts" / run_id / "artifacts"

    def _called(self, run_id: str) -> str:
        return run_id


def stored(home: Path, dataset: AnnotationSet, arrays: dict[str, Any] | None) -> RunStore:
    folder = home / "artifacts" / "run1" / "artifacts"
    folder.mkdir(parents=True)
    result = on(make_result(), dataset.name, dataset.content_hash)
    (folder / "result.json").write_text(json.dumps(result.to_dict()))
    if arrays is not None:
        np.savez_compressed(folder / f"outputs_seed{SEED}.npz", **arrays)
    return Folders(home)


def test_scores_are_the_runs_and_the_sets(tmp_path: Path, grouped: AnnotationSet) -> None:
    arrays = outputs()
    scores = load_scores(stored(tmp_path, grouped, arrays), "run1", grouped, SEED)
    assert scores.agents == ("Ann", "Bob", "AI")
    assert scores.seed == SEED
    assert len(scores.validation) == 10
    assert scores.test.case_ids.tolist() == [f"case{i}" for i in range(40, 60)]
    np.testing.assert_array_equal(scores.test.value, arrays["value_test"])
    np.testing.assert_array_equal(scores.validation.probabilities, arrays["ensemble_validation"])
    np.testing.assert_array_equal(scores.test.ai_answer, arrays["ai_answer_test"])
    np.testing.assert_array_equal(scores.truth, grouped.truth[40:])
    np.testing.assert_array_equal(scores.annotations, grouped.annotations[40:])
    np.testing.assert_array_equal(scores.annotated, grouped.annotated[40:])
    np.testing.assert_array_equal(scores.test.groups["site"], grouped.groups["site"][40:])


def test_groups_are_numbered_the_most_frequent_first(
    tmp_path: Path, grouped: AnnotationSet
) -> None:
    scores = load_scores(stored(tmp_path, grouped, outputs()), "run1", grouped, SEED)
    values, code = scores.test.groupings["site"]
    assert values == ("s1", "s2", "s0")
    np.testing.assert_array_equal(np.array(values)[code], scores.test.groups["site"])


def test_only_what_is_needed_is_read(
    tmp_path: Path, grouped: AnnotationSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, asked = stored(tmp_path, grouped, outputs()), []
    read = store.outputs
    monkeypatch.setattr(store, "outputs", lambda *a: asked.append(a[2]) or read(*a))
    load_scores(store, "run1", grouped, SEED)
    assert asked == [NEEDED]
    assert set(NEEDED) == set(outputs()) - {"log_gate_test"}


def refusal(home: Path, dataset: AnnotationSet, arrays: dict[str, Any] | None) -> str:
    with pytest.raises(ScoresError) as found:
        load_scores(stored(home, dataset, arrays), "run1", dataset, SEED)
    return str(found.value)


def test_a_run_without_outputs_is_refused(tmp_path: Path, grouped: AnnotationSet) -> None:
    assert "seed 3 of this run are not stored" in refusal(tmp_path, grouped, None)


def test_an_older_run_is_refused(tmp_path: Path, grouped: AnnotationSet) -> None:
    arrays = {k: v for k, v in outputs().items() if "ensemble" not in k}
    assert "did not store ensemble_validation" in refusal(tmp_path, grouped, arrays)


@pytest.mark.parametrize(
    "changed",
    [
        {"test_index": np.arange(41, 61)},
        {"test_index": np.arange(-1, 19)},
        {"value_test": np.zeros((20, 4))},
        {"ensemble_validation": np.zeros((10, 3))},
    ],
)
def test_outputs_of_another_set_are_refused(
    tmp_path: Path, grouped: AnnotationSet, changed: dict[str, np.ndarray]
) -> None:
    assert "of another data set" in refusal(tmp_path, grouped, outputs() | changed)


def test_a_run_on_another_set_is_refused(
    tmp_path: Path, grouped: AnnotationSet, small_set: AnnotationSet
) -> None:
    store = stored(tmp_path, grouped, outputs())
    with pytest.raises(ScoresError, match="trained on another data set than “small”"):
        load_scores(store, "run1", small_set, SEED)


def test_a_run_without_validation_cases_is_refused(tmp_path: Path, grouped: AnnotationSet) -> None:
    arrays = outputs()
    for name in NEEDED:
        arrays[name] = arrays[name][:0] if "validation" in name else arrays[name]
    assert "no validation cases" in refusal(tmp_path, grouped, arrays)


def test_damaged_outputs_are_refused(tmp_path: Path, grouped: AnnotationSet) -> None:
    store = stored(tmp_path, grouped, outputs())
    path = store.folder("run1") / f"outputs_seed{SEED}.npz"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ScoresError, match=f"outputs_seed{SEED}.npz is unreadable"):
        load_scores(store, "run1", grouped, SEED)


@pytest.mark.parametrize(
    "error", [RunNotFoundError("there is no run 'x'"), RunStateError("run x has no result")]
)
def test_a_run_that_has_not_finished_is_refused(
    grouped: AnnotationSet, error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def result(run_id: str) -> None:
        raise error

    store = RunStore(tmp_path)
    monkeypatch.setattr(store, "result", result)
    with pytest.raises(ScoresError, match=str(error)):
        load_scores(store, "x", grouped, SEED)
