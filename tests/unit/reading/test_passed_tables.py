"""Tables to be matched come through as the reader opened them, with what was used for them last."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.base.report import Report
from core.files.sources import UploadSource
from core.library import kept_roles
from core.library.intake import Outcome, Reading
from core.library.samples import load_sample
from core.library.store import Library
from core.library.template import template
from core.matching.roles import ColumnRole, Role, Roles
from core.reading.matched import Opened, open_tables
from core.reading.options import ReadOptions
from core.reading.read import read_files
from tests.unit.reading.builders import bundle, lines
from tests.unit.reading.test_matched import KINDS

pytestmark = pytest.mark.usefixtures("forked_readers")

WIDE = KINDS["csv"]


def opened(files: dict[str, bytes]) -> Opened:
    return open_tables(UploadSource(files, "here"), Report())


def read(files: dict[str, bytes], home: Path, **how: Any) -> Outcome:
    outcome = Reading(files, home, **how).wait(60)
    assert outcome is not None
    return outcome


def stored(home: Path) -> dict[str, Any]:
    library = Library(home)
    return {e.name: library.load(e.content_hash) for e in library.entries()}


@pytest.mark.parametrize("kind", KINDS)
def test_tables_come_through_as_they_are(kind: str, tmp_path: Path) -> None:
    outcome = read(KINDS[kind], tmp_path, ask="guesses")
    assert outcome.kind == "match"
    assert outcome.tables is not None
    there, here = outcome.tables.opened, opened(KINDS[kind])
    assert (there.roles, there.understood, there.given) == (here.roles, here.understood, "")
    for one, other in zip(there.tables, here.tables, strict=True):
        assert (one.name, one.delimiter) == (other.name, other.delimiter)
        assert one.place(3) == other.place(3)
        pd.testing.assert_frame_equal(
            one.frame.reset_index(drop=True),
            other.frame.reset_index(drop=True),
            check_dtype=False,
            check_column_type=False,
        )
    assert list((tmp_path / "datasets").iterdir()) == []


def test_a_bundle_is_matched_only_on_request(tmp_path: Path) -> None:
    assert read(bundle(), tmp_path, ask="always").kind == "match"
    assert read(bundle(), tmp_path, ask="guesses").kind == "stored"


def test_answers_that_a_bundle_cannot_say_are_matched(tmp_path: Path) -> None:
    scores = lines("case_id,expert,label", *(f"c{i},Ann,0.{i:02d}" for i in range(10, 60)))
    cases = lines("case_id,label,x", *(f"c{i},{i % 2},{i}" for i in range(10, 60)))
    files = {"cases.csv": cases, "annotations.csv": scores}
    assert read(files, tmp_path, ask="guesses").kind == "match"
    wrong = {**files, "annotations.csv": lines("case_id,expert,label", "c10,Ann,0;1", "c11,Ann,1")}
    assert read(wrong, tmp_path, ask="guesses").kind == "refused"


def test_roles_that_were_used_come_back_for_files_of_the_same_shape(tmp_path: Path) -> None:
    roles = opened(WIDE).roles.change("reads.csv", "Size", ColumnRole(role=Role.IGNORE))
    outcome = read(WIDE, tmp_path, options=ReadOptions(roles=roles), confirmed=True)
    assert outcome.kind == "stored"
    (dataset,) = stored(tmp_path).values()
    assert dataset.inputs is None
    again = read({"others.csv": WIDE["reads.csv"]}, tmp_path, ask="guesses").tables
    assert again is not None
    assert again.kept is not None
    assert again.kept.files == ("reads.csv",)
    assert again.kept.roles.tables == {"others.csv": roles.tables["reads.csv"]}


def test_a_refused_matching_is_not_remembered(tmp_path: Path) -> None:
    roles = opened(WIDE).roles.change("reads.csv", "Pathology", ColumnRole(role=Role.IGNORE))
    assert read(WIDE, tmp_path, options=ReadOptions(roles=roles)).kind == "refused"
    assert kept_roles.find(tmp_path, opened(WIDE).tables) is None


def test_the_newest_roles_are_kept_and_not_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_roles, "MOST", 3)
    tables = {n: opened({"t.csv": lines(f"a{n},b", "1,2", "3,4")}) for n in range(5)}
    for one in tables.values():
        kept_roles.keep(tmp_path, one.roles, ["old.csv"])
    kept_roles.keep(tmp_path, tables[3].roles, ["new.csv"])
    found = {n: kept_roles.find(tmp_path, one.tables) for n, one in tables.items()}
    assert {n: one.files[0] for n, one in found.items() if one} == {
        2: "old.csv",
        3: "new.csv",
        4: "old.csv",
    }


@pytest.mark.parametrize("content", ["", "[]", '{"kept": 1}', '{"kept": [{"roles": 1}]}'])
def test_a_damaged_memory_is_no_memory(content: str, tmp_path: Path) -> None:
    (tmp_path / "matching").mkdir()
    (tmp_path / "matching" / "roles.json").write_text(content)
    one = opened(WIDE)
    assert kept_roles.find(tmp_path, one.tables) is None
    kept_roles.keep(tmp_path, one.roles, ["reads.csv"])
    assert kept_roles.find(tmp_path, one.tables) is not None


def test_every_finding_becomes_a_data_set(tmp_path: Path) -> None:
    gold = pd.DataFrame({f: [str((i + k) % 2) for i in range(40)] for k, f in enumerate("AB")})
    gold["C"] = "0"  # one class: no data set
    text = gold.to_csv(index=False).encode()
    files = {"gold.csv": text, "Ann.csv": text, "Bob.csv": text}
    roles = opened(files).roles
    for name in files:
        for finding in "ABC":
            role = Role.TRUTH if name == "gold.csv" else Role.ANSWER
            roles = roles.change(name, finding, ColumnRole(role=role, finding=finding))
    outcome = read(
        files,
        tmp_path,
        name="ECG",
        options=ReadOptions(roles=roles),
        findings=["A", "B", "C"],
        confirmed=True,
    )
    assert outcome.kind == "stored"
    sets = stored(tmp_path)
    assert sorted(sets) == ["ECG · A", "ECG · B"]
    assert {s.content_hash for s in sets.values()} == {outcome.content_hash, *outcome.others}
    assert (sets["ECG · A"].truth != sets["ECG · B"].truth).all()
    remarks = Library(tmp_path).report(outcome.content_hash).warnings
    assert any("C: " in e for p in remarks for e in p.examples)


def test_roles_beside_the_tables_are_used() -> None:
    roles = opened(WIDE).roles.change("reads.csv", "Reader 2", ColumnRole(role=Role.IGNORE))
    files = {**WIDE, "roles.json": roles.model_dump_json().encode()}
    assert (opened(files).given, opened(files).roles) == ("roles.json", roles)
    assert read_files(files)[0].experts == ("Reader 1", "Reader 3")
    other = {"other.csv": lines("a,b", "1,2"), "roles.json": files["roles.json"]}
    assert opened(other).given == ""


def test_a_file_of_another_name_is_never_taken_for_another_reader() -> None:
    read_by = {n: lines("case,answer", "c1,yes", "c2,no", "c3,no") for n in ("Ann.csv", "Bo.csv")}
    roles = opened(read_by).roles
    assert {t.reader for t in roles.tables.values()} == {"Ann", "Bo"}

    def fitted(*names: str) -> Roles | None:
        return roles.fit(opened(dict.fromkeys(names, read_by["Ann.csv"])).tables)

    swapped = fitted("Bo.csv", "Ann.csv")
    assert swapped is not None
    assert swapped.tables["Bo.csv"].reader == "Bo"
    assert fitted("Cy.csv", "Di.csv") is None


def test_the_template_is_read_as_the_sample() -> None:
    dataset, _ = read_files({"template.xlsx": template()})
    sample, _ = load_sample("fna_panel")
    assert (dataset.experts, dataset.classes) == (sample.experts, sample.classes)
    assert list(dataset.case_ids) == list(sample.case_ids)
    for part in ("inputs", "truth", "split", "annotated", "annotations"):
        assert (getattr(dataset, part) == getattr(sample, part)).all(), part


def test_cases_whose_word_is_unused_are_left_out() -> None:
    files = {
        "reads.csv": lines(
            "case,fold,truth,Reader 1",
            *(f"c{i},{i % 3},{'ill' if i % 2 else 'well'},ill" for i in range(60)),
        )
    }
    roles = opened(files).roles.change("reads.csv", "fold", ColumnRole(role=Role.SPLIT))
    splits = {"0": "train", "1": "test", "2": "unused"}
    options = ReadOptions(roles=Roles.model_validate(roles.model_dump() | {"splits": splits}))
    dataset, _ = read_files(files, options=options)
    wanted = [(f"c{i}", 0 if i % 3 == 0 else 2) for i in range(60) if i % 3 < 2]
    assert sorted(zip(dataset.case_ids, dataset.split, strict=True)) == sorted(wanted)
