import numpy as np
import pytest

from core.dataset.annotation_set import Split
from tests.unit.reading.builders import (
    annotation_rows,
    bundle,
    case_rows,
    lines,
    read_set,
    refusal,
    warnings_of,
    with_annotations,
    with_case,
)


def test_good_bundle_is_read_without_a_word() -> None:
    dataset, report = read_set(bundle())
    assert report.problems == []
    assert (dataset.classes, dataset.experts) == (("no", "yes"), ("Ann", "Bob"))
    assert [len(dataset.index(s)) for s in Split] == [12, 4, 8]
    assert dataset.feature_names == ("age", "dose")


def test_annotations_stand_at_their_case_and_expert() -> None:
    dataset, _ = read_set(bundle())
    np.testing.assert_array_equal(dataset.annotations[:23, 0], dataset.truth[:23])
    assert dataset.annotations[23, 0] != dataset.truth[23]
    np.testing.assert_array_equal(dataset.annotated[:, 1], np.arange(24) % 3 != 0)
    assert (dataset.annotations[dataset.annotated[:, 1], 1] == 1).all()


def test_order_of_the_annotations_does_not_matter() -> None:
    rows = annotation_rows()
    turned, _ = read_set(bundle(annotations=[rows[0], *rows[:0:-1]]))
    assert turned.content_hash == read_set(bundle())[0].content_hash


def test_name_does_not_change_the_content_hash() -> None:
    from core.reading.read import read_files

    assert (
        read_files(bundle(), name="one")[0].content_hash
        == read_files(bundle(), name="two")[0].content_hash
    )


def test_semicolons_commas_and_utf16_read_the_same() -> None:
    files = {
        k: v.decode().replace(",", ";").replace(".5", ",5").replace("\n", "\r\n").encode("utf-16")
        for k, v in bundle().items()
    }
    assert read_set(files)[0].content_hash == read_set(bundle())[0].content_hash


def test_numbered_classes_are_sorted_as_numbers() -> None:
    rows = ["case_id,split,label"]
    rows += [f"c{i},{'train' if i < 8 else 'test'},{(10, 9, 2)[i % 3]}" for i in range(12)]
    said = ["case_id,expert,label", *(f"c{i},Ann,9" for i in range(12))]
    assert read_set(bundle(rows, said))[0].classes == ("2", "9", "10")


def test_label_of_a_data_frame_with_gaps_is_a_whole_number() -> None:
    rows = [r.replace("yes", "1").replace("no", "0") for r in case_rows()]
    said = [r.replace("yes", "1.0").replace("no", "0.0") for r in annotation_rows()]
    dataset, _ = read_set(bundle(rows, said))
    assert dataset.classes == ("0", "1")
    assert dataset.annotated[:, 0].all()


def test_experts_are_sorted_as_people_count() -> None:
    extra = [f"c{i},p{n},yes" for n in (10, 9, 1) for i in range(3)]
    assert read_set(with_annotations(*extra))[0].experts == ("Ann", "Bob", "p1", "p9", "p10")


def test_na_may_be_a_class() -> None:
    files = {k: v.replace(b"no", b"NA") for k, v in bundle().items()}
    assert read_set(files, truth_words="class")[0].classes == ("NA", "yes")


def test_blank_label_is_a_missing_annotation() -> None:
    dataset, report = read_set(with_annotations("c0,Bob,"))
    assert not dataset.annotated[0, 1]
    assert report.problems == []


def test_minus_one_is_a_missing_annotation_of_numbered_classes() -> None:
    rows = [r.replace("yes", "1").replace("no", "0") for r in case_rows()]
    said = [r.replace("yes", "1").replace("no", "0") for r in annotation_rows()]
    assert not read_set(bundle(rows, [*said, "c0,Bob,-1"]))[0].annotated[0, 1]


def test_minus_one_may_be_a_class() -> None:
    rows = [r.replace("yes", "1").replace("no", "-1") for r in case_rows()]
    said = [r.replace("yes", "1").replace("no", "-1") for r in annotation_rows()]
    dataset, _ = read_set(bundle(rows, said))
    assert dataset.classes == ("-1", "1")
    assert dataset.annotated[:, 0].all()


