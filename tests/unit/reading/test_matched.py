"""Tables and exports that are no bundle: read by the roles of their columns."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.cli.main import main
from core.matching.roles import ColumnRole, Role, Roles
from core.reading.matched import open_tables
from core.reading.read import ReadOptions, read_files
from tests.unit.files.ods import cell, ods, row
from tests.unit.reading.builders import lines, read_set, refusal

RNG = np.random.default_rng(7)
N = 60
IDS = [f"c{i:03d}" for i in range(N)]
TRUTH = RNG.choice(["benign", "malignant"], N)
READERS = {"Reader 1": 0.9, "Reader 2": 0.8, "Reader 3": 0.6}
OTHER = {"benign": "malignant", "malignant": "benign"}
READS = pd.DataFrame({"Study No.": IDS, "Pathology": TRUTH, "Size": RNG.normal(4, 1, N).round(2)})
for name, right in READERS.items():
    said = np.where(RNG.random(N) < right, TRUTH, [OTHER[t] for t in TRUTH])
    READS[name] = np.where(RNG.random(N) < 0.3, "", said)
READS["Set"] = ["Training"] * 40 + ["Testing"] * 20


def csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def spreadsheet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    title = pd.DataFrame([["Study of 2026", *[""] * (frame.shape[1] - 1)], [""] * frame.shape[1]])
    rows = [*title.to_numpy().tolist(), list(frame.columns), *frame.to_numpy().tolist()]
    pd.DataFrame(rows).to_excel(out, index=False, header=False)
    return out.getvalue()


def answers() -> pd.DataFrame:
    rows = READS.melt("Study No.", list(READERS), "who", "said")
    return rows[rows["said"] != ""]


KINDS: dict[str, dict[str, bytes]] = {
    "csv": {"reads.csv": csv(READS)},
    "semicolons": {"reads.csv": READS.to_csv(index=False, sep=";", decimal=",").encode("utf-16")},
    "tsv": {"reads.tsv": READS.to_csv(index=False, sep="\t").encode()},
    "xlsx below a title": {"reads.xlsx": spreadsheet(READS)},
    "ods": {"reads.ods": ods(row(*map(cell, r)) for r in [list(READS), *READS.values.tolist()])},
    "parquet": {"reads.parquet": READS.to_parquet(None)},
    "json lines": {"reads.jsonl": READS.to_json(orient="records", lines=True).encode()},
    "long and a table of cases": {
        "long.csv": csv(answers().rename(columns={"who": "Annotator", "said": "Answer"})),
        "truth.csv": csv(READS.drop(columns=list(READERS))),
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_study_in_every_kind_of_table(kind: str) -> None:
    dataset, report = read_files(KINDS[kind], name="study")
    assert dataset.experts == tuple(READERS)
    assert list(dataset.case_ids) == IDS
    for m, name in enumerate(READERS):
        given = (READS[name] != "").to_numpy()
        assert (dataset.annotated[:, m] == given).all()
        right = (READS[name] == TRUTH)[given].mean()
        assert (dataset.annotations == dataset.truth[:, None])[given, m].mean() == right
    assert dataset.feature_names == ("Size",)
    assert np.bincount(dataset.split).tolist() == [40, 0, 20]
    assert any("matched by their names" in p.what for p in report.warnings)


def test_what_is_missing_is_said_with_what_was_understood() -> None:
    said = refusal({"reads.csv": csv(READS.drop(columns="Pathology"))})
    assert "no ground truth" in said
    given = sum((READS[name] != "").sum() for name in READERS)
    assert f"60 cases, 3 readers, {given} answers" in said


def test_findings_are_chosen_by_name() -> None:
    gold = pd.DataFrame({f: RNG.choice(["0", "1"], N) for f in ("AF", "MI")})
    files = {"gold.csv": csv(gold), "Ann.csv": csv(gold), "Bob.csv": csv(1 - gold.astype(int))}
    assert "several findings" in refusal(files)
    for finding in ("AF", "MI"):
        dataset, _ = read_files(files, options=ReadOptions(finding=finding))
        assert (dataset.truth == gold[finding].astype(int)).all()
        agree = (dataset.annotations == dataset.truth[:, None]).mean(axis=0)
        assert dict(zip(dataset.experts, agree, strict=True)) == {"Ann": 1.0, "Bob": 0.0}


def test_scores_are_cut_where_the_user_says() -> None:
    scores = READS.copy()
    for name in READERS:
        scores[name] = RNG.random(N).round(3)
    files = {"reads.csv": csv(scores)}
    assert "need a cut" in refusal(files)
    dataset, _ = read_files(files, options=ReadOptions(cut=0.7))
    assert dataset.classes == ("benign", "malignant")
    assert ((dataset.annotations == 1) == (scores[list(READERS)] >= 0.7)).all().all()


def test_an_ai_beside_the_readers_is_used() -> None:
    reads = READS.assign(**{"AI score": RNG.random(N).round(3)})
    dataset, _ = read_files({"reads.csv": csv(reads)})
    assert dataset.ai_probabilities is not None
    assert np.allclose(dataset.ai_probabilities[:, 1], reads["AI score"], atol=1e-6)
    assert dataset.feature_names == ("Size",)


def test_roles_are_typed_as_the_dashboard_downloads_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reads.csv").write_bytes(csv(READS))
    from core.base.report import Report
    from core.files.sources import FileSource

    roles = open_tables(FileSource(tmp_path / "reads.csv"), Report()).roles
    mended = roles.change("reads.csv", "Reader 2", ColumnRole(role=Role.IGNORE))
    (tmp_path / "roles.json").write_text(mended.model_dump_json(), "utf-8")
    typed = ["inspect", str(tmp_path / "reads.csv"), "--roles", str(tmp_path / "roles.json")]
    assert main(typed) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["experts"] == ["Reader 1", "Reader 3"]
    assert not any("matched by their names" in w for w in described["warnings"])
    (tmp_path / "other.csv").write_bytes(csv(READS.rename(columns={"Size": "Length"})))
    typed[1] = str(tmp_path / "other.csv")
    assert main(typed) == 2
    assert "other columns" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["[]", '{"version": 2}', '{"tables": {"a": {"columns": 1}}}'])
def test_a_file_that_holds_no_roles_is_refused(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "roles.json").write_text(content, "utf-8")
    assert main(["inspect", "sample:fna_panel", "--roles", str(tmp_path / "roles.json")]) == 2
    assert "--roles" in capsys.readouterr().err


def test_roles_do_not_name_tables_that_are_not_there() -> None:
    roles = Roles.model_validate({"tables": {"x.csv": {"columns": {"a": {"role": "case"}}}}})
    said = refusal({"reads.csv": csv(READS)}, roles=roles)
    assert "other columns" in said


def test_files_that_are_no_tables_are_named_and_ignored() -> None:
    files: dict[str, Any] = KINDS["csv"] | {"things.json": b'{"a": 1}'}
    _, report = read_files(files)
    assert any("things.json" in p.what for p in report.warnings)


def partly_padded() -> dict[str, bytes]:
    """Truth by 1 to 120, answers by 001 to 120: the last 21 ids meet as they are."""
    truth = [f"{i},{'MB'[i % 2]}" for i in range(1, 121)]
    said = [f"{i:03d},Roth,{'MB'[i % 2] if i % 10 else 'MB'[1 - i % 2]}" for i in range(1, 121)]
    return {
        "truth.csv": lines("Case,Truth", *truth),
        "reads.csv": lines("Case,Reader,Answer", *said),
    }


def test_ids_of_tables_that_meet_in_part_are_not_left_out_silently() -> None:
    assert "leading zeros only: found 99 rows" in refusal(partly_padded())
    dataset, report = read_set(partly_padded(), ids="alike")
    assert dataset.annotated.sum() == len(dataset.truth) == 120
    assert (dataset.annotations[:, 0] == dataset.truth).mean() == pytest.approx(0.9)
    assert any("were joined" in p.what for p in report.warnings)


def test_a_reader_of_one_answer_counts_without_a_truth_or_is_named() -> None:
    frame = READS.drop(columns="Pathology").assign(**{"Reader 4": ["benign"] * N})
    options = ReadOptions(consensus="majority")
    found, report = read_files({"reads.csv": csv(frame)}, options=options)
    assert found.experts == (*READERS, "Reader 4")
    assert found.annotated[:, 3].all()
    assert not [p for p in report.warnings if "not used" in p.what]
    # An answer that nobody else gave may be anything.
    odd = frame.assign(**{"Reader 5": ["done"] * N})
    found, report = read_files({"reads.csv": csv(odd)}, options=options)
    assert found.experts == (*READERS, "Reader 4")
    (said,) = [p for p in report.warnings if "not used" in p.what]
    assert said.found == "Reader 5 (only 'done')"
