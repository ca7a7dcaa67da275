"""The command that compares methods."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from core.cli.yaml_text import read
from tests.unit.bench.benches import Trainer

SPEC = """
data: sample:fna_panel
methods: [pl2d, naive, complete]
seeds: 2
train: {epochs: 2, coverage: 0:1:0.5}
"""


@pytest.fixture
def trainer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    found = Trainer()
    monkeypatch.setattr("core.experiment.experiment.run", found)
    monkeypatch.setattr("core.training.devices.configure", lambda cache=None: None)
    return found


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "compare.yaml"
    path.write_text(SPEC)
    return path


def test_a_comparison_is_one_json_object_and_files(
    trainer: Trainer, spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["sweep", str(spec), "--out", str(out)]) == 0
    shown = capsys.readouterr()
    plain: dict[str, Any] = json.loads(shown.out)
    assert plain["cells"]["finished"] == 2
    assert [one["method"] for one in plain["cells"]["left_out"]] == ["complete"]
    areas = [one for one in plain["table"] if one["metric"] == "auc_cac"]
    assert [one["method"] for one in areas] == ["pl2d", "naive"]
    assert plain["tests"][0]["verdict"] == "not distinguishable"
    assert plain["ranking"]["critical_difference"] is None
    assert {path.name for path in out.iterdir()} == set(plain["files"])
    assert "no comparable run has finished here" in shown.err
    # Again, from the spec that it wrote: nothing is trained.
    assert main(["sweep", str(out / "sweep.yaml"), "--out", str(out), "--quiet"]) == 0
    again = capsys.readouterr()
    assert json.loads(again.out)["runs"] == plain["runs"]
    assert again.err == ""
    assert len(trainer.trained) == 2


def test_an_interrupted_comparison_goes_on(
    trainer: Trainer, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.stop_at = 2
    assert main(["sweep", str(spec)]) == 130
    assert capsys.readouterr().out == ""
    assert main(["sweep", str(spec)]) == 0
    assert [config.method for config in trainer.trained] == ["pl2d", "naive", "naive"]


def test_a_failed_cell_is_said_and_is_our_fault(
    trainer: Trainer, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.fail = ("naive",)
    assert main(["sweep", str(spec)]) == 1
    (failed,) = json.loads(capsys.readouterr().out)["cells"]["not_finished"]
    assert failed["method"] == "naive"
    assert "defect" in failed["why"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected names with values"),
        ("data: [1", "not YAML"),
        ("data: &a [x]\nmethods: *a", "aliases"),
        ("data: x\ndata: y", "there twice"),
        (SPEC + "speed: 3", "no setting 'speed'"),
        (SPEC.replace("pl2d", "pl3d"), "no method 'pl3d'"),
        (SPEC.replace("0:1:0.5", "0:2:0.5"), "coverage"),
        (SPEC.replace("sample:fna_panel", "nowhere"), "no such file"),
        ("data: sample:fna_panel\nmethods: complete", "no cell can be trained"),
        (SPEC + "content: {'sample:fna_panel': '00'}", "is not the data set"),
    ],
    ids=lambda value: value if "\n" not in value else "",
)
def test_what_cannot_be_compared_is_one_line_and_exit_code_2(
    trainer: Trainer, spec: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(text)
    assert main(["sweep", str(spec), "--quiet"]) == 2
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert shown.out == ""
    assert not trainer.trained


def test_a_folder_with_other_things_is_not_written_to(
    trainer: Trainer, spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", str(spec), "--out", str(tmp_path)]) == 2
    assert "holds other things than a comparison" in capsys.readouterr().err


def test_yaml_is_read_as_people_mean_it() -> None:
    text = "a: 0:1:0.1\nb: 1e-3\nc: [1, -2, 010, .5, 1.]\nd: true\ne: null\nf: '1'"
    assert read(text) == {
        "a": "0:1:0.1",
        "b": 0.001,
        "c": [1, -2, 10, 0.5, 1.0],
        "d": True,
        "e": None,
        "f": "1",
    }
    assert isinstance(read("a: 1e3")["a"], float)
