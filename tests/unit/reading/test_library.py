import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.base.files import check_manifest
from core.base.report import DataError, Report
from core.dataset.annotation_set import AnnotationSet
from core.library import store as library_module
from core.library.samples import load_sample
from core.library.store import Library, home
from tests.unit.reading.builders import bundle, image_bundle, lines, read_set, with_annotations


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "home")


@pytest.fixture
def dataset() -> AnnotationSet:
    predictions = lines("case_id,prob_no,prob_yes", *(f"c{i},0.25,0.75" for i in range(24)))
    rows = bundle()["cases.csv"].decode().splitlines()
    cases = [rows[0] + ",group_x", *(f"{r},é{i}" for i, r in enumerate(rows[1:]))]
    return read_set(bundle(cases, ai_predictions_csv=predictions))[0]


def test_home_is_the_environment_s_or_the_project_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("CASELOAD_HOME")
    assert home().parts[-2:] == ("data", "store")
    assert (home().parents[1] / "pyproject.toml").is_file()


def test_library_uses_home_of_the_moment_it_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path))
    assert Library().folder.is_relative_to(tmp_path)


def test_looking_makes_no_folder(library: Library) -> None:
    assert library.entries() == []
    assert "0" * 16 not in library
    assert not library.folder.parent.exists()


def test_stored_set_comes_back_whole(library: Library, dataset: AnnotationSet) -> None:
    back = library.load(library.add(dataset, Report()))
    for field in dataclasses.fields(AnnotationSet):
        a, b = getattr(dataset, field.name), getattr(back, field.name)
        if field.name == "groups":
            assert a["group_x"].tolist() == b["group_x"].tolist()
        else:
            np.testing.assert_array_equal(a, b, strict=isinstance(a, np.ndarray))


def test_hash_of_a_loaded_set_is_that_of_its_content(
    library: Library, dataset: AnnotationSet
) -> None:
    key = library.add(dataset, Report())
    back = library.load(key)
    assert back.content_hash == key == dataset.content_hash
    assert dataclasses.replace(back).content_hash == key  # computed anew


@pytest.mark.parametrize("kind", ["images", "labels"])
def test_sets_of_images_and_of_labels_come_back(library: Library, kind: str) -> None:
    files = image_bundle()
    if kind == "labels":
        cases = [r.rsplit(",", 1)[0] for r in files["cases.csv"].decode().splitlines()]
        files = bundle(cases)
    dataset, report = read_set(files)
    back = library.load(library.add(dataset, report))
    assert back.kind == kind
    assert dataclasses.replace(back).content_hash == dataset.content_hash


def test_entries_tell_what_a_list_shows(library: Library, dataset: AnnotationSet) -> None:
    key = library.add(dataset, Report())
    (entry,) = library.entries()
    assert (entry.content_hash, entry.kind, entry.cases) == (key, "features", 24)
    assert (entry.experts, entry.classes, entry.simulated) == (2, 2, False)


def test_same_content_is_stored_once_under_its_last_name(
    library: Library, dataset: AnnotationSet
) -> None:
    library.add(dataset, Report())
    library.add(dataclasses.replace(dataset, name="other"), Report())
    (entry,) = library.entries()
    assert entry.name == "other"
    assert library.load(entry.content_hash).name == "other"


def test_report_is_kept(library: Library, dataset: AnnotationSet) -> None:
    report = Report()
    report.warn("odd", examples=["row 1"])
    assert library.report(library.add(dataset, report)) == report


def test_removed_set_is_gone(library: Library, dataset: AnnotationSet) -> None:
    key = library.add(dataset, Report())
    library.remove(key)
    assert library.entries() == []
    assert list(library.folder.iterdir()) == []