def test_group_columns_are_kept_and_are_no_features() -> None:
    rows = case_rows()
    rows = [rows[0] + ",group_sex", *(f"{r},{'fm'[i % 2]}" for i, r in enumerate(rows[1:]))]
    dataset, _ = read_set(bundle(rows))
    assert dataset.feature_names == ("age", "dose")
    assert dataset.groups["group_sex"][:3].tolist() == ["f", "m", "f"]


@pytest.mark.parametrize("word", ["val", "valid", "dev", "Validation", "VAL"])
def test_other_words_for_validation_are_understood(word: str) -> None:
    rows = [r.replace("validation", word) for r in case_rows()]
    assert len(read_set(bundle(rows))[0].index(Split.VALIDATION)) == 4


def test_without_splits_a_stratified_split_is_drawn_with_a_warning() -> None:
    rows = [",".join(r.split(",")[:1] + r.split(",")[2:]) for r in case_rows()]
    dataset, report = read_set(bundle(rows))
    assert "no column 'split'" in report.warnings[0].what
    test = dataset.truth[dataset.index(Split.TEST)]
    assert np.bincount(test).tolist() == [4, 4]


def test_drawn_split_does_not_depend_on_the_order_of_the_rows() -> None:
    rows = [",".join(r.split(",")[:1] + r.split(",")[2:]) for r in case_rows()]
    a, _ = read_set(bundle(rows))
    b, _ = read_set(bundle([rows[0], *rows[:0:-1]]))
    assert set(a.case_ids[a.index(Split.TEST)]) == set(b.case_ids[b.index(Split.TEST)])


def test_set_without_features_is_labels_only() -> None:
    dataset, report = read_set(bundle([",".join(r.split(",")[:3]) for r in case_rows()]))
    assert dataset.inputs is None
    assert dataset.kind == "labels"
    assert "neither features nor images" in report.notes[0].what


def test_features_that_do_not_differ_leave_labels_only() -> None:
    rows = [",".join([*r.split(",")[:3], "7"]) for r in case_rows()[1:]]
    dataset, report = read_set(bundle(["case_id,split,label,age", *rows]))
    assert dataset.kind == "labels"
    (problem,) = report.warnings
    assert "no feature that differs" in problem.what
    assert "'age'" in problem.found


