"""The command line when all goes well, and when it is our fault."""

import io
import json
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli.main import main
from core.cli.options import UsageError, parse_coverage
from core.cli.output import ProgressLine
from core.cli.parser import COMMANDS, OPTIONS, parse
from core.config.bounds import Bounds
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment.events import Event, Finished, Progress
from core.library.samples import load_sample
from core.library.store import Library
from tests.pages.fixtures import make_result

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = "sample:fna_panel"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def fake_run(dataset: AnnotationSet, config: TrainConfig) -> Iterator[Event]:
    """Trains nothing; prints and warns as libraries do."""
    print("a library says hello")
    os.write(1, b"so does native code\n")
    warnings.warn("a library warns", stacklevel=1)
    yield Progress(stage="train", fraction=0.5, text="Training point 1 of 2", seconds_left=2.0)
    said = {"config": config.to_dict(), "warnings": ("of the run",)}
    result = make_result().model_copy(update=said)
    outputs = {"targets": np.zeros(2)}
    yield Finished(result=result, artifacts={"outputs_seed0": outputs})


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.experiment.experiment.run", fake_run)
    monkeypatch.setattr("core.training.devices.configure", lambda cache=None: None)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("0:1:0.1", (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)),
        ("0:1:0.25", (0.0, 0.25, 0.5, 0.75, 1.0)),
        ("0:1:0.3", (0.0, 0.3, 0.6, 0.9, 1.0)),
        ("0.2:0.8:0.2", (0.2, 0.4, 0.6, 0.8)),
        ("0.5:0.5:0.1", (0.5,)),
        ("1,0.5,0,0.5", (0.0, 0.5, 1.0)),
        ("0.4", (0.4,)),
        (" 0 : 1 : .5 ", (0.0, 0.5, 1.0)),
    ],
)
def test_coverage_targets_include_their_ends(text: str, targets: tuple[float, ...]) -> None:
    assert parse_coverage(text) == targets


def test_coverage_is_counted_in_decimals() -> None:
    assert len(parse_coverage("0:1:0.001")) == 1001
    assert len(parse_coverage("0.1:0.7:0.1")) == 7


def test_settings_left_out_are_the_defaults() -> None:
    assert parse(["train", SAMPLE]).config == TrainConfig()


def test_every_option_reaches_the_settings(tmp_path: Path) -> None:
    bounds = tmp_path / "bounds.json"
    bounds.write_text('\ufeff{"lower": {"AI": 0.25}, "upper": {"Ann": 0.5}}', encoding="utf-8")
    line = f"""train {SAMPLE} --method naive --coverage 0,1 --humans balanced --bounds {bounds}
        --missing-rate 0.5 --missing-rate-of Bo=0 --missing-rate-of a=b=.5 --off-duty Ann
        --network mlp --epochs 7 --batch-size 9 --lr 0.1 --weight-decay 0.01
        --hidden 16-8 --expert-networks shared --set projection=running --seeds 3 --seed 4
        --ai external"""
    assert parse(line.split()).config == TrainConfig(
        method="naive",
        coverage=(0.0, 1.0),
        humans="balanced",
        bounds=Bounds(lower=(("AI", 0.25),), upper=(("Ann", 0.5),)),
        off_duty=("Ann",),
        missing_rate=0.5,
        missing_rates=(("Bo", 0.0), ("a=b", 0.5)),
        network="mlp",
        epochs=7,
        batch_size=9,
        learning_rate=0.1,
        weight_decay=0.01,
        hidden=(16, 8),
        expert_networks="shared",
        settings=(("projection", "running"),),
        seeds=3,
        seed=4,
        ai="external",
    )


def test_option_cut_short_is_not_guessed() -> None:
    with pytest.raises(UsageError, match="unrecognized arguments: --cover 0"):
        parse(["train", SAMPLE, "--cover", "0"])