def test_nothing_is_half_stored_when_writing_fails(
    library: Library, dataset: AnnotationSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*args: object, **kwargs: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(library_module, "_write_json", full_disk)
    with pytest.raises(OSError, match="no space"):
        library.add(dataset, Report())
    assert library.entries() == []
    assert list(library.folder.iterdir()) == []


def test_left_overs_of_a_dead_process_are_no_entries(
    library: Library, dataset: AnnotationSet
) -> None:
    library.add(dataset, Report())
    (library.folder / ".part-dead").mkdir()
    (library.folder / ("a" * 16)).mkdir()
    assert len(library.entries()) == 1


def test_damaged_entry_is_replaced_when_its_set_is_added_again(
    library: Library, dataset: AnnotationSet
) -> None:
    key = library.add(dataset, Report())
    (library.folder / key / "entry.json").unlink()
    assert library.entries() == []
    library.add(dataset, Report())
    assert library.load(key).case_ids.tolist() == dataset.case_ids.tolist()


@pytest.mark.parametrize("name", ["texts.json", "arrays.npz", "report.json", "manifest.json"])
@pytest.mark.parametrize("damage", [b"", b"?", None])
def test_adding_the_same_files_heals_a_damaged_set(
    library: Library, dataset: AnnotationSet, name: str, damage: bytes | None
) -> None:
    key = library.add(dataset, Report())
    library.rename(key, "a name that somebody gave")
    path = library.folder / key / name
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    assert library.add(dataset, Report(), rename=False) == key
    assert library.load(key).name == "a name that somebody gave"
    assert check_manifest(library.folder / key, deep=True, ignore=["entry.json"]) == []
    assert [p.name for p in library.folder.iterdir()] == [key]


def test_set_is_on_disk_before_it_gets_its_name(
    library: Library, dataset: AnnotationSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    sync, rename = os.fsync, os.replace

    def replace(old: Path, new: Path) -> None:
        if new.name == dataset.content_hash:
            assert {path.stat().st_ino for path in (old, *old.iterdir())} <= synced
            synced.clear()
        rename(old, new)

    monkeypatch.setattr(os, "fsync", lambda h: (synced.add(os.fstat(h).st_ino), sync(h))[1])
    monkeypatch.setattr(os, "replace", replace)
    library.add(dataset, Report())
    assert synced == {library.folder.stat().st_ino}  # and then its name is


@pytest.mark.parametrize("key", ["", "../../etc", "0" * 16, "x" * 16, "0" * 15 + "\n"])
def test_unknown_hash_is_refused(library: Library, dataset: AnnotationSet, key: str) -> None:
    library.add(dataset, Report())
    for action in (library.load, library.report, library.remove):
        with pytest.raises(DataError, match="no such data set"):
            action(key)


@pytest.mark.parametrize("name", ["texts.json", "arrays.npz"])
def test_damaged_set_is_refused(library: Library, dataset: AnnotationSet, name: str) -> None:
    key = library.add(dataset, Report())
    (library.folder / key / name).write_bytes(b"?")
    with pytest.raises(DataError, match="is damaged"):
        library.load(key)


def test_stored_text_is_plain_json(library: Library, dataset: AnnotationSet) -> None:
    key = library.add(dataset, Report())
    texts = json.loads((library.folder / key / "texts.json").read_text("utf-8"))
    assert texts["groups"]["group_x"][0] == "é0"


def test_a_set_can_be_renamed_without_changing_its_content(tmp_path: Path) -> None:
    library = Library(tmp_path)
    key = library.add(*read_set(bundle()))
    library.rename(key, "  Clinic\n2025 ")
    assert [e.name for e in library.entries()] == ["Clinic 2025"]
    assert library.load(key).name == "Clinic 2025"
    with pytest.raises(DataError, match="the name is blank"):
        library.rename(key, " \n ")
    with pytest.raises(DataError, match="no such data set"):
        library.rename("0" * 16, "X")


def test_content_that_is_there_keeps_its_name_where_the_new_one_is_made_up(tmp_path: Path) -> None:
    library = Library(tmp_path)
    data, report = read_set(bundle())
    library.add(data, report)
    library.rename(data.content_hash, "Mine")
    library.add(data, report, rename=False)
    assert [e.name for e in library.entries()] == ["Mine"]


def test_a_set_that_another_process_stored_meanwhile_stays_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, report = read_set(bundle())
    place, savez = tmp_path / "datasets" / data.content_hash, np.savez
    found = []

    def meanwhile(*arrays: Any, **named: Any) -> None:
        monkeypatch.setattr(np, "savez", savez)
        Library(tmp_path).add(data, report)
        found.append(place.stat().st_ino)
        savez(*arrays, **named)

    monkeypatch.setattr(np, "savez", meanwhile)
    assert Library(tmp_path).add(data, report) == data.content_hash
    assert found == [place.stat().st_ino]


def test_answers_that_are_no_classes_are_stored(library: Library) -> None:
    data, report = read_set(with_annotations("c0,Cyd,HEDGE", "c1,Cyd,yes"))
    loaded = library.load(library.add(data, report))
    assert loaded.extra_answers == ("HEDGE",)
    np.testing.assert_array_equal(loaded.annotations, data.annotations)
    del loaded.__dict__["content_hash"]
    assert loaded.content_hash == data.content_hash
    other, _ = read_set(with_annotations("c0,Cyd,unsure", "c1,Cyd,yes"))
    assert other.content_hash != data.content_hash


def test_sets_without_such_answers_keep_their_hash_and_stored_form(library: Library) -> None:
    data, report = load_sample("fna_panel")
    key = library.add(data, report)
    assert key == "c2688210559684b6"  # as before there were any
    assert "extra_answers" not in json.loads((library.folder / key / "texts.json").read_text())
