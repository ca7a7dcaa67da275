from io import BytesIO

import pytest

from core.base import names
from core.base.report import DataError
from core.files.archive import Archive, check_alike
from core.files.sources import UploadSource
from core.reading.read import read_files
from tests.unit.reading.builders import (
    bundle,
    case_rows,
    entries,
    manifests,
    with_annotations,
    with_case,
    zipped,
)

HEBREW, ARABIC = "דנה כהן", "محمد"
BAD = [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", "\x1b", "\x7f"]


def refused(files: dict[str, bytes], name: str | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read_files(files, name=name)
    return str(caught.value)


@pytest.mark.parametrize("bad", BAD)
def test_an_expert_with_a_control_character_is_refused_with_its_place(bad: str) -> None:
    said = refused(with_annotations(f"c1,An{bad}n,yes"))
    code = f"U+{ord(bad):04X}"
    assert "annotations.csv has control characters" in said
    assert f"annotations.csv row 42, column 'expert': 'An⟨{code}⟩n'" in said


@pytest.mark.parametrize(
    "files",
    [
        with_case(3, "c\u202e1,train,yes,30,1"),
        with_case(3, "c1,train,y\u2067es,30,1"),
        with_case(1, "case_id,split,label,a\u200fge,dose"),
        with_case(1, "case_id,split,label,age,group_\u202esite"),
        with_annotations('c1,"Ann\nBob",yes'),
        with_annotations('c1,"Ann\tBob",yes'),
        manifests(train=[{"file": "a\u202eb.png", "label": 0}]),
        {**manifests(), "label_C\u202e_train.json": b"[]"},
        manifests(train=entries(0, 12, **{"site\u202e": 1})),
        manifests(train=entries(0, 12, site="\u202e")),
    ],
)  # fmt: skip
def test_every_kind_of_name_is_looked_at(files: dict[str, bytes]) -> None:
    said = refused(files)
    assert "control character" in said
    assert "U+" in said


@pytest.mark.parametrize("name", ["A\u202eB", "A\x1b[2J"])
def test_a_set_is_not_called_so(name: str) -> None:
    assert "the name of the data set has a control character (U+" in refused(bundle(), name)
    about = f'{{"name": "{name}"}}'.replace("\x1b", "\\u001b").encode()
    assert "the name of the data set" in refused({**bundle(), "about.json": about})


def test_right_to_left_letters_and_joiners_are_names() -> None:
    persian = "می\u200cخواهم"
    data, _ = read_files(with_annotations(*(f"c1,{n},yes" for n in (HEBREW, ARABIC, persian))))
    assert {HEBREW, ARABIC, persian} <= set(data.experts)


def test_a_heading_of_several_lines_is_one_name() -> None:
    rows = ['case_id,split,label,"age\n(years)",dose', *case_rows()[1:]]
    assert "age (years)" in read_files(bundle(cases=rows))[0].feature_names


@pytest.mark.parametrize("name", [HEBREW, ARABIC, "دكتور ٣", "٣", "כהן-לוי", "ד'", "דנה12"])
def test_figures_beside_a_right_to_left_name_are_outside_its_isolate(name: str) -> None:
    sentence = f"{name} 0 to 13, then {name}: 5 of 7"
    kept = names.isolated(sentence)
    assert kept.startswith(f"\u2068{name.rstrip(chr(39))}\u2069")
    assert kept.endswith(": 5 of 7")
    assert [kept.count(sign) for sign in "\u2068\u2069"] == [2, 2]
    assert kept.replace("\u2068", "").replace("\u2069", "") == sentence


def test_names_side_by_side_are_apart() -> None:
    assert names.isolated("דנה 1, כהן 2") == "\u2068דנה\u2069 1, \u2068כהן\u2069 2"


def test_controls_that_are_stored_already_are_written_out() -> None:
    assert names.isolated("A\u202eB 0 to 13") == "A⟨U+202E⟩B 0 to 13"


@pytest.mark.parametrize(
    ("one", "other"),
    [("cases.csv", "Cases.csv"), ("a/é.png", "a/e\u0301.png"), ("straße", "STRASSE"), ("x", "./x")],
)
def test_files_called_nearly_the_same_are_refused_naming_both(one: str, other: str) -> None:
    with pytest.raises(DataError) as caught:
        UploadSource({one: b"1", other: b"2"}, "the upload")
    assert repr(one) in str(caught.value)
    assert repr(other.removeprefix("./")) in str(caught.value)


def test_a_zip_with_both_is_refused() -> None:
    data = zipped({**bundle(), "Annotations.csv": b"1"})
    with pytest.raises(DataError, match=r"'annotations\.csv' and 'Annotations\.csv'"):
        Archive(BytesIO(data), "a.zip")


def test_files_of_other_names_are_fine() -> None:
    check_alike(["cases.csv", "a/cases.csv", "Case.csv"], "x")
