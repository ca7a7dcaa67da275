"""Answers that are no classes: kept, mapped, offered or refused."""

import numpy as np
import pytest

from core.base.report import DataError, Problem
from core.dataset.annotation_set import AnnotationSet
from core.insight.describe import describe
from core.reading.spelling import lists_classes, misspelled
from tests.unit.reading.builders import (
    annotation_rows,
    bundle,
    case_rows,
    entries,
    lines,
    manifests,
    read_set,
    with_annotations,
)


def refused(files: dict[str, bytes], **options: object) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as raised:
        read_set(files, **options)
    return raised.value.report.errors


def said(data: AnnotationSet, expert: str) -> dict[str, str]:
    m = data.experts.index(expert)
    return {
        str(data.case_ids[i]): data.answers[data.annotations[i, m]]
        for i in np.flatnonzero(data.annotated[:, m])
    }


def accuracy(data: AnnotationSet, expert: str) -> float:
    m = data.experts.index(expert)
    made = data.annotated[:, m]
    return float((data.annotations[made, m] == data.truth[made]).mean())


HEDGED = with_annotations(
    "c0,Cyd,HEDGE", "c1,Cyd,yes", "c2,Cyd,hedge", "c3,Cyd,HEDGE", "c20,Cyd,no"
)


def test_an_answer_no_truth_has_is_kept_and_counts_as_wrong() -> None:
    data, report = read_set(HEDGED)
    assert data.classes == ("no", "yes")
    assert data.extra_answers == ("HEDGE",)
    assert said(data, "Cyd") == {
        "c0": "HEDGE", "c1": "yes", "c2": "HEDGE", "c3": "HEDGE", "c20": "no",
    }  # fmt: skip
    assert accuracy(data, "Cyd") == 2 / 5
    (warning,) = report.warnings
    assert warning.count == 3
    assert [c.value for c in warning.choices] == [
        [["HEDGE", "HEDGE"]], [["HEDGE", "no"]], [["HEDGE", "yes"]], [["HEDGE", ""]],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ("no", {"c0": "no", "c1": "yes", "c2": "no", "c3": "no", "c20": "no"}),
        ("YES", {"c0": "yes", "c1": "yes", "c2": "yes", "c3": "yes", "c20": "no"}),
        ("", {"c1": "yes", "c20": "no"}),
    ],
)
def test_an_answer_means_what_was_chosen(means: str, expected: dict[str, str]) -> None:
    data, report = read_set(HEDGED, answers=(("Hedge", means),))
    assert data.extra_answers == ()
    assert said(data, "Cyd") == expected
    # What was done comes first, so that it can be changed again.
    assert report.warnings[0].choices[0].value == [["HEDGE", means.lower()]]
    assert len(report.warnings[0].choices) == 4


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [*annotation_rows(), "c0,Cyd,unsure", "c1,Cyd,grade 9", "c2,Cyd,unsure"]
    first, _ = read_set(bundle(annotations=rows))
    second, _ = read_set(bundle(annotations=[rows[0], *reversed(rows[1:])]))
    assert first.extra_answers == second.extra_answers == ("grade 9", "unsure")
    assert first.content_hash == second.content_hash


def test_json_manifests_keep_answers_too() -> None:
    files = manifests(label_A_train=[*entries(0, 11), *entries(11, 12, label=7)])
    data, _ = read_set(files)
    assert data.extra_answers == ("7",)
    data, _ = read_set(files, answers=(("7", "0"),))
    assert said(data, "A")["img/11.png"] == "0"


@pytest.mark.parametrize("answer", ["Yes", "YES", "y es", "yes\u200b", "ye\u00ads"])
def test_capitals_spaces_and_invisible_characters_are_read_as_the_class(answer: str) -> None:
    data, report = read_set(with_annotations(f"c0,Cyd,{answer}", "c1,Cyd,yes"))
    assert data.extra_answers == ()
    assert said(data, "Cyd") == {"c0": "yes", "c1": "yes"}
    if answer != "yes":
        (warning,) = report.warnings
        assert warning.count == 1


def test_numbers_are_not_joined_by_their_spaces() -> None:
    cases = [
        case_rows()[0],
        *(r.replace(",yes,", ",12,").replace(",no,", ",3,") for r in case_rows()[1:]),
    ]
    rows = [r.replace(",yes", ",12").replace(",no", ",3") for r in annotation_rows()]
    rows += ["c0,Cyd,1 2", "c1,Cyd,12.0", "c2,Cyd,5.0", "c4,Cyd,03"]
    data, _ = read_set(bundle(cases, rows))
    assert data.extra_answers == ("1 2", "5")
    assert said(data, "Cyd")["c1"] == "12"
    assert said(data, "Cyd")["c4"] == "3"


def words(no: str, yes: str) -> dict[str, bytes]:
    """The bundle with other class names."""

    def renamed(rows: list[str]) -> list[str]:
        return [r.replace(",yes", f",{yes}").replace(",no", f",{no}") for r in rows]

    return bundle(renamed(case_rows()), renamed(annotation_rows()))


