import json
import re
from typing import Any

import numpy as np
import pytest

from core.base.report import DataError
from core.dataset.annotation_set import Split
from tests.unit.reading.builders import (
    entries,
    manifests,
    png,
    read_set,
    refusal,
    warnings_of,
    zipped,
)


def test_good_manifests_are_read_without_a_warning() -> None:
    dataset, report = read_set(manifests())
    assert (dataset.classes, dataset.experts) == (("0", "1"), ("A", "B"))
    assert [len(dataset.index(s)) for s in Split] == [12, 0, 8]
    assert dataset.annotated.all()
    assert (dataset.annotations[:, 1] == 1).all()
    assert report.warnings == ()


def test_entries_are_joined_by_file_in_whatever_order() -> None:
    files = manifests(label_A_train=entries(0, 12)[::-1])
    assert read_set(files)[0].content_hash == read_set(manifests())[0].content_hash


@pytest.mark.parametrize(
    "name",
    ["A_train", "label_A_train", "Label_A_Train", "A_TRAIN", "label-A-train", "A-train",
     "label A train"],
)  # fmt: skip
def test_prefix_and_capitals_of_file_names_do_not_matter(name: str) -> None:
    files = manifests(**{"label_A_train": None, name: entries(0, 12)})
    assert read_set(files)[0].content_hash == read_set(manifests())[0].content_hash


def test_expert_may_have_underscores() -> None:
    files = manifests(label_dr_who_2_train=entries(0, 12))
    assert read_set(files)[0].experts == ("A", "B", "dr_who_2")


@pytest.mark.parametrize("split", ["validation", "val", "dev"])
def test_validation_files_are_read(split: str) -> None:
    files = manifests(**{split: entries(30, 34), f"label_A_{split}": entries(30, 34)})
    dataset, _ = read_set(files)
    assert dataset.case_ids[dataset.index(Split.VALIDATION)].tolist() == [
        f"img/{i}.png" for i in range(30, 34)
    ]


@pytest.mark.parametrize("label", [-1, None, "", "-1", float("nan"), -1.0, "  "])
def test_missing_annotation(label: Any) -> None:
    said = entries(0, 12)
    said[3]["label"] = label
    dataset, _ = read_set(manifests(label_A_train=said))
    assert np.flatnonzero(~dataset.annotated[:, 0]).tolist() == [3]


@pytest.mark.parametrize("label", [-1, None, "", "-1", float("nan")])
def test_case_without_ground_truth_is_left_out_with_its_place(label: Any) -> None:
    truth = entries(0, 12)
    truth[3]["label"] = label
    dataset, report = read_set(manifests(train=truth))
    assert dataset.case_ids.tolist() == [f"img/{i}.png" for i in range(20) if i != 3]
    (line,) = [p.sentence() for p in report.warnings if "no ground truth" in p.what]
    assert "1 of 20 cases" in line
    assert "train.json entry 4" in line


def test_case_left_out_by_an_expert_is_missing() -> None:
    dataset, _ = read_set(manifests(label_B_test=entries(14, 20, label=1)))
    assert (~dataset.annotated[:, 1]).sum() == 2


def test_numbered_classes_are_sorted_as_numbers() -> None:
    truth = [{"file": f"{i}", "label": (10, 9, 2)[i % 3]} for i in range(12)]
    files = manifests(
        train=truth, label_A_train=truth, label_B_train=None, label_B_test=None, label_A_test=None,
        test=[{"file": "t", "label": 9}],
    )  # fmt: skip
    assert read_set(files)[0].classes == ("2", "9", "10")


def test_text_labels_and_whole_decimals_are_understood() -> None:
    truth = [{"file": str(i), "label": "ab"[i % 2]} for i in range(8)]
    test = [{"file": "t", "label": "a"}]
    files = manifests(
        train=truth, test=test, label_A_train=truth, label_A_test=None, label_B_train=None,
        label_B_test=None,
    )  # fmt: skip
    assert read_set(files)[0].classes == ("a", "b")
    floats = [{**e, "label": float(e["label"])} for e in entries(0, 12)]
    dataset, _ = read_set(manifests(label_A_train=floats))
    assert dataset.content_hash == read_set(manifests())[0].content_hash


