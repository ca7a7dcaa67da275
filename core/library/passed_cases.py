"""Passes new cases from the process that reads an upload to the one that uses them."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.encoding.encoder import Encoder
from core.encoding.ranges import Outside, ranges_of
from core.encoding.score_inputs import ScoreColumn
from core.reading.new_cases import CaseForm, NewCases

_ARRAYS, _CELLS, _GROUPS = "cases.npz", "cases.feather", "groups.json"
_OUTSIDE = "outside.json"


def plain_form(form: CaseForm) -> dict[str, Any]:
    """Plain values for JSON; `form_of` reads them."""
    return {
        "classes": list(form.classes),
        "encoder": None if form.encoder is None else form.encoder.to_dict(),
        "image_size": form.image_size,
        "grey_range": form.grey_range,
        "light": None if form.light is None else {k: asdict(r) for k, r in form.light.items()},
        "external_ai": form.external_ai,
        "scores_only": form.scores_only,
        "labels_only": form.labels_only,
        "score_column": None if form.score_column is None else asdict(form.score_column),
    }


def form_of(plain: Mapping[str, Any]) -> CaseForm:
    """The form that `plain_form` wrote."""
    score = plain["score_column"]
    encoder, size, grey = plain["encoder"], plain["image_size"], plain["grey_range"]
    return CaseForm(
        classes=tuple(plain["classes"]),
        encoder=None if encoder is None else Encoder.from_dict(encoder),
        image_size=None if size is None else (size[0], size[1]),
        grey_range=None if grey is None else (grey[0], grey[1]),
        light=ranges_of(plain["light"]),
        external_ai=plain["external_ai"],
        scores_only=plain["scores_only"],
        labels_only=plain["labels_only"],
        score_column=None if score is None else ScoreColumn(**score),
    )


def put_down(cases: NewCases, folder: Path) -> None:
    """Writes the cases to the folder; `pick_up` reads them."""
    arrays: dict[str, Any] = {
        f"group_{i}": values for i, values in enumerate(cases.groups.values())
    }
    if cases.ai_probabilities is not None:
        arrays["ai_probabilities"] = cases.ai_probabilities
    if (outside := cases.outside) is not None:
        arrays["distance"] = outside.distance
        (folder / _OUTSIDE).write_text(json.dumps(outside.columns), encoding="utf-8")
    np.savez(folder / _ARRAYS, case_ids=cases.case_ids, inputs=cases.inputs, **arrays)
    (folder / _GROUPS).write_text(json.dumps(list(cases.groups)), encoding="utf-8")
    if cases.cells is not None:
        cases.cells.to_feather(folder / _CELLS)


def pick_up(folder: Path) -> NewCases:
    """The cases that `put_down` wrote."""
    names = json.loads((folder / _GROUPS).read_text(encoding="utf-8"))
    with np.load(folder / _ARRAYS) as arrays:
        return NewCases(
            case_ids=arrays["case_ids"],
            inputs=arrays["inputs"],
            cells=pd.read_feather(folder / _CELLS) if (folder / _CELLS).exists() else None,
            groups={name: arrays[f"group_{i}"] for i, name in enumerate(names)},
            ai_probabilities=arrays.get("ai_probabilities"),
            outside=_outside(arrays["distance"], folder) if "distance" in arrays else None,
        )


def _outside(distance: np.ndarray, folder: Path) -> Outside:
    columns = json.loads((folder / _OUTSIDE).read_text(encoding="utf-8"))
    return Outside(distance, tuple(map(tuple, columns)))