def with_row(files: dict[str, bytes], *rows: str) -> dict[str, bytes]:
    return files | {"annotations.csv": files["annotations.csv"] + lines(*rows)}


def test_a_likely_misspelling_is_offered_as_the_class() -> None:
    files = with_row(words("benign", "malignant"), "c0,Cyd,benin", "c1,Cyd,benign")
    (problem,) = refused(files)
    assert [c.value for c in problem.choices] == [[["benin", "benign"]], [["benin", "benin"]]]
    data, _ = read_set(files, answers=(("benin", "benign"),))
    assert said(data, "Cyd") == {"c0": "benign", "c1": "benign"}
    data, _ = read_set(files, answers=(("benin", "benin"),))
    assert data.extra_answers == ("benin",)


@pytest.mark.parametrize(
    ("answer", "label", "expected"),
    [
        ("malginant", "malignant", True),
        ("malignent", "Malignant", True),
        ("bösartig", "bosartig", True),
        ("no_finding", "No finding", True),
        ("pleural efusion", "Pleural effusion", True),
        ("BI-RADS 0", "BI-RADS 1", False),
        ("type A", "type B", False),
        ("stage IIIa", "stage IIIb", False),
        ("T1", "T2", False),
        ("yes", "yes?", False),
        ("hedge", "benign", False),
        ("no finding", "finding", False),
        ("12", "13", False),
    ],
)
def test_misspellings_are_in_words_not_in_grades(answer: str, label: str, expected: bool) -> None:
    assert misspelled(answer, label) is expected
    assert misspelled(label, answer) is expected


def test_answers_that_are_probabilities_need_a_cut() -> None:
    rows = [f"c{i},Cyd,{i / 24:.2f}" for i in range(1, 24)]
    files = with_row(words("0", "1"), *rows)
    (problem,) = refused(files)
    assert "probabilities" in problem.what
    # Ann's 13 zeros and Cyd's 11 below; her 11 ones, Bob's 16 and Cyd's 12 above.
    assert "puts 24 answers below it and 39 at it or above" in problem.remedy
    assert problem.count == 23


def test_answers_that_are_scores_need_a_cut() -> None:
    rows = [f"c{i},Cyd,{4 * i} %" for i in range(1, 24)]
    (problem,) = refused(with_row(words("0", "1"), *rows))
    assert "scores" in problem.what
    assert "a cut at 50" in problem.remedy


def test_a_few_numbers_beyond_the_classes_are_answers() -> None:
    data, _ = read_set(with_row(words("0", "1"), "c0,Cyd,0.5", "c1,Cyd,2", "c2,Cyd,1"))
    assert data.extra_answers == ("0.5", "2")


def test_too_many_different_answers_are_refused() -> None:
    (problem,) = refused(with_annotations(*(f"c{i},Cyd,case{i}x" for i in range(24))))
    assert "24" in problem.found


def test_several_classes_in_one_answer_are_refused() -> None:
    (problem,) = refused(with_annotations("c0,Cyd,yes; no"))
    assert "several classes" in problem.what
    assert lists_classes("Effusion|Nodule", ["effusion", "nodule"])
    assert not lists_classes("Effusion, left", ["effusion", "nodule"])


def test_words_of_another_language_than_the_truth_s_have_to_be_said() -> None:
    rows = [r.replace(",yes", ",oui").replace(",no", ",non") for r in annotation_rows()]
    problems = refused(bundle(annotations=rows))
    assert len(problems) == 2
    data, _ = read_set(bundle(annotations=rows), answers=(("oui", "yes"), ("non", "no")))
    assert data.content_hash == read_set(bundle())[0].content_hash


def test_a_word_for_missing_can_be_an_answer() -> None:
    files = with_annotations("c0,Cyd,?", "c1,Cyd,yes")
    data, report = read_set(files)
    assert said(data, "Cyd") == {"c1": "yes"}
    own = report.warnings[0].choices[1]
    data, _ = read_set(files, answers=tuple(map(tuple, own.value)))
    assert said(data, "Cyd") == {"c0": "?", "c1": "yes"}


def test_choices_that_make_no_sense_are_refused_or_said() -> None:
    assert "is a class" in refused(HEDGED, answers=(("yes", "no"),))[0].what
    assert "which is not a class" in refused(HEDGED, answers=(("HEDGE", "perhaps"),))[0].what
    _, report = read_set(HEDGED, answers=(("edge", "yes"),))
    assert "nobody gave" in report.warnings[0].what


def test_names_of_answers_are_checked() -> None:
    assert "control characters" in refused(with_annotations("c0,Cyd,a\u202eb"))[0].what
    assert "longer than" in refused(with_annotations("c0,Cyd," + "x" * 300))[0].what


def test_answers_of_cases_that_are_not_in_the_set_are_not_looked_at() -> None:
    data, _ = read_set(with_annotations("x9,Bob,maybe"), ignore_unknown_cases=True)
    assert data.extra_answers == ()


def test_inspect_counts_them() -> None:
    assert describe(*read_set(HEDGED))["extra_answers"] == {"HEDGE": 3}
    assert describe(*read_set(bundle()))["extra_answers"] == {}
