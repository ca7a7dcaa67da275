"""Words for missing, and cases without a ground truth."""

import json

import numpy as np
import pytest

from core.dataset.annotation_set import Split
from core.encoding.missing_words import stands_for_missing
from tests.unit.reading.builders import (
    SPLITS,
    annotation_rows,
    bundle,
    case_rows,
    entries,
    manifests,
    read_set,
    refusal,
    with_annotations,
)


def truth_of(word: str, cases: list[int]) -> dict[str, bytes]:
    """The bundle with another ground truth in some cases, all of which Ann annotated."""
    rows = case_rows()
    for i in cases:
        parts = rows[i + 1].split(",")
        rows[i + 1] = ",".join([*parts[:2], word, *parts[3:]])
    return bundle(cases=rows)


@pytest.mark.parametrize("word", ["NA", "n/a", "NaN", "None", "NULL", "?", ".", "-", "missing"])
def test_words_for_missing_are_no_annotation_and_are_counted(word: str) -> None:
    rows = [r.replace("Bob,yes", f"Bob,{word}") if i % 2 else r
            for i, r in enumerate(annotation_rows())]  # fmt: skip
    dataset, report = read_set(bundle(annotations=rows))
    blank, _ = read_set(bundle(annotations=[r.replace(f"Bob,{word}", "Bob,") for r in rows]))
    assert (dataset.annotated == blank.annotated).all()
    gone = sum(r.endswith(f"Bob,{word}") for r in rows)
    assert gone > 3
    (problem,) = report.warnings
    assert problem.count == gone
    assert problem.found == f"{word!r} {gone} times"


@pytest.mark.parametrize("code", ["-1", "-9", "99", "999", "99.0"])
def test_codes_for_missing_are_no_annotation_of_numbered_classes(code: str) -> None:
    dataset, report = read_set(manifests(label_A_train=[*entries(0, 11), *entries(11, 12, code)]))
    assert np.flatnonzero(~dataset.annotated[:, 0]).tolist() == [11]
    assert sum(p.count for p in report.warnings) == (code != "-1")  # the form's own word


def test_codes_are_answers_where_they_are_classes_or_classes_are_words() -> None:
    assert not stands_for_missing("99", numbered=False)
    rows = [r.replace("yes", "99").replace("no", "7") for r in case_rows()]
    said = [r.replace("yes", "99").replace(",no", ",7") for r in annotation_rows()]
    dataset, report = read_set(bundle(cases=rows, annotations=said))
    assert dataset.classes == ("7", "99")
    assert dataset.annotated.sum() == len(said) - 1
    assert report.problems == []
    assert read_set(with_annotations("c0,Bob,99"))[0].extra_answers == ("99",)


def test_cases_without_truth_leave_with_their_annotations() -> None:
    gone = [0, 5, 13, 20]
    dataset, report = read_set(truth_of("", gone))
    kept = [i for i in range(len(SPLITS)) if i not in gone]
    whole, _ = read_set(bundle())
    assert dataset.case_ids.tolist() == [f"c{i}" for i in kept]
    assert (dataset.truth == whole.truth[kept]).all()
    assert (dataset.annotations == whole.annotations[kept]).all()
    assert (dataset.annotated == whole.annotated[kept]).all()
    assert (dataset.split == whole.split[kept]).all()
    (problem,) = report.warnings
    assert problem.count == 4
    assert problem.examples[0] == "cases.csv row 2 'c0'"


def test_their_features_are_not_fitted() -> None:
    rows = case_rows()
    rows[1] = "c0,train,,1000000,0.5"
    (found, _), (alone, _) = (
        read_set(bundle(cases=rows)),
        read_set(bundle(cases=[rows[0], *rows[2:]], annotations=[
            r for r in annotation_rows() if not r.startswith("c0,")
        ])),
    )  # fmt: skip
    assert found.content_hash == alone.content_hash


def test_groups_follow_their_cases() -> None:
    truth = [{**e, "ward": f"w{i}"} for i, e in enumerate(entries(0, 12))]
    truth[4]["label"] = None
    dataset, _ = read_set(manifests(train=truth, test=[{**e, "ward": "t"}
                                                       for e in entries(12, 20)]))  # fmt: skip
    wards = next(iter(dataset.groups.values()))
    assert wards[dataset.split == Split.TRAIN].tolist() == [f"w{i}" for i in range(12) if i != 4]


def test_one_word_for_missing_is_a_missing_truth() -> None:
    dataset, report = read_set(truth_of("NA", [3]))
    assert dataset.classes == ("no", "yes")
    assert report.warnings[0].found == "'NA' in 1 of 24 cases"


def test_a_word_that_is_the_truth_of_several_is_asked_about() -> None:
    files = truth_of("NA", [3, 4])
    assert "'NA' is the ground truth of several cases: is it a class" in refusal(files)
    assert read_set(files, truth_words="missing")[0].classes == ("no", "yes")
    assert read_set(files, truth_words="class")[0].classes == ("NA", "no", "yes")


def test_99_is_asked_about_among_few_numbers_and_a_class_among_many() -> None:
    truth = entries(0, 12)
    truth[3]["label"] = truth[4]["label"] = 99
    assert "'99' is the ground truth of several cases" in refusal(manifests(train=truth))
    many = [{"file": f"img/{i}.png", "label": i * 9} for i in range(12)]
    assert "99" in read_set(manifests(train=many))[0].classes


def test_a_set_mostly_without_truth_is_refused() -> None:
    line = refusal(truth_of("", list(range(14))))
    assert "most cases have no ground truth" in line
    assert "14 of 24 cases" in line


@pytest.mark.parametrize("given", ["bundle", "manifests"])
def test_an_ais_rows_of_cases_that_were_left_out_are_no_unlisted_cases(given: str) -> None:
    rows = ["case_id,prediction", *(f"c{i},yes" for i in range(24))]
    if given == "bundle":
        files = truth_of("", [3])
    else:
        train = [*entries(0, 11), *entries(11, 12, "")]
        files = manifests(train=train, label_A_train=entries(0, 12))
        rows = ["case_id,prediction", *(f"{e['file']},1" for e in _all_entries(files))]
    read, report = read_set(files | {"ai_predictions.csv": "\n".join(rows).encode()})
    assert read.ai_probabilities is not None
    assert any("no ground truth" in p.what for p in report.warnings)
    assert not any("not listed" in p.what for p in report.warnings)
    more = "\n".join([*rows, f"elsewhere,{rows[-1].split(',')[1]}"]).encode()
    _, report = read_set(files | {"ai_predictions.csv": more})
    assert [p.count for p in report.warnings if "not listed" in p.what] == [1]


def _all_entries(files: dict[str, bytes]) -> list[dict[str, str]]:
    truths = (data for name, data in files.items() if name in ("train.json", "test.json"))
    return [entry for data in truths for entry in json.loads(data)]