def test_large_whole_decimal_is_the_same_class() -> None:
    truth = [{"file": str(i), "label": 12345678 + i % 2} for i in range(8)]
    said = [{**e, "label": float(e["label"])} for e in truth]
    test = [{"file": "t", "label": 12345678}]
    files = manifests(
        train=truth, test=test, label_A_train=said, label_A_test=None, label_B_train=None,
        label_B_test=None,
    )  # fmt: skip
    dataset, _ = read_set(files)
    assert (dataset.annotations[:8, 0] == dataset.truth[:8]).all()


def test_other_keys_of_the_truth_become_groups() -> None:
    files = manifests(train=entries(0, 12, superclass="animal"), test=entries(12, 20, superclass=3))
    dataset, _ = read_set(files)
    assert dataset.groups["superclass"].tolist() == ["animal"] * 12 + ["3"] * 8


def test_rate_variants_are_ignored_with_a_warning() -> None:
    files = manifests(**{"label_A_train_0.3": entries(0, 4)})
    dataset, report = read_set(files)
    assert dataset.content_hash == read_set(manifests())[0].content_hash
    assert "Choose a rate (0.3)" in report.warnings[0].sentence()


@pytest.mark.parametrize("rate", ["0.3", "0.30", ".3"])
def test_chosen_rate_replaces_the_complete_file(rate: str) -> None:
    files = manifests(**{"label_A_train_0.3": entries(0, 4), "label_A_train_0.5": entries(0, 2)})
    dataset, _ = read_set(files, rate=rate)
    assert dataset.annotated[:, 0].sum() == 4 + 8
    assert dataset.annotated[:, 1].all()


def test_rate_nobody_has_is_refused() -> None:
    files = manifests(**{"label_A_train_0.3": entries(0, 4)})
    assert "found the rates 0.3" in refusal(files, rate="0.9")


def test_annotation_in_the_file_of_another_split_counts_with_a_warning() -> None:
    said = json.loads(manifests()["label_A_test.json"])
    files = manifests(label_A_train=[*entries(0, 12), said[0]], label_A_test=said[1:])
    assert "a different split than their case: found 1" in warnings_of(files)
    assert read_set(files)[0].content_hash == read_set(manifests())[0].content_hash


def test_expert_of_test_cases_only_is_excluded() -> None:
    dataset, _ = read_set(manifests(label_B_train=None))
    assert dataset.excluded_experts == ("B",)


def test_json_beside_the_rule_is_ignored_with_a_warning() -> None:
    assert "'settings.json'" in warnings_of(manifests(settings={"a": 1}))


def test_utf16_and_byte_order_marks_are_understood() -> None:
    files = {n: d.decode().encode("utf-8-sig") for n, d in manifests().items()}
    files["train.json"] = files["train.json"].decode("utf-8-sig").encode("utf-16")
    assert read_set(files)[0].content_hash == read_set(manifests())[0].content_hash


def test_images_beside_manifests_are_read() -> None:
    pictures = zipped({f"img/{i}.png": png() for i in range(20)})
    dataset, _ = read_set(manifests() | {"images.zip": pictures})
    assert dataset.kind == "images"


def test_some_images_missing_beside_manifests_is_refused() -> None:
    pictures = zipped({f"img/{i}.png": png() for i in range(19)})
    assert "img/19.png" in refusal(manifests() | {"images.zip": pictures})


def _changed(name: str, **change: Any) -> dict[str, bytes]:
    rows = json.loads(manifests()[f"{name}.json"])
    rows[2] = {**rows[2], **change}
    return manifests(**{name: rows})


