"""New cases outside the range of training: found, said, and kept from the AI."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.base.report import Report
from core.cli.main import main
from core.encoding.encode import encode
from core.encoding.encoder import Encoder
from core.encoding.outside import Outside, distance_of
from core.library.passed_cases import pick_up, put_down
from core.reading.new_cases import NewCases
from tests.unit.experiment import untrained
from tests.unit.reading.builders import lines

RNG = np.random.default_rng(11)
N = 300
FRAME = pd.DataFrame(
    {
        "size": RNG.normal(5, 1, N).round(3).astype(str),
        "income": np.exp(RNG.normal(0, 1.5, N)).round(4).astype(str),
        "site": RNG.choice(["north", "south"], N),
    }
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    made = encode(FRAME, np.ones(N, bool), delimiter=",", place=str, report=Report()).encoder
    return Encoder.from_dict(json.loads(json.dumps(made.to_dict())))


def outside(encoder: Encoder, frame: pd.DataFrame) -> tuple[Outside, Report]:
    report = Report()
    found = encoder.apply(frame, delimiter=",", place=str, report=report).outside
    assert found is not None
    return found, report


def test_train_cases_and_their_like_lie_within(encoder: Encoder) -> None:
    found, report = outside(encoder, FRAME)
    assert not found.cases.any()
    assert not [p for p in report.warnings if "range" in p.what]
    more = np.random.default_rng(12)
    like = pd.DataFrame(
        {
            "size": more.normal(5, 1, 2000).astype(str),
            "income": np.exp(more.normal(0, 1.5, 2000)).astype(str),
            "site": "north",
        }
    )
    assert outside(encoder, like)[0].cases.mean() < 0.01


@pytest.mark.parametrize(("factor", "words"), [(1000, "1,000 times as large"), (0.1, None)])
def test_another_unit_is_found_and_named(encoder: Encoder, factor: float, words: str) -> None:
    frame = FRAME.assign(size=(FRAME["size"].astype(float) * factor).astype(str))
    found, report = outside(encoder, frame)
    assert found.cases.mean() > (0.99 if factor > 1 else 0.0)
    assert set(found.columns[found.cases]) == ({"size"} if found.cases.any() else set())
    if words:
        (problem,) = [p for p in report.warnings if "range of training" in p.what]
        assert words in problem.remedy
        assert problem.count == N


def test_distance_is_in_units_of_the_spread(encoder: Encoder) -> None:
    low, high = FRAME["size"].astype(float).agg(["min", "max"])
    spread = np.subtract(*np.quantile(FRAME["size"].astype(float), [0.95, 0.05]))
    values = [high + 0.49 * spread, high + 0.51 * spread, low - 3 * spread]
    frame = FRAME.iloc[:3].assign(size=[str(v) for v in values])
    found, _ = outside(encoder, frame)
    assert found.distance == pytest.approx([0, 0.51, 3], abs=1e-6)


def test_unknown_categories_lie_outside_and_blanks_do_not(encoder: Encoder) -> None:
    frame = FRAME.iloc[:3].assign(site=["west", "", "north"], size=["", "5", "999"])
    found, _ = outside(encoder, frame)
    assert found.columns.tolist() == ["site", "", "size"]


def test_ranges_of_older_encodings_come_from_minimum_and_maximum(encoder: Encoder) -> None:
    plain = encoder.to_dict()
    for column in plain["columns"]:
        column.pop("spread", None)
    old = Encoder.from_dict(plain)
    frame = FRAME.iloc[:2].assign(size=["5", "5000"])
    assert outside(old, frame)[0].columns.tolist() == ["", "size"]


def test_a_column_of_one_value_has_no_range() -> None:
    assert distance_of(np.array([1.0, 9.0]), 1.0, 1.0, None).tolist() == [0, 0]
    assert np.isfinite(distance_of(np.array([np.inf, 1e308]), -1.0, 1.0, 1.0)).all()


def test_marks_come_through_the_process_that_reads(tmp_path: Path) -> None:
    marks = Outside(np.array([0, 2.5]), np.array(["", "size"]))
    inputs = np.zeros((2, 1), np.float32)
    cases = NewCases(case_ids=np.array(["a", "b"]), inputs=inputs, outside=marks)
    put_down(cases, tmp_path)
    again = pick_up(tmp_path).outside
    assert again is not None
    assert again.columns.tolist() == ["", "size"]
    assert again.distance.tolist() == [0, 2.5]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    untrained.run_folder(folder, seeds=1)
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """20 new cases, of which the first three are in another unit."""
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    rows = [row.split(",") for row in untrained.new_rows()]
    for row in rows[1:4]:
        row[1] = str(float(row[1]) * 1000 + 1e6)
    (tmp_path / "new.csv").write_bytes(lines(*(",".join(row) for row in rows)))
    return tmp_path


def route(model: Path, place: Path, caps: dict[str, int], *more: str) -> int:
    (place / "caps.json").write_text(json.dumps(caps), "utf-8")
    argv = ["route", str(model), str(place / "new.csv"), "--capacities", str(place / "caps.json")]
    return main([*argv, *more])


def assignments(capsys: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    result = json.loads(capsys.readouterr().out)
    return result, result["assignments"]


@pytest.mark.parametrize("way", [(), ("--online",)])
def test_people_read_cases_outside(model: Path, place: Path, capsys: Any, way: tuple) -> None:
    assert route(model, place, {"Ann": 6, "Bob": 4, "AI": 10}, *way) == 0
    result, told = assignments(capsys)
    far = [a for a in told if a["outside_training_range"]]
    assert len(far) == result["outside_training_range"]["cases"] == 3
    assert "AI" not in {a["agent"] for a in far}
    assert all("no support" in a["reason"] for a in far)
    within = [a["expected_correctness"][a["agent"]] for a in told if a not in far]
    assert result["expected_accuracy"] == pytest.approx(np.mean(within))
    assert any("3 of 20" in w for w in result["warnings"])


def test_the_ai_may_read_them_if_asked(model: Path, place: Path, capsys: Any) -> None:
    assert route(model, place, {"Ann": 0, "Bob": 0, "AI": 20}, "--outside", "ai") == 0
    result, told = assignments(capsys)
    assert {a["agent"] for a in told} == {"AI"}
    assert result["outside_training_range"]["cases"] == 3


@pytest.mark.parametrize("way", [(), ("--online",)])
def test_without_room_for_people_it_is_refused(
    model: Path, place: Path, capsys: Any, way: tuple
) -> None:
    assert route(model, place, {"Ann": 1, "Bob": 0, "AI": 19}, *way) == 2
    assert "at most 18" in capsys.readouterr().err


def test_the_table_marks_them(model: Path, place: Path) -> None:
    out = place / "list.csv"
    assert route(model, place, {"Ann": 6, "Bob": 4, "AI": 10}, "--out", str(out)) == 0
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert sum(bool(row["outside_training_range"]) for row in rows) == 3