BAD: dict[str, tuple[dict[str, bytes], str]] = {
    "no cases": (
        {"annotations.csv": lines(*annotation_rows())},
        "no ground truth.*40 answers.*cases.csv",
    ),
    "no annotations": (
        {"cases.csv": lines(*case_rows())},
        "no column holds the readers' answers.*annotations.csv",
    ),
    "no case id": (
        bundle([r.split(",", 1)[1] for r in case_rows()]),
        "no case ids in 'cases.csv'",
    ),
    "header only": (bundle([case_rows()[0]]), "cases.csv has no rows"),
    "no annotation": (bundle(annotations=["case_id,expert,label"]), "no annotations"),
    "blank annotations": (
        bundle(annotations=["case_id,expert,label", "c0,Ann,"]),
        "no annotations",
    ),
    "blank id": (with_case(4, ",train,no,1,2"), "no case_id.*row 4"),
    "same case": (with_case(4, "c0,train,no,1,2"), "listed twice.*row 4 'c0'"),
    "unknown split": (with_case(4, "c2,exam,no,1,2"), "not train.*'exam'.*row 4"),
    "blank split": (with_case(4, "c2,,no,1,2"), r"not train.*\(blank\).*row 4"),
    "no test": (
        bundle([r.replace(",test,", ",train,") for r in case_rows()]),
        "no test cases.*Give some cases",
    ),
    "no train": (
        bundle([r.replace(",train,", ",test,") for r in case_rows()]),
        "no train cases",
    ),
    "one class": (
        bundle([r.replace(",yes,", ",no,") if ",train," in r else r for r in case_rows()]),
        "fewer than two classes",
    ),
    "ids for labels": (
        bundle(
            ["case_id,split,label"]
            + [f"c{i},{'train' if i < 80 else 'test'},n{i}" for i in range(120)]
        ),
        "too many different labels",
    ),
    "class spelt twice": (with_case(4, "c2,train,No,1,2"), "differ only.*'no' and 'No'"),
    "several classes": (with_annotations("c0,Bob,yes/no"), "'yes/no' names several.*row 42"),
    "unknown case": (
        with_annotations("x9,Bob,yes", "x9,Ann,no", "x8,Ann,no"),
        "not listed: found 3 annotations of 2 cases.*row 42 'x9'",
    ),
    "contradiction": (with_annotations("c0,Ann,yes"), "two different labels.*row 42.*'c0'.*'Ann'"),
    "blank expert": (with_annotations("c0,,yes"), "no expert's name.*row 42"),
    "expert called AI": (with_annotations("c0,AI,yes"), "called 'AI'.*row 42"),
    "expert called ai": (with_annotations("c0,ai,yes"), "called 'ai'"),
    "mixed feature": (with_case(4, "c2,train,no,old,2"), "'age' mixes numbers.*row 4: 'old'"),
    "nobody in train": (
        bundle(annotations=["case_id,expert,label", "c20,Ann,yes"]),
        "no expert has annotated a train case",
    ),
    "long id": (with_case(4, "c" * 600 + ",train,no,1,2"), "longer than 500"),
}


@pytest.mark.parametrize("what", BAD)
def test_bundle_that_cannot_be_used(what: str) -> None:
    import re

    files, says = BAD[what]
    line = refusal(files)
    assert re.search(says, line), line


def test_several_problems_are_told_at_once() -> None:
    line = refusal(with_annotations("x9,Bob,yes", "c0,Bob,yes/no", "c1,AI,yes"))
    assert line.endswith("(and 2 more problems)")


def test_five_places_are_named_of_many() -> None:
    line = refusal(with_annotations(*(f"c{i},Cyd,yes/no" for i in range(9))))
    assert "First of 9" in line
    assert line.count("annotations.csv row") == 5


def test_repeated_annotation_is_dropped_with_a_warning() -> None:
    files = with_annotations("c0,Ann,no", "c3,Ann,yes")
    assert "repeated: found 2" in warnings_of(files)
    assert read_set(files)[0].content_hash == read_set(bundle())[0].content_hash


def test_unknown_cases_can_be_ignored_knowingly() -> None:
    files = with_annotations("x9,Bob,maybe")
    assert "not listed: found 1" in warnings_of(files, ignore_unknown_cases=True)
    dataset, _ = read_set(files, ignore_unknown_cases=True)
    assert dataset.content_hash == read_set(bundle())[0].content_hash


def test_expert_without_train_annotations_is_excluded_with_a_warning() -> None:
    dataset, report = read_set(with_annotations("c20,Cyd,yes"))
    assert dataset.excluded_experts == ("Cyd",)
    assert "'Cyd'" in report.warnings[0].found


def test_class_that_only_test_cases_have_is_warned_about() -> None:
    files = with_case(22, "c20,test,maybe,1,2")
    assert "occur in test but not in train: found 'maybe'" in warnings_of(files)


def test_experts_spelt_alike_are_warned_about() -> None:
    assert "'Ann / ann'" in warnings_of(with_annotations("c0,ann,yes"))


def test_labels_and_ids_are_trimmed() -> None:
    files = {k: v.replace(b",", b" , ") for k, v in bundle().items()}
    assert read_set(files)[0].content_hash == read_set(bundle())[0].content_hash


@pytest.mark.parametrize("junk", [b"", b"\x00\x01\x02\xff" * 50, b"[]"])
def test_cases_that_are_no_table_are_refused(junk: bytes) -> None:
    assert "cases.csv" in refusal(bundle() | {"cases.csv": junk})