@pytest.mark.parametrize("path", [SAMPLE, "fna_panel", str(ROOT / "data/samples/fna_panel")])
def test_inspect_prints_one_object(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", path]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["name"] == "fna_panel"
    assert err == ""


def test_a_stored_set_is_named_by_how_its_hash_begins(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = Library().add(*load_sample("fna_panel"))
    assert main(["inspect", f"stored:{key[:4]}"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["name"], told["content_hash"]) == ("fna_panel", key)


def test_inspect_leaves_nothing_behind(home: Path) -> None:
    main(["inspect", SAMPLE])
    assert not home.exists()


@pytest.mark.usefixtures("no_training")
def test_train_prints_the_result_and_progress_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", SAMPLE]) == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert result["config"]["method"] == "pl2d"
    assert result["warnings"][-1] == "of the run"
    assert " 50% Training point 1 of 2, about 2 s left\n" in err


@pytest.mark.usefixtures("no_training")
def test_quiet_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", SAMPLE, "--quiet"]) == 0
    assert "50%" not in capsys.readouterr().err


@pytest.mark.usefixtures("no_training")
def test_out_holds_the_run_and_may_be_used_again(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    for _ in range(2):
        assert main(["train", SAMPLE, "--out", str(out)]) == 0
    expected = {"config.json", "curve.csv", "outputs_seed0.npz", "manifest.json", "result.json"}
    assert {p.name for p in out.iterdir()} == expected
    assert [p.name for p in out.parent.iterdir()] == ["run"]


def broken(dataset: AnnotationSet, config: TrainConfig) -> Any:
    raise ZeroDivisionError("oh\ndear")


@pytest.mark.usefixtures("no_training")
def test_defect_of_ours_is_one_line_and_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    monkeypatch.setattr("core.experiment.experiment.run", broken)
    assert main(["train", SAMPLE]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "a defect in the program (ZeroDivisionError: oh dear)" in err
    assert str(home / "crash.log") in err
    assert "Traceback" in (home / "crash.log").read_text()


@pytest.mark.usefixtures("no_training")
def test_failed_run_leaves_no_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("core.experiment.experiment.run", broken)
    main(["train", SAMPLE, "--out", str(tmp_path / "deep" / "run")])
    assert not (tmp_path / "deep").exists()


@pytest.mark.usefixtures("no_training")
def test_interruption_is_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(dataset: AnnotationSet, config: TrainConfig) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.experiment.experiment.run", interrupted)
    assert main(["train", SAMPLE]) == 130
    assert capsys.readouterr() == ("", "interrupted\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_line_that_changes() -> None:
    terminal = Terminal()
    line = ProgressLine(stream=terminal)
    for stage in ("train", "pricing"):
        line.show(Progress(stage=stage, fraction=0.5, text=stage))
    line.clear()
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[2K")


def test_a_file_gets_few_lines() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream=stream)
    for i in range(1000):
        line.show(Progress(stage="train", fraction=i / 1000, text="Training"))
    assert 5 <= stream.getvalue().count("\n") <= 12


def process(*arguments: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "core", *arguments],
        cwd=ROOT,
        env=os.environ | {"CASELOAD_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_help_goes_to_standard_output(home: Path) -> None:
    out, err = process("train", "--help", home=home).communicate(timeout=60)
    assert "--coverage" in out
    assert err == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_every_argument(
    command: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([command, "--help"]) == 0
    told = capfd.readouterr().out
    assert "SUPPRESS" not in told
    assert "None" not in told
    assert max(map(len, told.splitlines())) < 90
    words = " ".join(told.split())
    for title, group in COMMANDS[command].arguments.items():
        assert f"\n{title}:\n" in told
        for typed, text in group.items():
            assert f"{typed} {text}" in words


@pytest.mark.parametrize("field", ["coverage", "hidden"])
def test_defaults_that_help_writes_out_are_the_settings_own(field: str) -> None:
    groups = COMMANDS["train"].arguments.values()
    texts = {name.split()[0]: text for group in groups for name, text in group.items()}
    text = texts[OPTIONS[field]]
    default = text.rpartition("default: ")[2].rstrip(")")
    assert parse(["train", SAMPLE, OPTIONS[field], default]).config == TrainConfig()


NOISE = """
import os, sys
import core.experiment.experiment
sys.path.insert(0, "tests/unit")
from test_cli import fake_run
core.experiment.experiment.run = fake_run
from core.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_standard_output_stays_one_object_whoever_prints(home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", NOISE, "train", SAMPLE],
        cwd=ROOT,
        env=os.environ | {"CASELOAD_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert "points" in json.loads(ended.stdout)
    assert "so does native code" in ended.stderr
    assert "warns" not in ended.stderr


@pytest.mark.slow
def test_a_real_run_prints_its_curve_and_no_noise(home: Path, tmp_path: Path) -> None:
    arguments = ["train", SAMPLE, "--coverage", "0:1:0.5", "--epochs", "2", "--hidden", "16"]
    run = process(*arguments, "--out", str(tmp_path / "run"), home=home)
    out, err = run.communicate(timeout=300)
    assert run.returncode == 0, err
    result = json.loads(out)
    assert {p["rule"] for p in result["points"]} == {"gate", "priced", "value"}
    assert len(result["points"]) == 9
    assert set(result["auc_cac"]) == {"gate", "priced", "value"}
    assert all(line.lstrip()[0].isdigit() for line in err.splitlines()), err
    assert json.loads((tmp_path / "run" / "result.json").read_text()) == result
    assert (tmp_path / "run" / "curve.csv").read_text("utf-8-sig").count("\n") == 10


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a single process")
def test_ctrl_c_ends_a_real_run_with_130(home: Path, tmp_path: Path) -> None:
    run = process("train", SAMPLE, "--epochs", "5000", "--out", str(tmp_path / "run"), home=home)
    assert run.stderr is not None
    run.stderr.readline()  # it is at work
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "interrupted"
    assert not (tmp_path / "run").exists()
