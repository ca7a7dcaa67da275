"""New cases that a process of its own reads are those that are read here."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.report import DataError
from core.encoding.encoder import Encoder
from core.encoding.pixels import light_ranges
from core.library.intake import Reading
from core.library.passed_cases import form_of, plain_form
from core.reading.new_cases import CaseForm, NewCases, read_new_files
from core.reading.read import read_files
from tests.unit.reading.builders import bundle, lines, png

pytestmark = pytest.mark.usefixtures("forked_readers")

CLASSES = ("no", "yes")


def form(**more: object) -> CaseForm:
    encoder = read_files(bundle())[0].encoder
    assert isinstance(encoder, Encoder)
    return CaseForm(classes=CLASSES, encoder=encoder, **more)  # type: ignore[arg-type]


LIGHT = light_ranges(np.random.default_rng(0).integers(99, 200, (9, 8, 8, 3)).astype(np.uint8))
IMAGES = CaseForm(classes=CLASSES, image_size=(8, 8), grey_range=(0, 4095), light=LIGHT)
TABLE = {
    "new.csv": lines("case_id,age,dose,group_site,extra", "דנה,30,1.5,A,x", "'=b,,2000,,y"),
}
AI = TABLE | {"ai_predictions.csv": lines("case_id,prediction", "דנה,yes", "'=b,no")}


def same(one: NewCases, other: NewCases) -> None:
    np.testing.assert_array_equal(one.case_ids, other.case_ids)
    np.testing.assert_array_equal(one.inputs, other.inputs)
    assert one.inputs.dtype == other.inputs.dtype
    assert one.groups.keys() == other.groups.keys()
    for name in one.groups:
        np.testing.assert_array_equal(one.groups[name], other.groups[name])
    assert (one.ai_probabilities is None) == (other.ai_probabilities is None)
    if one.ai_probabilities is not None:
        np.testing.assert_array_equal(one.ai_probabilities, other.ai_probabilities)
    assert one.outside is not None
    assert other.outside is not None
    assert one.outside.cases.any()
    assert one.outside.columns == other.outside.columns
    np.testing.assert_array_equal(one.outside.distance, other.outside.distance)
    assert (one.cells is None) == (other.cells is None)
    if one.cells is not None and other.cells is not None:
        pd.testing.assert_frame_equal(one.cells.astype(str), other.cells.astype(str))


@pytest.mark.parametrize("case", ["table", "ai", "images"])
def test_cases_come_through_as_they_are(case: str, tmp_path: Path) -> None:
    files, wanted = {
        "table": (TABLE, form()),
        "ai": (AI, form(external_ai=True)),
        "images": ({f"{i}.png": png() for i in range(3)}, IMAGES),
    }[case]
    here, report = read_new_files(files, wanted)
    outcome = Reading(files, tmp_path, form=wanted).wait(60)
    assert outcome is not None
    assert outcome.kind == "read"
    assert outcome.report == report
    assert outcome.cases is not None
    same(outcome.cases, here)
    assert list((tmp_path / "datasets").iterdir()) == []


def test_a_refusal_says_the_same(tmp_path: Path) -> None:
    files = {"new.csv": lines("case_id,age", "a,1")}
    with pytest.raises(DataError) as here:
        read_new_files(files, form())
    outcome = Reading(files, tmp_path, form=form()).wait(60)
    assert outcome is not None
    assert (outcome.kind, outcome.report) == ("refused", here.value.report)


def test_a_form_is_the_same_afterwards() -> None:
    for one in (form(), form(external_ai=True), IMAGES):
        assert form_of(plain_form(one)) == one
