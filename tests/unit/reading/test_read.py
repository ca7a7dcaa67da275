import json
import os
import zipfile
from pathlib import Path

import pytest

from core.base import limits
from core.base.report import DataError
from core.reading.read import read, read_files
from tests.unit.reading.builders import (
    bundle,
    image_bundle,
    manifests,
    png,
    read_set,
    refusal,
    warnings_of,
    written,
    zipped,
)

HASH = read_set(bundle())[0].content_hash


def below(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in files.items()}


def test_folder_is_read_and_gives_its_name(tmp_path: Path) -> None:
    dataset, _ = read(written(bundle(), tmp_path / "panel.v2"))
    assert (dataset.content_hash, dataset.name) == (HASH, "panel.v2")


def test_zip_is_read_and_gives_its_name(tmp_path: Path) -> None:
    (tmp_path / "panel.zip").write_bytes(zipped(bundle()))
    dataset, _ = read(tmp_path / "panel.zip")
    assert (dataset.content_hash, dataset.name) == (HASH, "panel")


def test_one_enclosing_folder_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(below("inner", bundle())))
    written(below("inner", bundle()), tmp_path / "folder")
    assert read(tmp_path / "a.zip")[0].content_hash == HASH
    assert read(tmp_path / "folder")[0].content_hash == HASH


def test_two_enclosed_sets_are_refused(tmp_path: Path) -> None:
    written(below("one", bundle()) | below("two", bundle()), tmp_path / "folder")
    with pytest.raises(DataError, match="several data sets in folder: found 'one', 'two'"):
        read(tmp_path / "folder")


@pytest.mark.parametrize("files", [bundle(), manifests()], ids=["bundle", "manifests"])
def test_a_set_is_found_however_deep_it_lies(tmp_path: Path, files: dict[str, bytes]) -> None:
    beside = {"repo-main/package.json": b"{}", "repo-main/docs/results.csv": b"a\n1\n"}
    beside["repo-main/tests/train.json"] = b"[]"  # not the whole of a set
    written(below("repo-main/data/study/v2", files) | beside, tmp_path / "repo")
    found, _ = read(tmp_path / "repo")
    assert found.content_hash == read_files(files)[0].content_hash


def test_tables_in_different_folders_are_not_put_together(tmp_path: Path) -> None:
    one, other = list(bundle().items())
    files = below("a/cases", dict([one])) | below("a/said", dict([other]))
    with pytest.raises(DataError, match=r"in several folders of folder.*one folder"):
        read(written(files, tmp_path / "folder"))


@pytest.mark.parametrize("name", ["cases.csv", "annotations.csv"])
def test_one_file_of_a_bundle_stands_for_its_folder(tmp_path: Path, name: str) -> None:
    dataset, _ = read(written(bundle(), tmp_path / "panel") / name)
    assert (dataset.content_hash, dataset.name) == (HASH, "panel")


def test_one_manifest_stands_for_its_folder(tmp_path: Path) -> None:
    dataset, _ = read(written(manifests(), tmp_path / "set") / "label_A_train.json")
    assert dataset.experts == ("A", "B")


def test_images_beside_the_tables_of_a_folder_are_found(tmp_path: Path) -> None:
    files = image_bundle()
    del files["images.zip"]
    folder = written(files, tmp_path / "set")
    written({f"photos/c{i}.png": png(colour=(i, 0, 0)) for i in range(24)}, folder)
    assert read(folder)[0].content_hash == read_set(image_bundle())[0].content_hash


def test_linked_image_folder_is_followed_once(tmp_path: Path) -> None:
    files = image_bundle()
    del files["images.zip"]
    folder = written(files, tmp_path / "set")
    written({f"c{i}.png": png(colour=(i, 0, 0)) for i in range(24)}, tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", folder / "images")
    os.symlink(folder, folder / "loop")
    assert read(folder)[0].content_hash == read_set(image_bundle())[0].content_hash


def test_given_name_wins_over_the_one_of_about(tmp_path: Path) -> None:
    about = {"about.json": json.dumps({"name": "Panel", "simulated": True}).encode()}
    folder = written(bundle() | about, tmp_path / "x")
    assert read(folder)[0].name == "Panel"
    assert read(folder)[0].simulated
    assert read(folder, name="Mine")[0].name == "Mine"


@pytest.mark.parametrize("about", [b"[]", b"{", b'{"name": 3}', b'{"simulated": "no"}', b"\xff"])
def test_about_that_says_nothing_is_ignored_with_a_warning(about: bytes) -> None:
    assert "about.json is ignored" in warnings_of(bundle() | {"about.json": about})


def test_uploaded_files_and_an_uploaded_zip_read_the_same() -> None:
    assert read_files({"set.zip": zipped(bundle())})[0].content_hash == HASH
    assert read_files(below("folder", bundle()))[0].content_hash == HASH
    assert read_files({"set.zip": zipped(bundle())})[0].name == "set"


@pytest.mark.parametrize("name", ["../cases.csv", "/cases.csv", "C:\\cases.csv", "a\\..\\x.csv"])
def test_uploaded_name_that_leads_out_is_refused(name: str) -> None:
    assert "an uploaded file has" in refusal(bundle() | {name: b"x"})


def test_manifests_beside_a_bundle_are_ignored_with_a_warning() -> None:
    assert "beside cases.csv are ignored" in warnings_of(bundle() | manifests())


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "no file was given"),
        ({"notes.txt": b"hello"}, "no data set in the upload: found 'notes.txt'"),
        (
            {"table.csv": b"a,b\n1,2\n"},
            "no column holds the readers' answers: found the columns 'a'",
        ),
        ({"x.zip": b"no zip"}, "x.zip cannot be opened"),
        ({"x.zip": zipped({})}, "no data set in x.zip: found no files"),
        ({"things.json": b"{}"}, "things.json is not a table"),
    ],
)
def test_upload_without_a_data_set(files: dict[str, bytes], says: str) -> None:
    assert says in refusal(files)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("table.csv", b"a,b\n1,2\n", "no column holds the readers' answers"),
        ("other.json", b"[]", "other.json is an empty list"),
        ("cases.csv", b"a,b\n1,2\n", "no column holds the readers' answers"),
        ("cases.csv", b"", "cases.csv is empty"),
        ("x.xlsx", b"PK", "x.xlsx cannot be opened"),
        ("x.zip", b"", "x.zip is empty"),
        ("x.bin", b"\x00\x01\x02", "x.bin cannot be opened"),
    ],
)
def test_file_without_a_data_set(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=says):
        read(tmp_path / name)


def test_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read(tmp_path / "nowhere")


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found no files"):
        read(tmp_path)


def test_folder_of_a_whole_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 1)
    with pytest.raises(DataError, match="more than 1 file"):
        read(written(bundle(), tmp_path))


def test_huge_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_MEMBER", 10)
    with pytest.raises(DataError, match="too large"):
        read(written(bundle(), tmp_path))


def test_special_file_in_the_place_of_a_table_is_refused(tmp_path: Path) -> None:
    written(bundle(), tmp_path)
    (tmp_path / "cases.csv").unlink()
    os.mkfifo(tmp_path / "cases.csv")
    with pytest.raises(DataError, match=r"cases\.csv cannot be opened"):
        read(tmp_path)


def test_a_folder_that_holds_a_zip_alone_is_that_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "repo-main.zip", "w") as archive:
        for name, data in bundle().items():
            archive.writestr(f"repo-main/data/{name}", data)
    dataset, _ = read(tmp_path)
    assert len(dataset.truth) == len(read_set(bundle())[0].truth)
