from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base import limits
from core.base.report import DataError, Report
from core.files.table import Table
from core.reading.new_cases import CaseForm, NewCases, _columns, read_new_cases, read_new_files
from tests.unit.reading.builders import bundle, image_of, lines, png, read_set, written, zipped

ENCODER = read_set(bundle())[0].encoder
TABLE = CaseForm(classes=("no", "yes"), encoder=ENCODER)
IMAGES = CaseForm(classes=("no", "yes"), image_size=(8, 6))
GOOD = lines("case_id,age,dose", "n1,26,1.5", "n2,40,")


def table(*rows: str, form: CaseForm = TABLE, **more: bytes) -> tuple[NewCases, Report]:
    files = {"new.csv": lines(*rows)} | {k.replace("_csv", ".csv"): v for k, v in more.items()}
    return read_new_files(files, form)


def refusal(*rows: str, form: CaseForm = TABLE) -> str:
    with pytest.raises(DataError) as caught:
        table(*rows, form=form)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_features_are_encoded_as_in_training_and_shown_as_given() -> None:
    cases, report = read_new_files({"new.csv": GOOD}, TABLE)
    # Train is of age 20 to 31 and of dose 0.5 to 4.5; 40 is far outside, blank is the median.
    np.testing.assert_allclose(cases.inputs, [[6 / 11, 0.25], [1.25, 0.375]], atol=1e-6)
    assert cases.case_ids.tolist() == ["n1", "n2"]
    assert cases.cells is not None
    assert cases.cells.values.tolist() == [["26", "1.5"], ["40", ""]]
    assert [p.what for p in report.warnings] == ["features have blank or missing cells"]


def test_columns_may_stand_in_any_order_and_any_capitals() -> None:
    cases, report = table("DOSE;Case ID;Age", "1,5;n1;26")
    np.testing.assert_allclose(cases.inputs, [[6 / 11, 0.25]], atol=1e-6)
    assert not report.problems


def test_missing_features_are_named() -> None:
    line = refusal("case_id,agee", "n1,26")
    assert "lacks features that the model needs" in line
    assert "expected 'age', 'dose'" in line


def test_label_and_split_are_not_read_and_other_columns_are_ignored_with_a_warning() -> None:
    cases, report = table("case_id,split,label,age,dose,doctor", "n1,test,what,26,1.5,Ann")
    assert len(cases) == 1
    assert "'split', 'label', which a worklist does not read" in report.notes[0].what
    assert report.warnings[0].found == "'doctor'"


def test_groups_are_kept_beside_the_cases() -> None:
    cases, report = table("case_id,age,dose,group_site", "n1,26,1.5,north")
    assert cases.groups["group_site"].tolist() == ["north"]
    assert not report.problems


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("case_id,age,dose",), "has no rows"),
        (("age,dose", "1,2"), "no column 'case_id'"),
        (("case_id,age,dose", "n1,1,1", "n1,2,2"), "the same case is listed twice"),
        (("case_id,age,dose", ",1,1"), "cases have no case_id"),
        (("case_id,age,dose", "n1,old,1"), "mixes numbers and text"),
    ],
)
def test_bad_tables_are_refused_in_one_line(rows: tuple[str, ...], words: str) -> None:
    assert words in refusal(*rows)


def test_number_columns_and_the_place_of_a_text_are_named() -> None:
    assert "new.csv row 3: 'old'" in refusal("case_id,age,dose", "n1,1,1", "n2,old,1")


def test_file_folder_and_zip_say_the_same(tmp_path: Path) -> None:
    want = read_new_files({"new.csv": GOOD}, TABLE)[0].inputs
    single = tmp_path / ".hidden list.csv"
    single.write_bytes(GOOD)
    (tmp_path / "set.zip").write_bytes(zipped({"a/cases.csv": GOOD}))
    folder = written({"cases.csv": GOOD, "notes.csv": b"x\n1\n"}, tmp_path / "folder")
    for path in (single, tmp_path / "set.zip", folder):
        np.testing.assert_array_equal(read_new_cases(path, TABLE)[0].inputs, want)


