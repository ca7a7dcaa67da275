import io
import stat
import zipfile
from pathlib import Path

import pytest

from core.base import limits
from core.base.report import DataError
from core.files.archive import Archive
from tests.unit.reading.builders import bundle, zipped


def opened(data: bytes) -> Archive:
    return Archive(io.BytesIO(data), "a.zip")


def with_info(change: dict[str, int], name: str = "cases.csv") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        info = zipfile.ZipInfo(name)
        for key, value in change.items():
            setattr(info, key, value)
        target.writestr(info, b"data")
    return stream.getvalue()


def test_files_are_listed_and_read() -> None:
    archive = opened(zipped({"a/b.csv": b"x", "c.csv": b"yy"}))
    assert archive.names == ("a/b.csv", "c.csv")
    assert archive.read("c.csv") == b"yy"
    assert archive.size("c.csv") == 2


def test_left_overs_of_operating_systems_are_ignored() -> None:
    files = {"__MACOSX/._cases.csv": b"", ".DS_Store": b"", "a/.x.csv": b"", "cases.csv": b"1"}
    assert opened(zipped(files)).names == ("cases.csv",)


def test_leading_dot_folder_is_no_hidden_file() -> None:
    assert opened(zipped({"./cases.csv": b"1"})).read("cases.csv") == b"1"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/etc/passwd", "absolute"),
        ("C:/x.csv", "absolute"),
        ("c:x.csv", "absolute"),
        ("../x.csv", r"'\.\.'"),
        ("a/../../x.csv", r"'\.\.'"),
        ("a\\b.csv", "backslash"),
        ("\\\\server\\x", "absolute"),
    ],
)
def test_path_that_leads_out_is_refused(name: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        opened(zipped({name: b"x"}))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_special_files_are_refused(kind: int) -> None:
    with pytest.raises(DataError, match="link or a special file"):
        opened(with_info({"external_attr": (kind | 0o777) << 16, "create_system": 3}))


def test_encrypted_archive_is_refused() -> None:
    data = bytearray(zipped({"cases.csv": b"x"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DataError, match="encrypted"):
        opened(bytes(data))


def test_bomb_is_refused_by_its_ratio() -> None:
    with pytest.raises(DataError, match="too large when unpacked"):
        opened(zipped({"cases.csv": b"0" * (40 * 2**20)}))


def test_small_file_may_be_very_compressible() -> None:
    assert len(opened(zipped({"a.csv": b"0" * 2**20})).read("a.csv")) == 2**20


@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_FILES", 1), ("MOST_UNPACKED", 5), ("MOST_MEMBER", 3)]
)
def test_limits_on_number_and_size(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, limit, value)
    with pytest.raises(DataError, match="too large when unpacked"):
        opened(zipped({"a.csv": b"four", "b.csv": b"four"}))


def test_header_that_lies_about_the_size_is_damage() -> None:
    data = bytearray(zipped({"a.csv": b"0123456789" * 50}))
    where = data.index(b"PK\x01\x02") + 24
    data[where : where + 4] = (5).to_bytes(4, "little")
    with pytest.raises(DataError, match="damaged"):
        opened(bytes(data)).read("a.csv")


def test_damaged_member_is_refused_when_read() -> None:
    data = bytearray(zipped({"a.csv": b"0123456789abcdef" * 50}))
    data[40] ^= 0xFF
    with pytest.raises(DataError, match=r"a\.csv cannot be unpacked"):
        opened(bytes(data)).read("a.csv")


def test_same_name_twice_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("a.csv", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            target.writestr("a.csv", b"2")
    with pytest.raises(DataError, match="same file twice"):
        opened(stream.getvalue())


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04 and so on", b"\x00" * 100])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        opened(data)


def test_nothing_is_written_by_reading(tmp_path: Path) -> None:
    from core.reading.read import read

    path = tmp_path / "set.zip"
    path.write_bytes(zipped(bundle()))
    read(path)
    assert [p.name for p in tmp_path.iterdir()] == ["set.zip"]
