"""Grades: recognised, in order, and cut into two classes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.report import Report
from core.cli.main import main
from core.files.csv_table import parse_table
from core.files.table import Table
from core.matching.apply import apply
from core.matching.facts import grade
from core.matching.grades import in_order, names_of, scale
from core.matching.guess import guess
from core.matching.roles import ColumnRole, Role, Roles
from core.reading.read import ReadOptions, read_files
from tests.unit.reading.builders import refusal

RNG = np.random.default_rng(11)
N = 80
TRUTH = RNG.integers(1, 6, N)
READERS = ("Reader 1", "Reader 2")
SAID = {name: np.clip(TRUTH + RNG.integers(-1, 2, N), 1, 5) for name in READERS}


def csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def graded(words: str = "{}", spelt: str = "{}", **more: object) -> bytes:
    """A wide table of grades: the truth's spelling and the readers'."""
    frame = pd.DataFrame({"case": [f"c{i:02d}" for i in range(N)]})
    frame["truth"] = [words.format(v) for v in TRUTH]
    for name in READERS:
        frame[name] = [spelt.format(v) for v in SAID[name]]
    return csv(frame.assign(**more))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3.0),
        ("-1.5", -1.5),
        ("KL 2", 2.0),
        ("grade 10", 10.0),
        ("BI-RADS 4a", 4.1),
        ("BIRADS:4B", 4.2),
        ("T2", 2.0),
        ("IV", 4.0),
        ("Stage IIIb", 3.2),
        ("XII", 12.0),
    ],
)
def test_a_grade_has_a_value(text: str, value: float) -> None:
    found = grade(text)
    assert found is not None
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "taxi", "via", "benign", "3+4", "1-2 cm", "grade >= 3", "Mi"])
def test_other_labels_are_no_grades(text: str) -> None:
    assert grade(text) is None


@pytest.mark.parametrize(
    "labels",
    [
        ["KL 0", "KL 1", "KL 2", "KL 3", "KL 4"],
        ["grade 2", "grade 9", "grade 10"],
        ["BI-RADS 2", "BI-RADS 3", "BI-RADS 4a", "BI-RADS 4b", "BI-RADS 5"],
        ["0", "I", "II", "III", "IV", "V", "IX"],
        ["1", "2", "3", "10"],
    ],
)
def test_grades_are_sorted_by_value(labels: list[str]) -> None:
    assert in_order(labels[::-1]) == labels
    assert list(scale(labels[::-1])) == labels


@pytest.mark.parametrize(
    "labels",
    [["I", "V", "x"], ["V", "X"], ["A1", "B2", "C3"], ["3", "III", "4"], ["I", "2", "3"]],
)
def test_other_labels_are_no_scale(labels: list[str]) -> None:
    assert scale(labels) == {}


@pytest.mark.parametrize(("words", "name"), [("{}", "grade"), ("KL {}", "KL")])
def test_a_cut_makes_two_classes_of_truth_and_answers(words: str, name: str) -> None:
    dataset, report = read_files({"g.csv": graded(words)}, options=ReadOptions(cut=3))
    assert dataset.classes == (f"{name} < 3", f"{name} >= 3")
    assert (dataset.truth == (TRUTH >= 3)).all()
    for m, reader in enumerate(READERS):
        assert (dataset.annotations[:, m] == (SAID[reader] >= 3)).all()
    assert not report.errors


def test_without_a_cut_grades_are_classes_in_order() -> None:
    ten = {"truth": [f"grade {v + 5}" for v in TRUTH]}
    ten |= {name: [f"grade {v + 5}" for v in SAID[name]] for name in READERS}
    dataset, report = read_files({"g.csv": graded(**ten)})
    assert dataset.classes == ("grade 6", "grade 7", "grade 8", "grade 9", "grade 10")
    assert (dataset.truth == TRUTH - 1).all()
    assert any("grades" in p.what for p in report.notes)


def test_readers_may_spell_a_grade_otherwise() -> None:
    roman = ["", "I", "II", "III", "IV", "V"]
    said = {name: [roman[v] for v in SAID[name]] for name in READERS}
    files = {"g.csv": graded("BI-RADS {}", **said)}
    dataset, _ = read_files(files)
    assert dataset.classes == tuple(f"BI-RADS {i}" for i in range(1, 6))
    assert (dataset.annotations[:, 0] == SAID["Reader 1"] - 1).all()
    dataset, _ = read_files(files, options=ReadOptions(cut=4))
    assert (dataset.annotations[:, 1] == (SAID["Reader 2"] >= 4)).all()


@pytest.mark.parametrize("cut", [1.0, 5.5, -3.0])
def test_a_cut_beyond_the_grades_is_refused(cut: float) -> None:
    assert "leaves all grades" in refusal({"g.csv": graded()}, cut=cut)


def test_names_of_the_classes_say_the_grade_as_it_is_written() -> None:
    grades = scale(["BI-RADS 3", "BI-RADS 4a", "BI-RADS 4b"])
    assert names_of(grades, 4.1) == ("BI-RADS < 4a", "BI-RADS >= 4a")
    assert names_of(scale(["1", "2", "4"]), 2.5) == ("grade < 4", "grade >= 4")


def test_an_ais_probabilities_of_grades_are_added() -> None:
    shares = RNG.dirichlet(np.ones(5), N).round(4)
    more = {f"prob_{i + 1}": shares[:, i] for i in range(5)}
    dataset, _ = read_files({"g.csv": graded(**more)}, options=ReadOptions(cut=4))
    assert dataset.ai_probabilities is not None
    expected = shares[:, 3:].sum(axis=1) / shares.sum(axis=1)
    assert np.allclose(dataset.ai_probabilities[:, 1], expected, atol=1e-5)


@pytest.mark.parametrize("words", ["{}", "BI-RADS {}"])
def test_ratings_of_a_truth_of_two_classes_are_scores(words: str) -> None:
    truth = np.where(TRUTH >= 3, "malignant", "benign")
    files = {"g.csv": graded(spelt=words, truth=truth)}
    assert "need a cut" in refusal(files)
    dataset, _ = read_files(files, options=ReadOptions(cut=4))
    assert dataset.classes == ("benign", "malignant")
    assert (dataset.annotations[:, 0] == (SAID["Reader 1"] >= 4)).all()


def test_a_slip_makes_no_ratings_of_answers() -> None:
    truth = (TRUTH >= 3).astype(int)
    said = truth.copy()
    said[:3] = 2
    table = parse_table(graded(truth=truth, **dict.fromkeys(READERS, said)), "g.csv", Report())
    assert guess([table]).tables["g.csv"].columns["Reader 1"].role is Role.ANSWER


def test_a_cut_survives_the_file_of_roles_and_is_applied_once() -> None:
    table = parse_table(graded(), "g.csv", Report())
    roles = guess([table]).model_copy(update={"cut": 3.0})
    again = Roles.model_validate_json(roles.model_dump_json())
    labels = [apply([table], r, Report()).answers.frame["label"].tolist() for r in (roles, again)]
    assert labels[0] == labels[1]
    assert set(labels[0]) == {"grade < 3", "grade >= 3"}


def test_a_long_table_is_cut_as_well() -> None:
    rows = [(f"c{i:02d}", r, SAID[r][i], TRUTH[i]) for i in range(N) for r in READERS]
    frame = pd.DataFrame(rows, columns=["case", "reader", "answer", "truth"])
    dataset, _ = read_files({"long.csv": csv(frame)}, options=ReadOptions(cut=2))
    assert (dataset.annotations[:, 1] == (SAID["Reader 2"] >= 2)).all()


def test_a_mended_score_column_is_cut_with_the_grades() -> None:
    table: Table = parse_table(graded(), "g.csv", Report())
    roles = guess([table]).change("g.csv", "Reader 1", ColumnRole(role=Role.SCORE, name="Reader 1"))
    cut = roles.model_copy(update={"cut": 3.0})
    frame = apply([table], cut, Report()).answers.frame
    mine = frame[frame["expert"] == "Reader 1"]["label"].tolist()
    assert mine == np.where(SAID["Reader 1"] >= 3, "grade >= 3", "grade < 3").tolist()


def test_codes_for_missing_are_no_grades() -> None:
    truth, said = TRUTH.copy(), SAID["Reader 1"].copy()
    truth[:2], said[2:6] = -9, 99
    more = {"truth": truth, "Reader 1": said}
    dataset, _ = read_files({"g.csv": graded(**more)}, options=ReadOptions(cut=3))
    assert dataset.classes == ("grade < 3", "grade >= 3")
    assert len(dataset.truth) == N - 2
    assert not dataset.annotated[:4, 0].any()
    assert (dataset.annotations[4:, 0] == (said[6:] >= 3)).all()


@pytest.mark.parametrize("cut", ["3", "III", "KL 3"])
def test_the_command_line_takes_a_cut(
    cut: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "g.csv").write_bytes(graded())
    assert main(["inspect", str(tmp_path / "g.csv"), "--cut", cut]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["classes"] == ["grade < 3", "grade >= 3"]
    right = ((SAID["Reader 1"] >= 3) == (TRUTH >= 3)).mean()
    assert described["expert_accuracy"]["Reader 1"]["accuracy"] == pytest.approx(right)
