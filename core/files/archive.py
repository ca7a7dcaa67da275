"""Untrusted zip archives: their contents are checked before anything is unpacked.

Nothing is ever extracted to disk; members are read into memory one at a time.
"""

import re
import stat
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import IO
from unicodedata import normalize

from core.base import limits
from core.base.names import controls
from core.base.report import clip, refuse


def hidden(name: str) -> bool:
    """Whether a path is one of the files an operating system leaves behind."""
    parts = name.split("/")
    left = ("__MACOSX", "Thumbs.db", "desktop.ini", "Icon\r")
    return any(p.startswith(".") or p in left for p in parts)


def check_alike(names: Iterable[str], label: str) -> None:
    """Refuses files whose names differ only in capitals or in how letters are composed.

    Which of them is read would be arbitrary, and on some systems they are the same file.

    Raises:
      DataError: there are two; it names both.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(normalize("NFC", normalize("NFC", name).casefold()), name)
        if other is not name:
            refuse(
                f"two files in {label} have names that differ only in capitals or accents",
                found=f"{clip(other)!r} and {clip(name)!r}",
                expected="one file of that name",
                remedy="delete or rename one of them",
            )


def unsafe(name: str) -> str | None:
    """Why a path in an archive or an upload must not be trusted, or None."""
    if not name or "\x00" in name:
        return "an empty name or a NUL character in a name"
    if name.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", name):
        return "an absolute path"
    if "\\" in name:
        return "a backslash in a path"
    if ".." in name.split("/"):
        return "a path with '..'"
    if len(name) > limits.LONGEST_PATH:
        return f"a path of {len(name):,} characters (at most {limits.LONGEST_PATH:,} are read)"
    if not hidden(name) and (found := controls(name)):
        return f"a control character ({', '.join(found)}) in a name"
    if name.count("/") > limits.MOST_DEPTH:
        return f"a path {name.count('/'):,} folders deep (at most {limits.MOST_DEPTH} are followed)"
    return None


class Archive:
    """A checked zip: the names of its files and their bytes.

    Args:
      file: a path or a seekable stream.
      label: what to call the archive in messages.

    Raises:
      DataError: not a zip, encrypted, unsafe paths, links, or far too large when unpacked.
    """

    def __init__(self, file: Path | IO[bytes], label: str):
        self.label = label
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            refuse(
                f"{label} cannot be opened",
                found=clip(error),
                expected="a zip archive",
                remedy="create the zip again, or upload the files themselves",
            )
        self._members: dict[str, zipfile.ZipInfo] = {}
        infos = self._zip.infolist()
        self._check_size(infos)
        for info in infos:
            self._check(info)
            name = info.filename.removeprefix("./")
            if info.is_dir() or hidden(name):
                continue
            if name in self._members:
                self._refuse("contains the same file twice", info, "each name once")
            self._members[name] = info
        check_alike(self._members, label)

    @property
    def names(self) -> tuple[str, ...]:
        """Paths of the files, without folders and hidden files."""
        return tuple(self._members)

    def size(self, name: str) -> int:
        """Bytes of one file, unpacked."""
        return self._members[name].file_size

    def read(self, name: str) -> bytes:
        """The bytes of one file.

        Raises:
          DataError: the member is damaged.
        """
        info = self._members[name]
        try:
            with self._zip.open(info) as stream:
                return stream.read(info.file_size + 1)
        # zlib, lzma and bz2 each raise their own errors on damaged streams.
        except Exception as error:
            found = f"{type(error).__name__}: {clip(error)}"
        refuse(
            f"{self.label} is damaged: {clip(name)} cannot be unpacked",
            found=found,
            remedy="create the zip again",
        )

    def open(self, name: str) -> IO[bytes]:
        """A seekable stream over one file."""
        return BytesIO(self.read(name))

    def close(self) -> None:
        """Close the underlying file."""
        self._zip.close()

    def _check_size(self, infos: list[zipfile.ZipInfo]) -> None:
        unpacked = sum(i.file_size for i in infos)
        # Members that share bytes in the file count once.
        packed = max(min(sum(i.compress_size for i in infos), _length(self._zip.fp)), 1)
        biggest = max((i.file_size for i in infos), default=0)
        too_dense = unpacked > limits.RATIO_FREE and unpacked / packed > limits.MOST_RATIO
        if (
            len(infos) > limits.MOST_FILES
            or unpacked > limits.MOST_UNPACKED
            or biggest > limits.MOST_MEMBER
            or too_dense
        ):
            refuse(
                f"{self.label} is too large when unpacked",
                found=f"{len(infos):,} files, {unpacked / 2**20:,.0f} MiB "
                f"({unpacked / packed:,.0f} times the zip)",
                expected=f"at most {limits.MOST_FILES:,} files, "
                f"{limits.MOST_UNPACKED // 2**30} GiB in total, "
                f"{limits.MOST_MEMBER // 2**30} GiB each and {limits.MOST_RATIO} times the zip",
                remedy="make its files smaller or fewer, or unpack it and give the folder to the "
                "command line",
            )

    def _check(self, info: zipfile.ZipInfo) -> None:
        # orig_filename: zipfile cuts names at NUL and, on Windows, turns backslashes round.
        reason = unsafe(info.orig_filename)
        if reason:
            self._refuse(f"contains {reason}", info, "paths inside the archive")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            self._refuse("contains a link or a special file", info, "plain files")
        if info.flag_bits & 0x1:
            self._refuse("is encrypted", info, "no password")

    def _refuse(self, what: str, info: zipfile.ZipInfo, expected: str) -> None:
        refuse(
            f"{self.label} {what}",
            found=repr(clip(info.orig_filename)),
            expected=expected,
            remedy="create the zip again from plain files",
        )


def _length(stream: IO[bytes] | None) -> int:
    assert stream is not None
    here = stream.tell()
    length = stream.seek(0, 2)
    stream.seek(here)
    return length
