"""Columns that are no features are left out, by name and values, unless they are kept knowingly."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from core.base.report import Problem, Report
from core.dataset.annotation_set import AnnotationSet
from core.reading.column_kinds import kind_of, names_id
from core.reading.formats import ReadOptions
from core.reading.new_cases import CaseForm, read_new_files
from core.reading.truth_copies import levels_of, repeats_truth
from tests.unit.reading.builders import bundle, image_of, lines, png, read_set, zipped

N = 90  # cases, two thirds of them train
RNG = np.random.default_rng(5)
TRUTH = RNG.integers(0, 2, N)
AGE = [str(v) for v in RNG.integers(30, 80, N)]
SIZE = [f"{v:.3f}" for v in RNG.normal(2, 1, N) + TRUTH]


def table(columns: dict[str, Sequence[Any]], labels: Sequence[str] = ("no", "yes")) -> list[str]:
    """Rows of cases.csv with an age, a size, and more columns."""
    columns = {"age": AGE, "size": SIZE} | columns
    rows = [",".join(["case_id", "split", "label", *columns])]
    for i in range(N):
        split = "test" if i % 3 == 2 else "train"
        cells = [f"c{i}", split, labels[TRUTH[i]], *(str(v[i]) for v in columns.values())]
        rows.append(",".join(cells))
    return rows


def answers(said: Sequence[int] | None = None, labels: Sequence[str] = ("no", "yes")) -> list[str]:
    """Rows of annotations.csv of two readers who err now and then; the first may be given."""
    rng = np.random.default_rng(9)
    rows = ["case_id,expert,label"]
    for name, given in (("Dr. Grey", said), ("Dr. Stone", None)):
        for i in range(N):
            answer = TRUTH[i] ^ int(rng.random() < 0.2) if given is None else given[i]
            rows.append(f"c{i},{name},{labels[answer]}")
    return rows


def read_with(column: str, values: Sequence[Any], **options: Any) -> tuple[AnnotationSet, Report]:
    return read_set(bundle(table({column: values}), answers()), **options)


def about(report: Report, column: str) -> list[Problem]:
    return [p for p in report.warnings if repr(column) in p.found]


WHOLE = [str(v) for v in RNG.permutation(900)[:N] + 1000]
FEATURES: dict[str, tuple[str, Callable[[int], Any]]] = {
    "whole numbers": ("volume", lambda i: WHOLE[i]),
    "an index that is measured": ("mitotic index", lambda i: WHOLE[i]),
    "a count": ("number of cells", lambda i: WHOLE[i]),
    "decimals": ("density", lambda i: f"{np.sin(i):.6f}"),
    "an index of decimals": ("Index", lambda i: f"{np.sin(i):.6f}"),
    "a nuchal fold": ("nuchal fold", lambda i: i * 7 % 5),
    "few texts": ("smoker", lambda i: ("never", "former", "current")[i * 5 % 7 % 3]),
    "years": ("year", lambda i: 2000 + i * 7 % 20),
    "codes with a slash": (
        "pressure class",
        lambda i: ("120/80", "140/90", "130/85")[i * 5 % 7 % 3],
    ),
    "versions": ("software", lambda i: ("syngo.via", "v2.1")[i * 7 % 4 // 2]),
    "numbers with a unit": ("length", lambda i: f"{20 + np.cos(i):.4f} mm"),
    "another script": ("年龄", lambda i: WHOLE[i]),
    "ids of few scanners": ("scanner id", lambda i: f"hospital {i * 7 % 4}"),
    "a site": ("site", lambda i: f"hospital {i * 7 % 4}"),
}


@pytest.mark.parametrize("what", FEATURES)
def test_features_are_kept(what: str) -> None:
    name, value = FEATURES[what]
    dataset, report = read_with(name, [value(i) for i in range(N)])
    assert any(n.startswith(name) for n in dataset.feature_names)
    assert not about(report, name)


NONE: dict[str, tuple[str, Callable[[int], Any], str]] = {
    "ids": ("Patient ID", lambda i: WHOLE[i], "ids"),
    "ids in one word": ("patientid", lambda i: WHOLE[i], "ids"),
    "German numbers": ("Fallnummer", lambda i: WHOLE[i], "ids"),
    "French numbers": ("numéro de dossier", lambda i: WHOLE[i], "ids"),
    "Spanish numbers": ("Nº historia", lambda i: WHOLE[i], "ids"),
    "accession": ("AccessionNumber", lambda i: f"A{WHOLE[i]}", "ids"),
    "the index of a data frame": ("level_0", lambda i: i, "numbers of the rows"),
    "ids of lesions": ("lesion_id", lambda i: f"HAM_{i // 2:04}", "ids"),
    "row numbers": ("q", lambda i: 3 * i + 5, "numbers of the rows"),
    "texts": ("remark", lambda i: f"seen by {i} twice", "texts that differ"),
    "nearly different texts": ("time", lambda i: f"{i * 11 % 83 % 24}:{i * 11 % 83}", "texts that"),
    "lists of findings": ("finding", lambda i: f"a|{WHOLE[i][-2:]}" if TRUTH[i] else "-", "truth"),
    "folds": ("fold", lambda i: i % 5, "folds"),
    "folds by name": ("CV_fold", lambda i: f"fold{i % 5}", "folds"),
    "a second split": ("split_2", lambda i: i * 7 % 3, "folds"),
    "words for splits": ("subset", lambda i: ("train", "val", "train")[i * 7 % 3], "folds"),
    "dates": ("seen", lambda i: f"2024-{i % 7 + 1:02}-11", "dates"),
    "German dates": ("Befund vom", lambda i: f"{i % 28 + 1}.3.2021", "dates"),
    "dates in words": ("visit", lambda i: f"{i % 28 + 1} Mar 2021", "dates"),
    "dates as numbers": ("dob", lambda i: f"19{i % 50 + 40}0{i % 9 + 1}12", "dates"),
    "days of a spreadsheet": ("Date of scan", lambda i: 44000 + i * 7 % 60, "dates"),
    "addresses": ("link", lambda i: f"https://x.org/{i % 7}", "files"),
    "files": ("picture", lambda i: f"img_{i}.JPG", "files"),
    "paths": ("raw", lambda i: f"/mnt/scans/{i % 7}", "files"),
    "a copy in words": ("histology", lambda i: ("8000/0", "8000/3")[TRUTH[i]], "truth alone"),
    "a copy in numbers": ("code", lambda i: 3 - TRUTH[i], "truth alone"),
    "a finer copy": ("type", lambda i: "abcdef"[TRUTH[i] * 3 + i * 5 % 7 % 3], "truth alone"),
    "a copy with noise": ("score", lambda i: TRUTH[i] + np.sin(i) / 5, "truth alone"),
    "numbers of one class": (
        "dose",
        lambda i: f"{np.sin(i):.4f}" if TRUTH[i] else "",
        "truth alone",
    ),
    "what only one class has": ("stage", lambda i: i % 4 if TRUTH[i] else "", "truth alone"),
}


@pytest.mark.parametrize("what", NONE)
def test_columns_that_are_none_are_left_out_with_the_reason_and_may_be_kept(what: str) -> None:
    name, value, reason = NONE[what]
    values = [value(i) for i in range(N)]
    dataset, report = read_with(name, values)
    assert dataset.feature_names == ("age", "size")
    (problem,) = about(report, name)
    assert reason in problem.what
    for choice in problem.choices[1:]:
        kept, report = read_set(
            bundle(table({name: values}), answers()),
            **ReadOptions().choose(choice.option, choice.value).model_dump(),
        )
        assert any(n.startswith(name) for n in kept.feature_names)
        (problem,) = [p for p in about(report, name) if p.choices]
        assert problem.choices[0].option == "keep_columns"


def test_the_first_choice_is_what_was_done() -> None:
    columns = {"fold": [i % 5 for i in range(N)], "kfold": [i % 3 for i in range(N)]}
    files = bundle(table(columns), answers())
    dataset, report = read_set(files)
    (problem,) = about(report, "fold")
    assert [(c.option, c.value) for c in problem.choices] == [
        ("leave_out_columns", ["fold", "kfold"]),
        ("keep_columns", ["fold"]),
        ("keep_columns", ["kfold"]),
        ("keep_columns", ["fold", "kfold"]),
    ]
    first = ReadOptions().choose(problem.choices[0].option, problem.choices[0].value)
    again, said = read_set(files, **first.model_dump())
    assert again.content_hash == dataset.content_hash
    assert said.warnings == report.warnings
    assert "fold" in read_set(files, keep_columns=("fold",))[0].feature_names


def test_any_column_can_be_left_out() -> None:
    dataset, report = read_set(bundle(table({}), answers()), leave_out_columns=("Age", "wrong"))
    assert dataset.feature_names == ("size",)
    assert any("as was chosen: 'age'" in p.what for p in report.notes)
    assert any("'wrong'" in p.found for p in report.warnings)


def test_texts_that_cannot_be_categories_offer_no_choice() -> None:
    _, report = read_with("remark", [f"seen by {i} twice" for i in range(N)])
    (problem,) = about(report, "remark")
    assert problem.choices == ()


def test_a_good_feature_is_no_copy_of_the_truth() -> None:
    wrong = set(np.flatnonzero(np.arange(N) % 3 != 2)[[3, 30]])  # 2 of 60 train cases
    values = [TRUTH[i] ^ (i in wrong) for i in range(N)]
    dataset, report = read_with("marker", values)
    assert "marker" in dataset.feature_names
    assert not about(report, "marker")


def test_what_is_wrong_in_three_percent_is_a_good_feature_of_any_number_of_cases() -> None:
    truth = np.arange(2000) % 2
    for wrong, copy in ((60, False), (25, False), (10, True)):
        values = np.where(np.arange(2000) < wrong, 1 - truth, truth)
        levels = levels_of(values.astype(str).astype(object))
        found = repeats_truth(levels, values >= 0, values.astype(float), truth, 5)
        assert (found is not None) == copy


def test_numbers_that_part_few_cases_are_a_good_feature() -> None:
    # No gap between the classes: a feature that is right in 95 % parts 60 cases now and then.
    rank = np.argsort(np.argsort(TRUTH * 10 + np.sin(np.arange(N))))
    dataset, _ = read_with("marker", rank / 7)
    assert "marker" in dataset.feature_names


def test_a_coarse_copy_of_many_classes_is_left_out() -> None:
    labels = [("ca", "mel", "nev", "wart")[TRUTH[i] * 2 + i % 2] for i in range(N)]
    rows = table(
        {"malignant": [int(v < "n") for v in labels], "is_ca": [v == "ca" for v in labels]}
    )
    rows = [rows[0]] + [
        ",".join([*r.split(",")[:2], v, *r.split(",")[3:]])
        for r, v in zip(rows[1:], labels, strict=True)
    ]
    said = ["case_id,expert,label", *(f"c{i},Dr. Grey,{('ca', 'nev')[i % 2]}" for i in range(N))]
    dataset, report = read_set(bundle(rows, said))
    assert dataset.feature_names == ("age", "size")
    assert about(report, "malignant") == about(report, "is_ca")


@pytest.mark.parametrize("words", [("no", "yes"), ("0", "1"), ("neg", "pos")])
def test_a_readers_own_answers_are_left_out(words: tuple[str, str]) -> None:
    said = TRUTH ^ (RNG.random(N) < 0.25)
    rows = table({"grey": [words[v] for v in said]})
    dataset, report = read_set(bundle(rows, answers(said)))
    assert dataset.feature_names == ("age", "size")
    (problem,) = about(report, "grey")
    assert "Dr. Grey's in 90 of 90 cases" in problem.found


def test_half_a_readers_answers_are_no_copy_of_them() -> None:
    said = TRUTH ^ (RNG.random(N) < 0.25)
    rows = table({"marker": [said[i] if i % 4 else 1 - said[i] for i in range(N)]})
    assert "marker" in read_set(bundle(rows, answers(said)))[0].feature_names


def test_without_any_feature_the_set_holds_labels_only_and_says_so_with_choices() -> None:
    rows = [r.split(",") for r in table({"Case No": WHOLE, "fold": [i % 5 for i in range(N)]})]
    files = bundle([",".join([*r[:3], *r[5:]]) for r in rows], answers())
    dataset, report = read_set(files)
    assert dataset.kind == "labels"
    (problem,) = [p for p in report.warnings if "no column" in p.what and p.choices]
    choice = problem.choices[1]
    kept, _ = read_set(files, **{choice.option: tuple(choice.value)})
    assert kept.feature_names == ("Case No", "fold")


def test_new_cases_need_only_what_was_kept() -> None:
    encoder = read_with("fold", [i % 5 for i in range(N)])[0].encoder
    assert encoder is not None
    assert encoder.needed == ("age", "size")
    form = CaseForm(classes=("no", "yes"), encoder=encoder)
    for header, row in (("case_id,age,size", "n,50,2"), ("case_id,age,size,fold", "n,50,2,1")):
        _, report = read_new_files({"new.csv": lines(header, row)}, form)
        assert not report.warnings


def test_names_that_suggest_ids() -> None:
    for name in ("id", "ID-Nr.", "StudyUID", "MRN", "row", "Index", "#", "", "Patient's no.", "№"):
        assert names_id(name), name
    for name in (
        "age",
        "n",
        "number of lesions",
        "refractive index",
        "cells",
        "x1",
        "0",
        "identity",
    ):
        assert not names_id(name), name


def test_what_has_no_value_is_nothing() -> None:
    assert kind_of("id", np.array(["", ""], dtype=object), number=True) == ""


def images(names: Sequence[str]) -> dict[str, bytes]:
    return {"images.zip": zipped({f"deep/{n}": png(colour=(i, 0, 0)) for i, n in enumerate(names)})}


@pytest.mark.parametrize("name", ["image", "Image Index", "img_path", "Datei", "scan", "foo"])
def test_a_column_that_names_the_images_is_that_of_the_files(name: str) -> None:
    rows = [r.split(",")[:3] for r in table({})]
    named = [f"c{i}.png" for i in range(N)]
    rows = [[*rows[0], name]] + [[*r, n] for r, n in zip(rows[1:], named, strict=True)]
    files = bundle([",".join(r) for r in rows], answers())
    dataset, report = read_set(files | images(named))
    assert dataset.kind == "images"
    assert any(repr(name) in p.what for p in report.notes)
    # Without images the names are no features either.
    dataset, report = read_set(files)
    assert dataset.kind == "labels"
    assert about(report, name)


def test_of_two_columns_of_images_that_which_lies_there_is_read() -> None:
    named = [f"c{i}.png" for i in range(N)]
    columns = {"mask_file": [f"m{i}.png" for i in range(N)], "photo": named}
    dataset, report = read_set(bundle(table(columns), answers()) | images(named))
    assert dataset.kind == "images"
    assert any("'photo'" in p.what for p in report.notes)


@pytest.mark.parametrize("name", ["image", "file"])
def test_features_beside_images_can_be_chosen(name: str) -> None:
    named = [f"c{i}.png" for i in range(N)]
    files = bundle(table({name: named}), answers()) | images(named)
    dataset, report = read_set(files)
    assert dataset.kind == "images"
    (problem,) = [p for p in report.warnings if "beside images" in p.what]
    first, second = problem.choices
    assert read_set(files, **{first.option: tuple(first.value)})[0].kind == "images"
    features, report = read_set(files, **{second.option: tuple(second.value)})
    assert features.feature_names == ("age", "size")


def test_images_that_no_column_names_are_said() -> None:
    files = bundle(table({}), answers()) | {"a.png": image_of(np.zeros((4, 4, 3), np.uint8))}
    dataset, report = read_set(files)
    assert dataset.feature_names == ("age", "size")
    assert any("no column names" in p.what for p in report.notes)


def test_a_readers_answers_that_no_truth_has_are_found_in_a_column_too() -> None:
    said = [TRUTH[i] ^ (i % 5 == 0) for i in range(N)]
    words = ["unsure" if i % 9 == 4 else ("no", "yes")[s] for i, s in enumerate(said)]
    rows = answers(said)
    rows[1 : N + 1] = [f"c{i},Dr. Grey,{w}" for i, w in enumerate(words)]
    dataset, report = read_set(bundle(table({"first look": words}), rows))
    assert dataset.extra_answers == ("unsure",)
    (problem,) = about(report, "first look")
    assert "answers" in problem.what
