"""Folds are offered as splits: of a column, of files such as fold_1.csv, of sheets."""

import io

import numpy as np
import pandas as pd
import pytest

from core.base.report import DataError, Report
from core.cli.main import main
from core.dataset.annotation_set import Split
from core.matching.folds import find_folds, join_parts
from core.reading.options import ReadOptions
from core.reading.read import read_files
from tests.unit.files.ods import cell, ods, row
from tests.unit.reading.test_matched import READS, N, csv

FOLDS = np.array([str(i % 5) for i in range(N)])
WIDE = READS.drop(columns="Set")
CASES = WIDE[["Study No.", "Pathology", "Size"]].set_axis(["case_id", "label", "size"], axis=1)
SAID = WIDE.melt("Study No.", ["Reader 1", "Reader 2"], "expert", "label").rename(
    columns={"Study No.": "case_id"}
)
BUNDLE = {"annotations.csv": csv(SAID[SAID["label"] != ""])}
PARTS = {f"fold_{k}.csv": csv(WIDE[[str(k - 1) == f for f in FOLDS]]) for k in range(1, 6)}
FORMS = {
    "a column of a bundle": ({**BUNDLE, "cases.csv": csv(CASES.assign(fold=FOLDS))}, "3"),
    "a column of a table": ({"reads.csv": csv(WIDE.assign(**{"CV fold": FOLDS}))}, "3"),
    "files": (PARTS, "4"),
}


@pytest.mark.parametrize("form", FORMS)
def test_folds_are_offered_and_taken(form: str) -> None:
    files, third = FORMS[form]
    dataset, report = read_files(files)
    assert not set(dataset.feature_names) - {"Size", "size"}
    (offer,) = (p for p in report.warnings if p.choices and p.choices[0].option == "split")
    assert [c.option for c in offer.choices[1:]] == ["test_folds"] * 5
    options = ReadOptions()
    for choice in (offer.choices[1], offer.choices[0], offer.choices[4]):
        options = options.choose(choice.option, choice.value)
    assert options.test_folds == (third,)
    assert read_files(files, options=options.choose("split", "draw"))[0].content_hash == (
        dataset.content_hash
    )
    taken, report = read_files(files, options=options)
    tested = taken.case_ids[taken.split == Split.TEST]
    assert sorted(tested) == sorted(WIDE["Study No."][FOLDS == "3"])
    assert not (taken.split == Split.VALIDATION).any()
    assert not any(c.option == "test_folds" for p in report.problems for c in p.choices)


def test_a_split_that_holds_folds_needs_a_choice() -> None:
    files = {**BUNDLE, "cases.csv": csv(CASES.assign(split=FOLDS))}
    with pytest.raises(DataError) as refused:
        read_files(files)
    (error,) = refused.value.report.errors
    assert [c.option for c in error.choices] == ["test_folds"] * 5 + ["split"]
    dataset, _ = read_files(files, options=ReadOptions(test_folds=("1", "2")))
    assert (dataset.split == Split.TEST).sum() == np.isin(FOLDS, ["1", "2"]).sum()


@pytest.mark.parametrize("column", ["fold", "other"])
def test_a_fold_that_is_not_there_is_refused(column: str) -> None:
    files = {**BUNDLE, "cases.csv": csv(CASES.assign(**{column: FOLDS}))}
    with pytest.raises(DataError, match="no such fold" if column == "fold" else "no column of"):
        read_files(files, options=ReadOptions(test_folds=("9",)))


def test_it_is_typed(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in FORMS["a column of a bundle"][0].items():
        (tmp_path / name).write_bytes(content)
    assert main(["inspect", str(tmp_path), "--test-fold", "0", "--test-fold", "4"]) == 0
    assert '"test": 24' in capsys.readouterr().out


def test_given_splits_count_before_folds() -> None:
    cases = CASES.assign(split=np.where(FOLDS == "1", "test", "train"), fold=FOLDS)
    dataset, report = read_files({**BUNDLE, "cases.csv": csv(cases)})
    assert (dataset.split == Split.TEST).sum() == (FOLDS == "1").sum()
    assert not any(c.option == "test_folds" for p in report.problems for c in p.choices)


def test_sheets_and_tables_called_by_splits_are_parts() -> None:
    parts = {"Training": WIDE[:40], "Test": WIDE[40:]}
    out = io.BytesIO()
    with pd.ExcelWriter(out) as writer:
        for name, frame in parts.items():
            frame.to_excel(writer, sheet_name=name, index=False)
    answers = {f"reads_{k}.ods": ods(row(*map(cell, r)) for r in [list(f), *f.values.tolist()])
               for k, f in parts.items()}  # fmt: skip
    for files in ({"reads.xlsx": out.getvalue()}, answers):
        dataset, _ = read_files(files)
        assert np.bincount(dataset.split).tolist() == [40, 0, 20]
        assert len(dataset.experts) == 3


def test_tables_of_one_reader_in_parts_keep_the_reader() -> None:
    files = {
        f"{who}_{part}.csv": csv(
            WIDE[["Study No.", column]].set_axis(["case", "finding"], axis=1)[rows]
        )
        for who, column in (("gold", "Pathology"), ("Ann", "Pathology"), ("Bob", "Pathology"))
        for part, rows in (("train", slice(40)), ("test", slice(40, None)))
    }
    dataset, _ = read_files(files)
    assert dataset.experts == ("Ann", "Bob")
    assert np.bincount(dataset.split).tolist() == [40, 0, 20]


@pytest.mark.parametrize(
    ("name", "values"),
    [("nuchal fold", ["1", "2"]), ("fold", ["0.31", "0.42"]), ("fold change", ["1", "2"]),
     ("split", ["train", "test"]), ("size", ["1", "2"]), ("fold", ["1", "1"])],
)  # fmt: skip
def test_other_columns_hold_no_folds(name: str, values: list[str]) -> None:
    assert find_folds(pd.DataFrame({name: values * 10})) is None


def test_folds_are_in_order() -> None:
    found = find_folds(pd.DataFrame({"kfold": [f"fold {i}" for i in (10, 2, 1)] * 4}))
    assert found == ("kfold", ["fold 1", "fold 2", "fold 10"])


def test_other_tables_stay_apart() -> None:
    from core.files.csv_table import parse_table

    tables = [parse_table(b"a,b\n1,2\n", f"{n}.csv", Report()) for n in ("scaffold1", "x_1", "y")]
    assert join_parts(tables) == tables
