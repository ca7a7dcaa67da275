import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.files import LockedError, atomic_write, file_lock, json_text
from core.config.train_config import TrainConfig
from core.experiment import artifacts
from core.experiment.events import Finished
from tests.pages.fixtures import make_result
from tests.unit.record import fakes

CONFIG = TrainConfig(coverage=(0.0, 0.5, 1.0))


def ended(files: dict[str, object]) -> Finished:
    """A run that left these files."""
    return Finished(result=make_result(), artifacts=files)


def test_run_folder_is_read_back(tmp_path: Path) -> None:
    artifacts.write(tmp_path, fakes.finished(CONFIG))
    assert artifacts.read_result(tmp_path).config == CONFIG.to_dict()
    np.testing.assert_array_equal(artifacts.read_outputs(tmp_path, 0)["targets"], CONFIG.coverage)
    assert (tmp_path / "note.txt").read_text() == "hello"


def test_folder_with_other_files_beside_a_run_is_no_run_folder(tmp_path: Path) -> None:
    artifacts.write(tmp_path, fakes.finished(CONFIG))
    assert not artifacts.is_run_folder(tmp_path)  # note.txt
    (tmp_path / "note.txt").unlink()
    assert artifacts.is_run_folder(tmp_path)


def test_scores_of_earlier_versions_are_read_by_their_name_of_today(tmp_path: Path) -> None:
    np.savez(tmp_path / "outputs_seed0.npz", log_gate_test=np.ones(3), value_test=np.zeros(2))
    assert set(artifacts.read_outputs(tmp_path, 0)) == {"scores_test", "value_test"}
    np.testing.assert_array_equal(
        artifacts.read_outputs(tmp_path, 0, ["scores_test"])["scores_test"], 1.0
    )


def test_history_frame_is_kept_as_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"epoch": [1, 2], "loss": [0.5, 0.25]})
    artifacts.write(tmp_path, ended({"history": frame}))
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / artifacts.HISTORY), frame)


def test_curve_has_a_row_per_point_and_flags_breaches(tmp_path: Path) -> None:
    artifacts.write(tmp_path, fakes.finished(CONFIG))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "curve.csv").read_text("utf-8-sig"))))
    assert [float(row["target"]) for row in rows] == [0.0, 0.5, 1.0]
    assert {row["within_bounds"] for row in rows} == {"False"}  # Bob: 0.25, at most 0.2
    assert rows[0]["workload AI"] == "0.5"


@pytest.mark.parametrize("name", ["../out.txt", "a/b.txt", "", "..", "result.json", "weights"])
def test_artifact_cannot_be_written_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="artifact name"):
        artifacts.write(tmp_path, ended({name: "x"}))


def test_earlier_run_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    artifacts.write_whole(out, fakes.finished(CONFIG))
    (out / "old").write_text("of the first run")
    artifacts.write_whole(out, fakes.finished(CONFIG))
    assert not (out / "old").exists()
    assert os.listdir(tmp_path) == ["out"]


def test_failed_writing_leaves_the_earlier_run_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    artifacts.write_whole(out, fakes.finished(CONFIG))
    with pytest.raises(ValueError, match=r"artifact x\.bin"):
        artifacts.write_whole(out, ended({"x.bin": object()}))
    assert artifacts.read_result(out).cases.train == 40
    assert os.listdir(tmp_path) == ["out"]


def test_json_is_strict() -> None:
    value = {"a": np.float32(0.5), "b": (np.int64(1), float("nan")), "c": np.array([True])}
    assert json.loads(json_text(value)) == {"a": 0.5, "b": [1, None], "c": [True]}


def test_atomic_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", b"1")
    atomic_write(tmp_path / "a", b"2")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"2"


def test_lock_is_held_by_one(tmp_path: Path) -> None:
    with file_lock(tmp_path / "lock"), pytest.raises(LockedError):
        with file_lock(tmp_path / "lock"):
            pass
    with file_lock(tmp_path / "lock"):
        pass
