"""Sources of files: a folder, a zip or an upload, with one interface."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from core.base import limits
from core.base.report import clip, listed, refuse
from core.files import file_types
from core.files.archive import Archive, check_alike, hidden, unsafe

DATA_SUFFIXES = (".csv", ".json")


@runtime_checkable
class Source(Protocol):
    """Named files; names are relative paths with forward slashes."""

    label: str

    @property
    def names(self) -> tuple[str, ...]:
        """Every file that is not hidden."""

    def size(self, name: str) -> int:
        """Bytes of one file, unpacked."""

    def read(self, name: str) -> bytes:
        """The bytes of one file."""

    def open(self, name: str) -> IO[bytes]:
        """A seekable stream over one file."""

    def close(self) -> None:
        """Closes open files."""


class FolderSource:
    """The files below a folder on this machine; links are followed, each folder once."""

    def __init__(self, root: Path):
        self.root, self.label = root, clip(root.name or str(root))
        self.names = tuple(sorted(self._walk()))

    def _walk(self) -> Iterator[str]:
        seen: set[str] = set()
        count = 0
        for folder, folders, files in os.walk(self.root, followlinks=True):
            real = os.path.realpath(folder)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            folders[:] = [f for f in folders if not hidden(f)]
            relative = Path(folder).relative_to(self.root)
            for file in files:
                if hidden(file):
                    continue
                count += 1
                if count > limits.MOST_FILES:
                    refuse(
                        f"{self.label} holds more than {limits.MOST_FILES:,} files",
                        expected="the folder of one data set",
                        remedy="name the folder that has cases.csv or the JSON manifests in it",
                    )
                yield (relative / file).as_posix()

    def size(self, name: str) -> int:
        """Bytes of one file."""
        with self.open(name) as stream:
            return stream.seek(0, 2)

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        with self.open(name) as stream:
            return stream.read()

    def open(self, name: str) -> IO[bytes]:
        """A seekable stream over one file."""
        path = self.root / name
        try:
            if not path.is_file():
                raise OSError("not a plain file")
            size = path.stat().st_size
            if size <= limits.MOST_MEMBER or name.lower().endswith(".zip"):
                return path.open("rb")
        except OSError as error:
            refuse(f"{clip(name)} cannot be opened", found=clip(error.strerror or error))
        refuse(
            f"{clip(name)} is too large",
            found=f"{size / 2**20:,.0f} MiB",
            expected=f"at most {limits.MOST_MEMBER // 2**20:,} MiB",
        )

    def close(self) -> None:
        """Does nothing: no files stay open."""


class FileSource(FolderSource):
    """One file of a folder, alone."""

    def __init__(self, path: Path):
        self.root, self.label, self.names = path.parent, clip(path.name), (path.name,)


class UploadSource:
    """Files held in memory; their names are not trusted and never become paths."""

    def __init__(self, files: Mapping[str, bytes], label: str):
        self.label = label
        tidied: list[tuple[str, bytes]] = []
        for name, data in files.items():
            tidy = name.replace("\\", "/").removeprefix("./")
            reason = unsafe(tidy)
            if reason:
                refuse(f"an uploaded file has {reason}", found=repr(clip(name)))
            if not hidden(tidy):
                tidied.append((tidy, data))
        check_alike((name for name, _ in tidied), label)
        self._files = dict(tidied)
        self.names = tuple(self._files)

    def size(self, name: str) -> int:
        """Bytes of one file."""
        return len(self._files[name])

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        return self._files[name]

    def open(self, name: str) -> IO[bytes]:
        """A seekable stream over one file."""
        return BytesIO(self._files[name])

    def close(self) -> None:
        """Does nothing: no files stay open."""


class _Below:
    """A source seen from inside one of its folders."""

    def __init__(self, inner: Source, prefix: str):
        self.label, self._inner, self._prefix = inner.label, inner, prefix
        self.names = tuple(n.removeprefix(prefix) for n in inner.names if n.startswith(prefix))

    def size(self, name: str) -> int:
        return self._inner.size(self._prefix + name)

    def read(self, name: str) -> bytes:
        return self._inner.read(self._prefix + name)

    def open(self, name: str) -> IO[bytes]:
        return self._inner.open(self._prefix + name)

    def close(self) -> None:
        self._inner.close()


def read_text(source: Source, name: str, maximum: int) -> bytes:
    """The bytes of a table or a list, unless it is too large to be read as text.

    Args:
      source: of the file.
      name: of the file.
      maximum: size in bytes, `limits.MOST_TABLE_BYTES` or `MOST_JSON_BYTES`.

    Raises:
      DataError: the file is larger.
    """
    size = source.size(name)
    if size > maximum:
        refuse(
            f"{clip(name)} is too large",
            found=f"{size / 2**20:,.0f} MiB of text",
            expected=f"at most {maximum // 2**20:,} MiB",
            remedy="leave out columns and rows that are not needed, or split the set",
        )
    return source.read(name)


def at_data(source: Source, sniffed: Callable[[Sequence[str]], int] | None = None) -> Source:
    """`source` seen from where its tables are: its top, or the folder that holds them.

    Args:
      source: of all files.
      sniffed: how many files of a data set there are among the names of a folder; by default any
        table or list counts, and only folders at the top are looked into.

    Raises:
      DataError: several folders hold one.
    """
    folders: dict[str, list[str]] = {}
    for path in source.names:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(name)
    if sniffed is None:
        with_data = [
            folder
            for folder, names in folders.items()
            if "/" not in folder and any(n.lower().endswith(DATA_SUFFIXES) for n in names)
        ]
        single = len(with_data) == 1 and with_data[0]
        return _Below(source, f"{single}/") if single else source
    found = {folder: count for folder, names in folders.items() if (count := sniffed(names))}
    if "" in found or not found:
        return source
    whole = [folder for folder, count in found.items() if count > 1]
    if len(whole or found) > 1:
        refuse(
            f"there are several data sets in {source.label}"
            if whole
            else f"the files of the data set are in several folders of {source.label}",
            found=listed(sorted(whole or found), 5),
            expected="one folder with all tables of one data set",
            remedy="give one of these folders, or a zip of it"
            if whole
            else "put them into one folder",
            count=len(whole or found),
        )
    return _Below(source, f"{(whole or list(found))[0]}/")


def open_source(path: Path) -> Source:
    """The source at `path`: a folder, a zip, or the folder of one of its files.

    Raises:
      DataError: there is nothing to read there.
    """
    try:
        if path.is_dir():
            folder = FolderSource(path)
            if len(folder.names) == 1 and folder.names[0].lower().endswith(".zip"):
                return Archive(path / folder.names[0], clip(folder.names[0]))
            return folder
        if not path.is_file():
            refuse(f"{clip(path)} does not exist", expected="a folder, a zip or one of its files")
        if remedy := file_types.remedy(path.name):
            refuse(
                f"{clip(path.name)} cannot be read",
                found=f"a file that ends in {clip(path.suffix)}",
                expected="cases.csv with annotations.csv, JSON manifests, or a zip of them",
                remedy=remedy,
            )
        if path.stat().st_size == 0:
            refuse(f"{clip(path.name)} is empty", expected="a folder, a zip, a CSV or a JSON file")
        if path.suffix.lower() in DATA_SUFFIXES:
            return FolderSource(path.parent)
        return Archive(path, clip(path.name))
    except OSError as error:
        refuse(f"{clip(path)} cannot be opened", found=clip(error.strerror or error))
