"""All that is wrong is said at once, in whichever file it is."""

import pytest

from core.base.report import DataError, Report
from core.reading.options import ReadOptions
from core.reading.read import read_files
from tests.unit.reading.builders import (
    annotation_rows,
    bundle,
    case_rows,
    entries,
    image_bundle,
    lines,
    manifests,
)

CASES, SAID = case_rows(), annotation_rows()


def refused(files: dict[str, bytes], **options: object) -> Report:
    with pytest.raises(DataError) as error:
        read_files(files, options=ReadOptions.model_validate(options))
    report = error.value.report
    assert len({(p.severity, p.what, p.found) for p in report.problems}) == len(report.problems)
    return report


def told(files: dict[str, bytes]) -> str:
    return " | ".join(p.sentence() for p in refused(files).errors)


BAD_SAID = [*SAID, "c99,Ann,yes", "c1,Ann,yes;no", "c0,Ann,yes", "c2,AI,no"]
IN_SAID = ("'c99'", "'yes;no'", "two different labels", "called 'AI'")
BAD_CASES = {
    "no split": ("splits that are not train", [r.replace("validation", "x") for r in CASES]),
    "an id twice": ("listed twice", [*CASES, CASES[1]]),
    "no label column": ("no column 'label'", [r.replace("label", "l", 1) for r in CASES]),
    "no id column": ("no column 'case_id'", [r.replace("case_id", "l", 1) for r in CASES]),
    "truth asked": (
        "ground truth of several",
        [r.replace(",no,", ",NA,") if r[:2] in ("c4", "c6") else r for r in CASES],
    ),
    "empty": ("cases.csv is empty", [""]),
    "a header": ("cases.csv has no rows", CASES[:1]),
}


@pytest.mark.parametrize("what", BAD_CASES)
def test_errors_in_the_cases_hide_none_in_the_annotations(what: str) -> None:
    says, cases = BAD_CASES[what]
    found = told(bundle(cases, BAD_SAID))
    assert says in found
    known = {"no id column": IN_SAID[1:], "empty": IN_SAID[3:], "a header": IN_SAID[3:]}
    known["no label column"] = (IN_SAID[0], *IN_SAID[2:])
    for text in known.get(what, IN_SAID):
        assert text in found


@pytest.mark.parametrize(
    "said", [[*SAID[:1], "c0;Ann;yes"], [r.replace("expert", "who", 1) for r in SAID], None]
)
def test_errors_in_the_annotations_hide_none_in_the_cases(said: list[str] | None) -> None:
    cases = [r.replace("validation", "x") for r in CASES] + [CASES[1]]
    files = bundle(cases, said or SAID)
    if said is None:
        del files["annotations.csv"]
    found = told(files)
    assert "annotations" in found
    assert "listed twice" in found
    assert "splits that are not train" in found


def test_a_missing_table_of_cases_hides_nothing() -> None:
    files = {"annotations.csv": lines(*BAD_SAID)}
    found = told(files)
    assert "no ground truth" in found
    assert "called 'AI'" in found
    assert "two different labels" in found


def test_warnings_are_said_beside_the_errors() -> None:
    report = refused(bundle([*CASES, CASES[1]], [*SAID, SAID[1]]))
    assert any("annotations are repeated" in p.what for p in report.warnings)


def test_a_good_file_adds_nothing() -> None:
    report = refused(bundle([*CASES, CASES[1]]))
    assert [p.what for p in report.problems] == ["the same case is listed twice"]


def test_every_manifest_is_looked_at() -> None:
    files = manifests(
        train=[*entries(0, 12), entries(0, 1)[0]],
        label_A_train=[{"file": "img/0.png"}],
        label_B_test={"a": 1},
    )
    found = told(files)
    for text in ("listed twice", "label_A_train.json has entries", "label_B_test.json is not a li"):
        assert text in found
    files = manifests(
        train=[*entries(0, 12), entries(0, 1)[0]],
        label_A_train=[*entries(0, 12), {"file": "img/77.png", "label": 1}],
        label_B_train=[*entries(0, 12), {"file": "img/0.png", "label": "0;1"}],
    )
    found = told(files)
    for text in ("listed twice", "img/77.png", "'0;1'"):
        assert text in found


def test_missing_manifests_hide_no_broken_ones() -> None:
    found = told(manifests(train=None, label_A_train={"a": 1}))
    assert "no ground truth" in found
    assert "label_A_train.json is not a list" in found


def test_bad_images_do_not_hide_bad_predictions() -> None:
    files = image_bundle({"c0.png": b"no image"}) | {"ai_predictions.csv": b"case_id,x\nc0,1\n"}
    found = told(files)
    assert "ai_predictions.csv" in found
    assert "image" in found