BAD: dict[str, tuple[dict[str, bytes], str]] = {
    "no truth": (manifests(train=None, test=None), "no ground truth for the train cases"),
    "no test": (manifests(test=None, label_A_test=None, label_B_test=None), "no test cases"),
    "no expert": (
        manifests(**{f"label_{e}_{s}": None for e in "AB" for s in ("train", "test")}),
        "no experts' files",
    ),
    "object": (manifests(train={"a": 1}), "train.json is not a list: found one object"),
    "number": (manifests(train=3), "train.json is not a list: found one number"),
    "empty list": (manifests(label_A_train=[]), "label_A_train.json is an empty list"),
    "list of numbers": (manifests(train=[1, 2]), "without file and label: found a number"),
    "wrong keys": (manifests(train=[{"id": 1, "y": 2}]), "found 'id', 'y'.*entry 1"),
    "not json": (manifests() | {"train.json": b"[{]"}, "train.json is not JSON"),
    "deep": (manifests() | {"train.json": b"[" * 100_000}, "train.json is not JSON"),
    "empty file": (manifests() | {"train.json": b""}, "train.json is empty"),
    "binary": (manifests() | {"train.json": b"\x89PNG\x00\x01"}, "train.json is not a text"),
    "mixed truth": (_changed("train", label="x"), "mixes numbers and texts.*train.json entry 3"),
    "half label": (_changed("train", label=0.5), "neither whole numbers nor texts.*entry 3"),
    "endless label": (_changed("train", label=float("inf")), "neither whole numbers.*entry 3"),
    "half character": (_changed("train", file="a\ud800"), "invalid characters"),
    "NUL": (_changed("train", file="img/0.png\x00"), "invalid characters"),
    "labels of one case": (_changed("train", label=[1, 2]), "several labels.*list of 2.*entry 3"),
    "labels of an answer": (_changed("label_A_train", label=[1, 2]), "several.*per finding"),
    "object as label": (_changed("train", label={"a": 1}), "neither whole numbers nor texts.*entr"),
    "several classes": (
        _changed("label_A_train", label="0;1"),
        "names several classes.*A_train.json entry 3",
    ),
    "same case": (_changed("train", file="img/0.png"), "listed twice.*train.json entry 3"),
    "in two splits": (_changed("test", file="img/0.png"), "listed twice.*test.json entry 3"),
    "unknown case": (_changed("label_A_train", file="img/99.png"), "not listed.*'img/99.png'"),
    "contradiction": (
        _changed("label_A_train", file="img/1.png"),
        "two different labels.*label_A_train.json entry 3",
    ),
    "two files": (manifests(A_train=entries(0, 12)), "same expert and split"),
    "expert AI": (manifests(label_AI_train=entries(0, 12)), "called 'AI'"),
    "one class": (manifests(train=entries(0, 12, label=1)), "fewer than two classes"),
}


@pytest.mark.parametrize("what", BAD)
def test_manifests_that_cannot_be_used(what: str) -> None:
    files, says = BAD[what]
    line = refusal(files)
    assert re.search(says, line), line


def test_unknown_cases_can_be_ignored_knowingly() -> None:
    files = _changed("label_A_train", file="img/99.png")
    dataset, report = read_set(files, ignore_unknown_cases=True)
    assert not dataset.annotated[2, 0]
    assert report.warnings[0].count == 1


@pytest.mark.parametrize("kept", ["train", "test"])
def test_files_of_one_split_can_have_train_and_test_drawn(kept: str) -> None:
    files = {name: data for name, data in manifests().items() if kept in name}
    with pytest.raises(DataError) as refused:
        read_set(files)
    (error,) = refused.value.report.errors
    choice = next(c for c in error.choices if c.option == "split")
    dataset, _ = read_set(files, **{choice.option: choice.value})
    assert {bool(n) for n in np.bincount(dataset.split, minlength=3)[[0, 2]]} == {True}
