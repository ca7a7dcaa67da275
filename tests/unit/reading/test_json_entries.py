"""Manifests in the forms that programs write: all hold what the list of entries holds."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.reading.builders import entries, manifests, read_set, refusal

Rows = list[dict[str, Any]]


def by_columns(rows: Rows) -> Any:
    return {key: {str(i): row[key] for i, row in enumerate(rows)} for key in ("file", "label")}


FORMS: dict[str, Callable[[Rows], str]] = {
    "an entry a line": lambda rows: "\n".join(map(json.dumps, rows)) + "\n",
    "pandas by columns": lambda rows: json.dumps(by_columns(rows)),
    "lists": lambda rows: json.dumps(
        {key: [row[key] for row in rows] for key in ("file", "label")}
    ),
    "pandas split": lambda rows: json.dumps(
        {
            "columns": ["file", "label"],
            "index": list(range(len(rows))),
            "data": [[row["file"], row["label"]] for row in rows],
        }
    ),
    "pandas table": lambda rows: json.dumps({"schema": {"fields": []}, "data": rows}),
    "pandas index": lambda rows: json.dumps({str(i): row for i, row in enumerate(rows)}),
    "label by file": lambda rows: json.dumps({row["file"]: row["label"] for row in rows}),
    "lists of one": lambda rows: json.dumps([row | {"label": [row["label"]]} for row in rows]),
}


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_hold_the_same(form: str) -> None:
    plain = {name: json.loads(data) for name, data in manifests().items()}
    files = {name: FORMS[form](rows).encode() for name, rows in plain.items()}
    assert read_set(files)[0].content_hash == read_set(manifests())[0].content_hash


def test_an_empty_list_is_no_annotation() -> None:
    said = entries(0, 12)
    said[2]["label"] = []
    dataset, _ = read_set(manifests(label_A_train=said))
    assert dataset.annotated[:, 0].tolist() == [i != 2 for i in range(20)]


def test_true_and_false_are_two_classes() -> None:
    files = {
        name: json.dumps([e | {"label": bool(e["label"])} for e in json.loads(data)]).encode()
        for name, data in manifests().items()
    }
    dataset, _ = read_set(files)
    assert dataset.classes == ("false", "true")
    assert dataset.truth.tolist() == [i % 2 for i in range(20)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a.png": 1, "a.png": 0}', "'a.png' is there twice"),
        ('{"epochs": 3}', "one object.*orient='records'"),
        ('{"file": "a.png", "label": 1}\n{"file": "b.png"', "not JSON"),
    ],
)
def test_what_is_no_list_says_how_to_write_one(text: str, says: str) -> None:
    files = manifests() | {"label_A_train.json": text.encode()}
    assert re.search(says, refusal(files))
