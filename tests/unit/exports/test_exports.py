"""Exports of annotation tools give the answers that were given in them."""

from collections.abc import Callable
from typing import Any

import pytest

from core.base.report import Report
from core.exports.registry import EXPORTS, find_export
from core.exports.spec import as_tables
from core.matching.roles import Roles
from core.matching.summary import summarise

ANSWERS = [("a.png", "Ann", "cat"), ("a.png", "Bob", "dog"), ("b.png", "Ann", "dog"),
           ("c.png", "Bob", "cat")]  # fmt: skip


def label_studio() -> dict[str, Any]:
    def result(labels: list[str]) -> list[dict[str, Any]]:
        return [{"type": "choices", "from_name": "pet", "value": {"choices": labels}}]

    def task(case: str) -> dict[str, Any]:
        given = [
            {"completed_by": {"email": who}, "result": result([label]), "created_at": "2026-01-02"}
            for c, who, label in ANSWERS
            if c == case
        ]
        skipped = {"completed_by": 9, "was_cancelled": True, "result": result(["cat"])}
        truth = {"ground_truth": True, "completed_by": 1, "result": result(["cat"])}
        return {"data": {"image": f"/data/upload/1/0a1b2c3d-{case}"},
                "annotations": [*given, skipped, truth]}  # fmt: skip

    return {"x.json": [task(c) for c in ("a.png", "b.png", "c.png")]}


def coco() -> dict[str, Any]:
    def file(who: str) -> dict[str, Any]:
        mine = [(c, label) for c, w, label in ANSWERS if w == who]
        cases = [c for c, _ in mine]
        return {
            "images": [{"id": i, "file_name": f"images/{c}"} for i, c in enumerate(cases)],
            "categories": [{"id": 7, "name": "cat"}, {"id": 9, "name": "dog"}],
            "annotations": [
                {"image_id": cases.index(c), "category_id": {"cat": 7, "dog": 9}[label]}
                for c, label in mine
            ],
        }

    return {"Ann.json": file("Ann"), "Bob.json": file("Bob")}


def via() -> dict[str, Any]:
    def file(who: str) -> dict[str, Any]:
        return {
            f"{c}12": {"filename": c, "regions": [], "file_attributes": {"pet": label}}
            for c, w, label in ANSWERS
            if w == who
        }

    return {"Ann.json": {"_via_img_metadata": file("Ann")}, "Bob.json": file("Bob")}


def peerannot() -> dict[str, Any]:
    content: dict[str, dict[str, str]] = {"d.png": {}}
    for case, who, label in ANSWERS:
        content.setdefault(case, {})[who] = label
    return {"answers.json": content}


def prodigy() -> dict[str, Any]:
    lines = [
        {"image": c, "_task_hash": i, "_annotator_id": who, "accept": [label], "answer": "accept"}
        for i, (c, who, label) in enumerate(ANSWERS)
    ]
    ignored = {"image": "c.png", "_task_hash": 9, "_annotator_id": "Ann", "answer": "ignore"}
    return {"x.jsonl": [*lines, ignored]}


def doccano() -> dict[str, Any]:
    return {
        f"{who}.jsonl": [
            {"id": i, "image": c, "label": [label]}
            for i, (c, w, label) in enumerate(ANSWERS)
            if w == who
        ]
        for who in ("Ann", "Bob")
    }


MADE = {f.__name__: f for f in (label_studio, coco, via, peerannot, prodigy, doccano)}


@pytest.mark.parametrize("name", MADE)
def test_the_answers_are_understood(name: str) -> None:
    contents = MADE[name]()
    spec = find_export(next(iter(contents.values())))
    assert spec is not None
    tables, roles = as_tables(contents, spec, Report())
    matched = summarise(tables, roles).matched
    assert matched is not None
    frame = matched.answers.frame
    assert sorted(zip(frame["case_id"], frame["expert"], frame["label"], strict=True)) == ANSWERS
    if name == "label_studio":
        assert matched.cases.frame["label"].tolist() == ["cat"] * 3


@pytest.mark.parametrize("name", MADE)
def test_one_export_claims_each_file(name: str) -> None:
    for content in MADE[name]().values():
        assert sum(spec.fits(content) for spec in EXPORTS) == 1


@pytest.mark.parametrize(
    "content",
    [[], {}, 1, None, "x", [1], [{"file": "a", "label": 1}], {"a": {"0": 1, "1": 2}},
     {"a": {"0": 1, "1": 2}, "b": {"0": 1, "1": 2}}, {"columns": [], "data": []}],
)  # fmt: skip
def test_other_json_is_no_export(content: Any) -> None:
    assert find_export(content) is None


def findings(contents: dict[str, Any]) -> Callable[[str], dict[tuple[str, str], str]]:
    spec = find_export(next(iter(contents.values())))
    assert spec is not None
    tables, roles = as_tables(contents, spec, Report())

    def of(finding: str) -> dict[tuple[str, str], str]:
        assert finding in roles.findings
        one: Roles = roles.model_copy(update={"finding": finding})
        matched = summarise(tables, one).matched
        assert matched is not None
        frame = matched.answers.frame
        pairs = zip(frame["case_id"], frame["expert"], strict=True)
        return dict(zip(pairs, frame["label"], strict=True))

    return of


def test_several_categories_of_an_image_are_findings() -> None:
    contents = coco()
    contents["Ann.json"]["annotations"].append({"image_id": 0, "category_id": 9})
    of = findings(contents)
    assert of("dog")["a.png", "Ann"] == "yes"
    assert of("cat")["a.png", "Ann"] == "yes"


def test_questions_of_one_task_are_findings() -> None:
    contents = label_studio()
    for task in contents["x.json"]:
        for annotation in task["annotations"]:
            annotation["result"].append(
                {"type": "rating", "from_name": "sure", "value": {"rating": 4}}
            )
    of = findings(contents)
    assert set(of("sure").values()) == {"4"}
    assert of("pet")["a.png", "Bob"] == "dog"


def test_files_named_by_split_are_parts_of_the_cases() -> None:
    contents = coco()
    parts = {"train.json": contents["Ann.json"], "test.json": contents["Bob.json"]}
    parts["test.json"]["images"].pop(0)  # a.png, which is a train case
    spec = find_export(parts["train.json"])
    assert spec is not None
    tables, roles = as_tables(parts, spec, Report())
    matched = summarise(tables, roles).matched
    assert matched is not None
    assert set(matched.answers.frame["expert"]) == {"reader"}
    split = dict(zip(matched.cases.frame["case_id"], matched.cases.frame["split"], strict=True))
    assert split == {"a.png": "train", "b.png": "train", "c.png": "test"}
