"""Bad input on the command line: exit code 2, one clear line, nothing left behind."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import main
from core.methods.registry import METHODS

ROOT = Path(__file__).resolve().parents[2]
SPLITS = ["train"] * 30 + ["validation"] * 10 + ["test"] * 20


class Bundle:
    """A good bundle on disk, to be made bad in one place."""

    def __init__(self, folder: Path):
        folder.mkdir()
        self.folder = folder
        rng = np.random.default_rng(0)
        self.cases = ["case_id,split,label,age,dose"]
        self.annotations = ["case_id,expert,label"]
        for i, split in enumerate(SPLITS):
            label = "yes" if i % 2 else "no"
            self.cases.append(f"c{i},{split},{label},{rng.random():.3f},{rng.random():.3f}")
            for expert in ("Ann", "Bob"):
                if expert == "Ann" or i % 3:
                    self.annotations.append(f"c{i},{expert},{label}")

    def write(self) -> Path:
        for name in ("cases", "annotations"):
            text = "\n".join(getattr(self, name)) + "\n"
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return self.folder

    def case(self, row: int, text: str) -> None:
        self.cases[row + 1] = text

    def one_class(self) -> None:
        for i, split in enumerate(SPLITS):
            if split == "train":
                self.case(i, f"c{i},train,no,0.1,0.2")

    def without_column(self, column: int) -> None:
        rows = [line.split(",") for line in self.cases]
        self.cases = [",".join(c for i, c in enumerate(row) if i != column) for row in rows]


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Bundle(tmp_path / "set")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    """Runs the command line and gives what it says; checks all that every refusal keeps to."""

    def run(*arguments: object) -> str:
        before = {p: p.stat().st_mtime_ns for p in sorted(tmp_path.rglob("*"))}
        code = main([str(a) for a in arguments])
        out, err = capfd.readouterr()
        assert code == 2, err
        assert out == ""
        assert err.endswith("\n")
        first, *more = err.splitlines()
        assert first.startswith("error: ")
        assert all(line.startswith(("error: ", "warning: ")) for line in more)
        assert "Traceback" not in err
        assert {p: p.stat().st_mtime_ns for p in sorted(tmp_path.rglob("*"))} == before
        return err

    return run


Refused = Callable[..., str]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "COMMAND"),
        (["explode"], "explode"),
        (["train"], "PATH"),
        (["inspect", "nowhere"], "no such file or folder"),
        (["inspect", "sample:nothing"], "digits_trio"),
        (["inspect", "stored:0123"], "no such data set among 0"),
        (["inspect", "stored:"], "no such data set"),
        (["inspect", ".", "--wrong"], "--wrong"),
        (["inspect", "x" * 5000], "no such file or folder"),
        (["inspect", ".", "--rate"], "--rate: expected one argument"),
        (["restore", "x" * 5000], "does not exist; expected a zip that backup wrote"),
    ],
)
def test_command_that_means_nothing(refused: Refused, arguments: list[str], says: str) -> None:
    assert says in refused(*arguments)


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--method", "magic", ", ".join(METHODS)),
        ("--coverage", "1:0:0.1", "a:b:step"),
        ("--coverage", "0:1:0", "a:b:step"),
        ("--coverage", "0:1", "a:b:step"),
        ("--coverage", "0:2:0.1", "between 0 and 1"),
        ("--coverage", "some", "a:b:step"),
        ("--coverage", "0:1:0.1,0.5", "a:b:step"),
        ("--coverage", "nan", "a:b:step"),
        ("--coverage", "0:1:1e-9", "at most 1001"),
        ("--coverage", "0:1:1e-999999999", "at most 1001"),
        ("--coverage", "", "a:b:step"),
        ("--humans", "robots", "free, balanced"),
        ("--network", "resnet9000", "mlp"),
        ("--missing-rate", "1", "missing rate"),
        ("--missing-rate", "-0.1", "missing rate"),
        ("--missing-rate", "much", "expected a number"),
        ("--epochs", "0", "epochs"),
        ("--epochs", "1.5", "whole number"),
        ("--epochs", "9" * 5000, "999…"),
        ("--batch-size", "0", "batch size"),
        ("--lr", "0", "learning rate"),
        ("--lr", "inf", "--lr"),
        ("--lr", "1000", "learning rate is 1000; expected a number above 0 and at most 10"),
        ("--missing-rate-of", "Ann", "EXPERT=R"),
        ("--missing-rate-of", "Ann=much", "expected a number"),
        ("--missing-rate-of", "Zoe=0.5", "Zoe"),
        ("--off-duty", "Zoe", "Zoe"),
        ("--weight-decay", "-1", "weight decay"),
        ("--seeds", "0", "seeds"),
        ("--seed", "-1", "seed"),
        ("--ai", "external", "ai_predictions.csv"),
        ("--ai", "magic", "learned, external"),
        ("--hidden", "wide", "128,128"),
        ("--hidden", "0", "hidden"),
        ("--method", "complete", "missing"),
        ("--network", "cnn", "images"),
    ],
)
def test_setting_nobody_can_train_with(
    refused: Refused, bundle: Bundle, option: str, value: str, says: str
) -> None:
    assert says in refused("train", bundle.write(), f"{option}={value}")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("not json", "not JSON"),
        ("[1, 2]", "a list"),
        ("{}", "no bounds"),
        ('{"lower": {"Ann": 0.1}, "uper": {}}', "'uper'"),
        ('{"lower": [0.1]}', "a list"),
        ('{"lower": {"Ann": "much"}}', '"much"'),
        ('{"lower": {"Ann": true}}', "true"),
        ('{"lower": {"Ann": NaN}}', "NaN"),
        ('{"lower": {"Ann": 0.1, "Ann": 0.2}}', "twice"),
        ('{"lower": {"Zoe": 0.1}}', "'Zoe'"),
        ('{"lower": {"Ann": 1.5}}', "between 0 and 1"),
        ('{"lower": {"Ann": 1%s}}' % ("0" * 400), "between 0 and 1"),
        ('{"lower": {"Ann": 1e999}}', "between 0 and 1"),
        ('{"lower": {"Ann": 0.5}, "upper": {"Ann": 0.2}}', "nearest feasible"),
        ('{"lower": {"Ann": 0.7, "Bob": 0.7}}', "nearest feasible"),
        ('{"upper": {"Ann": 0.1, "Bob": 0.1, "AI": 0.1}}', "nearest feasible"),
    ],
)
def test_bounds_nobody_can_meet(
    refused: Refused, bundle: Bundle, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "bounds.json").write_text(content)
    assert says in refused("train", bundle.write(), "--bounds", tmp_path / "bounds.json")


def test_everything_wrong_is_said_at_once(
    bundle: Bundle, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bounds.json").write_text("{}")
    line = """--epochs 0 --seeds 0 --humans nobody --missing-rate 2 --batch-size x --hidden
        --lr 1000 --method pl2d --set bogus=1 --set projection=odd --missing-rate-of Ann=2
        --missing-rate-of Bob=3 --missing-rate-of Cyd --off-duty Ann --off-duty Ann
        --bounds bounds.json --coverage 2 --out bounds.json --wrong 3"""
    assert main(["train", "nowhere", *line.split()]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    said = err.splitlines()
    assert all(one.startswith("error: ") for one in said)
    for words in (
        *("nowhere: no such file", "--batch-size: found 'x'", "--hidden: expected one argument"),
        *("learning rate is 1000", "EXPERT=R", "found no bounds", "--coverage is '2'"),
        *("--out bounds.json: found a file", "unrecognized arguments: --wrong 3"),
        *("no setting 'bogus'", "off duty is", "humans is 'nobody'", "missing rate is 2"),
        *("missing rate of Ann is 2", "missing rate of Bob is 3", "epochs is 0", "seeds is 0"),
        "projection is 'odd'",
    ):
        assert sum(words in one for one in said) == 1, (words, err)
    assert len(said) == 18
    assert main(["train", str(bundle.write()), *line.split()[:8]]) == 2
    assert capfd.readouterr().err.count("\n") == 4


def test_what_is_wrong_without_a_set_is_said_with_the_rest(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "--epochs", "0", "--quiet"]) == 2
    said = capfd.readouterr().err.splitlines()
    assert [one.split(";")[0] for one in said] == [
        "error: the following arguments are required: PATH",
        "error: epochs is 0",
    ]


def test_settings_of_no_method_are_not_compared_with_another(refused: Refused) -> None:
    line = refused("train", "sample:fna_panel", "--method", "magic", "--set", "bogus=1")
    assert "method is 'magic'" in line


@pytest.mark.parametrize("name", ["nowhere/x.zip", "."])
def test_backup_that_cannot_be_written(refused: Refused, tmp_path: Path, name: str) -> None:
    assert f"NEW.zip {name}: " in refused("backup", name)


def test_bounds_file_that_is_not_there(refused: Refused, bundle: Bundle) -> None:
    assert "nothing.json" in refused("train", bundle.write(), "--bounds", "nothing.json")


def test_offered_bounds_are_a_file_that_is_accepted(
    refused: Refused, bundle: Bundle, tmp_path: Path
) -> None:
    from core.cli.options import read_bounds

    path = tmp_path / "bounds.json"
    path.write_text('{"lower": {"Ann": 0.7, "Bob": 0.7}}')
    line = refused("train", bundle.write(), "--bounds", path)
    path.write_text(line[line.index("{") :])
    bounds = read_bounds(path).in_order(("Ann", "Bob", "AI"))
    assert bounds.lower == pytest.approx((0.5, 0.5, 0.0))


def test_out_that_is_a_file(refused: Refused, bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    assert "found a file" in refused("train", bundle.write(), "--out", tmp_path / "taken")


def test_out_below_a_file(refused: Refused, bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    assert "taken" in refused("train", bundle.write(), "--out", tmp_path / "taken" / "deep")


@pytest.mark.parametrize("name", ["x" * 300, "/proc/run"])
def test_out_that_cannot_be_made(refused: Refused, bundle: Bundle, name: str) -> None:
    assert "--out" in refused("train", bundle.write(), "--out", name)


def test_out_that_holds_a_run_and_peoples_own_files(
    refused: Refused, bundle: Bundle, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("result.json", "config.json", "thesis.docx"):
        (out / name).write_text("{}")
    assert "holds other things" in refused("train", bundle.write(), "--out", out)


def test_out_that_holds_other_things(refused: Refused, bundle: Bundle) -> None:
    assert "holds other things" in refused("train", bundle.write(), "--out", bundle.folder)


BAD_SETS: dict[str, tuple[Callable[[Bundle], object], str]] = {
    "no ground truth column": (lambda b: b.without_column(2), "label"),
    "no case id column": (lambda b: b.without_column(0), "case_id"),
    "the same case twice": (lambda b: b.case(1, "c0,train,yes,0.1,0.2"), "c0"),
    "an unknown split": (lambda b: b.case(1, "c1,elsewhere,yes,0.1,0.2"), "elsewhere"),
    "an annotation of an unknown case": (lambda b: b.annotations.append("x9,Ann,yes"), "x9"),
    "two classes in one cell": (lambda b: b.annotations.append("c0,Bob,yes;no"), "yes;no"),
    "two annotations that differ": (lambda b: b.annotations.append("c0,Ann,yes"), "c0"),
    "an empty table": (lambda b: b.cases.__delitem__(slice(0, None)), "cases"),
    "a table with a header only": (lambda b: b.cases.__delitem__(slice(1, None)), ""),
    "one class in train": (lambda b: b.one_class(), "two classes"),
    "an expert called AI": (lambda b: b.annotations.append("c0,AI,yes"), "AI"),
}


@pytest.mark.parametrize("what", BAD_SETS)
@pytest.mark.parametrize("command", ["inspect", "train"])
def test_data_set_that_cannot_be_used(
    refused: Refused, bundle: Bundle, command: str, what: str
) -> None:
    spoil, says = BAD_SETS[what]
    spoil(bundle)
    assert says in refused(command, bundle.write())


def test_empty_folder(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "empty" in refused("inspect", tmp_path / "empty")


def test_file_that_is_no_data_set(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "holiday.bin").write_bytes(os.urandom(100))
    refused("inspect", tmp_path / "holiday.bin")


def test_text_that_is_no_utf8(refused: Refused, bundle: Bundle) -> None:
    (bundle.write() / "cases.csv").write_bytes(b"\xff\xfe\x00case_id\x81\x00")
    refused("inspect", bundle.folder)


def test_zip_that_leads_out(refused: Refused, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../cases.csv", "case_id,label\n")
    refused("inspect", tmp_path / "bad.zip")


def test_zip_that_is_none(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_text("PK")
    refused("inspect", tmp_path / "bad.zip")


def test_labels_only_can_be_described_and_trained(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    truth = [{"file": f"{i}.png", "label": i % 2} for i in range(40)]
    for split in ("train", "test"):
        for prefix in ("", "label_Ann_"):
            (folder / f"{prefix}{split}.json").write_text(json.dumps(truth))
            truth = [{**row, "file": split + row["file"]} for row in truth] if prefix else truth
    assert main(["inspect", str(folder)]) == 0
    assert json.loads(capfd.readouterr().out)["kind"] == "labels"
    how = ["--method", "correctness", "--coverage", "0.5", "--quiet"]
    assert main(["train", str(folder), *how]) == 0
    result = json.loads(capfd.readouterr().out)
    assert abs(result["points"][0]["coverage"] - 0.5) <= 0.2
    assert any("all cases look alike" in warning for warning in result["warnings"])


@pytest.mark.parametrize(
    "arguments",
    [["train", "nowhere"], ["train", "sample:fna_panel", "--method", "magic"], ["inspect"]],
)
def test_refusal_as_a_process(arguments: list[str], tmp_path: Path, home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "core", *arguments],
        cwd=ROOT,
        env=os.environ | {"CASELOAD_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("error: ")
    assert not home.exists()