def test_two_tables_are_not_called_none(tmp_path: Path) -> None:
    both = written({"monday.csv": GOOD, "tuesday.csv": GOOD}, tmp_path / "week")
    with pytest.raises(DataError, match=r"several tables.*'monday.csv'.*or one called cases.csv"):
        read_new_cases(both, TABLE)


def test_what_is_no_case_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read_new_cases(tmp_path / "nothing.csv", TABLE)
    with pytest.raises(DataError, match="several tables in the upload"):
        read_new_files({"a.csv": GOOD, "b.csv": GOOD}, TABLE)
    with pytest.raises(DataError, match="no new cases in the upload"):
        read_new_files({"a.txt": GOOD}, TABLE)
    with pytest.raises(DataError, match="no file was given"):
        read_new_files({}, TABLE)


def photos() -> dict[str, bytes]:
    first = np.full((8, 6, 3), 9, np.uint8)
    return {"a.png": image_of(first), "b.png": png((60, 80), (200, 0, 0))}


def test_images_are_made_the_size_the_model_knows_whatever_most_of_them_have() -> None:
    listed = lines("case_id,file", "n1,a.png", "n2,b.png", "n3,b.png")
    cases, report = read_new_files({"cases.csv": listed, **photos()}, IMAGES)
    assert cases.inputs.shape == (3, 8, 6, 3)
    assert cases.inputs[0, 0, 0].tolist() == [9, 9, 9]
    assert cases.inputs[2, 4, 3].tolist() == [200, 0, 0]
    assert any("resized to 6 × 8" in p.what for p in report.notes)


def test_images_alone_are_cases_called_as_their_files(tmp_path: Path) -> None:
    cases, report = read_new_cases(written(photos(), tmp_path / "photos"), IMAGES)
    assert cases.case_ids.tolist() == ["a.png", "b.png"]
    assert "every image is a case" in report.notes[0].what


def test_table_of_images_without_ids_names_cases_by_their_file() -> None:
    cases, _ = read_new_files({"cases.csv": lines("file", "b.png"), **photos()}, IMAGES)
    assert cases.case_ids.tolist() == ["b.png"]


def test_missing_images_are_named() -> None:
    listed = lines("case_id,file", "n1,a.png", "n2,z.png")
    with pytest.raises(DataError, match=r"images are missing.*z\.png"):
        read_new_files({"cases.csv": listed, **photos()}, IMAGES)


def test_features_for_a_model_of_images_are_refused() -> None:
    assert "no column 'file'" in refusal("case_id,age", "n1,3", form=IMAGES)


def test_model_without_an_encoding_asks_for_the_set_again() -> None:
    line = refusal("case_id,age", "n1,3", form=CaseForm(classes=("no", "yes")))
    assert "Add the data set again" in line


@pytest.mark.parametrize(
    ("limit", "value", "row", "said"),
    [
        ("LONGEST_CELL", 20, "n1,3," + "x" * 21, "one of 21 characters, expected at most 20"),
        ("MOST_TABLE_BYTES", 10, "n1,3,no", "too large"),
        ("MOST_COLUMNS", 2, "n1,3,no", "found 3, expected at most 2"),
    ],
)
def test_new_cases_meet_the_limits_of_data_sets(
    limit: str, value: int, row: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, limit, value)
    with pytest.raises(DataError, match=said):
        read_new_files({"new.csv": lines("case_id,age,smoker", row)}, TABLE)


def test_thousands_of_features_are_looked_for_once_each() -> None:
    """Looking at every column for every feature took minutes for 20,000."""
    wanted = [f"g{i}" for i in range(20_000)]
    table = Table("new.csv", pd.DataFrame(columns=[w.upper() for w in wanted]), ",")
    assert _columns(table, wanted) == {w: w.upper() for w in wanted}
