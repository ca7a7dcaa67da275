"""Ids of annotations that are nearly those of the cases."""

from time import process_time

import pandas as pd
import pytest

from core.base.report import DataError, Problem, Report
from core.reading.join_ids import join_ids
from core.reading.options import ReadOptions
from core.reading.read import read_files
from tests.unit.reading.builders import (
    annotation_rows,
    bundle,
    case_rows,
    entries,
    manifests,
    read_set,
    refusal,
)

CASES, SAID = case_rows(), annotation_rows()


def renamed(rows: list[str], name: str) -> list[str]:
    """Rows with the ids c0, c1 … written as `name`, a format of their number."""
    return [rows[0], *(name.format(int(r[1:].split(",")[0])) + r[r.index(",") :] for r in rows[1:])]


def errors_of(files: dict[str, bytes], **options: object) -> list[Problem]:
    with pytest.raises(DataError) as refused:
        read_files(files, options=ReadOptions.model_validate(options))
    return list(refused.value.report.errors)


@pytest.mark.parametrize(
    ("cases", "said", "differ"),
    [
        ("IMG_{}", "img_{}", "capitals"),
        ("{:03}", "{}", "leading zeros"),
        ("p{:04}", "p{}", "leading zeros"),
        ("images/c{}", "c{}", "folders"),
        ("c{}.png", "c{}", "file endings"),
        ("images/c{}.png", "c{}.dcm", "folders and file endings"),
        ("a\\c{}.nii.gz", "C{}", "capitals, folders and file endings"),
        ("c{}", "c{}.0", "a final .0"),
    ],
)
def test_the_difference_is_named_and_joining_is_offered(cases: str, said: str, differ: str) -> None:
    files = bundle(renamed(CASES, cases), renamed(SAID, said))
    (error,) = errors_of(files)
    assert f"differ from listed ones in {differ} only" in error.what
    assert f"{len(SAID) - 1} annotations of 24 cases" in error.found
    assert repr(said.format(0)).replace("\\\\", "\\") in error.found
    options = ReadOptions()
    options = options.choose(error.choices[0].option, error.choices[0].value)
    dataset, report = read_files(files, options=options)
    assert dataset.annotated.sum() == len(SAID) - 1
    assert dataset.case_ids[0] == cases.format(0).replace("\\\\", "\\")
    (warning,) = report.warnings
    assert warning.count == len(SAID) - 1
    assert not warning.choices


def test_whole_numbers_with_a_final_0_are_joined_with_a_note() -> None:
    dataset, report = read_set(bundle(renamed(CASES, "{}"), renamed(SAID, "{}.0")))
    assert dataset.annotated.sum() == len(SAID) - 1
    assert not report.warnings
    assert [n.count for n in report.notes if "a final .0" in n.what] == [len(SAID) - 1]


def test_what_would_make_two_cases_one_is_refused() -> None:
    said = [r.replace("c3,", "C3,") for r in SAID]
    files = bundle(CASES, [*said, "c3,Ann,yes"])
    for ids in ("exact", "alike"):
        assert "two cases would become one" in errors_of(files, ids=ids)[0].what
    cases = [r.replace("c3,", "x/c1,") for r in CASES]
    assert "two cases would become one" in refusal(
        bundle(cases, [r.replace("c1,", "y/c1,").replace("c3,", "x/c1,") for r in SAID])
    )


def test_two_experts_may_spell_a_case_differently() -> None:
    said = [r.upper() if "Bob" in r else r for r in SAID[1:]]
    said = [r.replace("BOB", "Bob").replace("YES", "yes") for r in said]
    dataset, _ = read_set(bundle(CASES, [SAID[0], *said]), ids="alike")
    assert dataset.content_hash == read_set(bundle())[0].content_hash


def test_ids_that_are_not_near_stay_unknown() -> None:
    problems = errors_of(bundle(CASES, [*SAID, "zzz,Ann,yes"]))
    assert ["name cases that are not listed" in p.what for p in problems] == [True]
    assert [c.option for c in problems[0].choices] == ["ignore_unknown_cases"]


def test_left_out_knowingly_they_are_left_out_but_joining_is_offered() -> None:
    files = bundle(CASES, [r.replace("c3,", "C3,") for r in SAID])
    dataset, report = read_set(files, ignore_unknown_cases=True)
    assert not dataset.annotated[3].any()
    (near,) = [w for w in report.warnings if w.choices]
    assert [c.option for c in near.choices] == ["ignore_unknown_cases", "ids"]


def test_manifests_and_predictions_are_joined_alike() -> None:
    said = [{"file": f"{i}.PNG", "label": i % 2} for i in range(12)]
    files = manifests(label_A_train=said)
    assert "capitals and folders" in refusal(files)
    dataset, _ = read_set(files, ids="alike")
    assert dataset.content_hash == read_set(manifests())[0].content_hash
    rows = ["case_id,prediction", *(f"C{i},yes" for i in range(24))]
    files = bundle(ai_predictions_csv="\n".join(rows).encode())
    assert "ai_predictions.csv name cases" in refusal(files)
    assert read_set(files, ids="alike")[0].ai_probabilities is not None


def test_moved_annotations_are_noticed_after_joining() -> None:
    files = manifests(
        label_A_test=[{"file": "IMG/0.png", "label": 0}], label_A_train=entries(1, 12)
    )
    _, report = read_set(files, ids="alike")
    assert any("different split" in w.what for w in report.warnings)


@pytest.mark.parametrize("shown", ["6.09398E+17", "6,09398e+17"])
def test_digits_that_a_spreadsheet_lost_are_the_reason(shown: str) -> None:
    cell = f'"{shown}"'
    said = [r.replace("Ann", cell).replace("Bob", cell) for r in SAID]
    (error,) = errors_of(bundle(CASES, said))
    assert "two different labels" in error.what
    assert "formatted as text" in error.remedy
    assert not error.choices  # none of the people may be dropped
    _, report = read_set(bundle(CASES, [r.replace("Bob", cell) for r in SAID]))
    assert any("scientific notation" in w.what and w.count == 16 for w in report.warnings)
    twice = [r.replace("c3,", f"{cell},").replace("c5,", f"{cell},") for r in CASES]
    assert any("formatted as text" in p.remedy for p in errors_of(bundle(twice)))


def test_numbers_with_an_exponent_are_no_lost_digits() -> None:
    _, report = read_set(bundle(CASES, [r.replace("Bob", "1E5") for r in SAID]))
    assert not report.warnings


def test_many_ids_are_compared_in_time() -> None:
    ids = pd.Series([f"study/{i:06}.png" for i in range(20_000)])
    began = process_time()
    given = pd.Series([f"{i}" for i in range(20_000)])
    joined = join_ids(given, ids, str, ReadOptions(ids="alike"), Report())
    assert joined.tolist() == ids.tolist()
    assert process_time() - began < 5
