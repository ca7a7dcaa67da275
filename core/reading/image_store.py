"""Finds the images of cases among the files of a source."""

import re
import unicodedata
from bisect import bisect_left
from urllib.parse import unquote

from core.base import limits
from core.base.report import clip, refuse
from core.files.archive import Archive
from core.files.sources import Source

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
Place = tuple[Source | Archive, str]


class ImageStore:
    """Finds a case's image among the files of a source and in its images.zip."""

    def __init__(self, source: Source):
        self._paths: dict[str, Place] = {}
        self._archives: list[Archive] = []
        places: list[Place] = []
        for name in source.names:
            if name.lower().endswith(SUFFIXES):
                places.append((source, name))
            elif name.lower().rsplit("/", 1)[-1] == "images.zip":
                archive = Archive(source.open(name), clip(name))
                self._archives.append(archive)
                places += [(archive, n) for n in archive.names if n.lower().endswith(SUFFIXES)]
                self._check_number(len(places))
        for place in places:
            self._paths.setdefault(key_of(place[1]), place)
        # `file` may leave out the folder the images are in. Paths are reversed and sorted: those
        # with the same end are adjacent, and each path is stored once however deep it is.
        self._upwards = sorted((_upwards(key_of(place[1])), i) for i, place in enumerate(places))
        self._places = places
        names = [*source.names, *(name for archive in self._archives for name in archive.names)]
        self._others = {key_of(name).rpartition("/")[2]: name for name in names}

    def _check_number(self, images: int) -> None:
        if images > limits.MOST_FILES or len(self._archives) > limits.MOST_ARCHIVES:
            refuse(
                "there are too many images",
                found=f"{images:,} images in {len(self._archives):,} archives",
                expected=f"at most {limits.MOST_FILES:,} in {limits.MOST_ARCHIVES} archives",
                remedy="leave out images that belong to no case",
            )

    def __bool__(self) -> bool:
        return bool(self._paths)

    def find(self, file: str) -> Place | None:
        """Where the image called `file` is; only listed files are ever opened."""
        if len(file) > limits.LONGEST_PATH or file.count("/") > limits.MOST_DEPTH:
            return None
        key = key_of(file)
        if key in self._paths:
            return self._paths[key]
        ending = self._ending(key)
        if ending:
            return ending[0] if len(ending) == 1 else None
        # The reverse: the folder in `file` is not in the archive.
        while "/" in key:
            key = key.split("/", 1)[1]
            ending = self._ending(key)
            place = self._paths.get(key) or (ending[0] if len(ending) == 1 else None)
            if place:
                return place
        return None

    def without_ending(self, file: str) -> Place | None:
        """The image called `file` and an ending such as .png, where there is one."""
        if file.casefold().endswith(SUFFIXES):
            return None
        found = {place for suffix in SUFFIXES if (place := self.find(f"{file}{suffix}"))}
        return found.pop() if len(found) == 1 else None

    def by_end(self, file: str) -> Place | None:
        """The image whose name `file` ends with, behind a mark that a server put before it.

        Label Studio makes /data/upload/1/ab12-c000.png of c000.png.
        """
        name = unquote(file.split("?", 1)[0].rpartition("/")[2])
        while (mark := re.search(r"[-_]", name)) is not None:
            name = name[mark.end() :]
            if name and (place := self.find(name) or self.without_ending(name)) is not None:
                return place
        return None

    def unread(self, file: str) -> str:
        """The ending of the file called `file` if it is there and no image that is read."""
        name = self._others.get(key_of(file).rpartition("/")[2], "")
        ending = name.rpartition(".")[2].casefold() if "." in name else ""
        return "" if f".{ending}" in SUFFIXES else ending

    def _ending(self, key: str) -> list[Place]:
        """The first two images whose path ends in `key`; two mean that `key` is ambiguous."""
        upwards = _upwards(key)
        start = bisect_left(self._upwards, (upwards, -1))
        found = self._upwards[start : start + 2]
        return [self._places[i] for path, i in found if path.startswith(upwards)]

    def close(self) -> None:
        """Close the archives."""
        for archive in self._archives:
            archive.close()


def _upwards(key: str) -> str:
    return "/".join(reversed(key.split("/"))) + "/"


def key_of(name: str) -> str:
    """A path normalised for comparison; macOS writes é as e + ´ in zips."""
    path = name.replace("\\", "/").removeprefix("./").casefold()
    return unicodedata.normalize("NFC", path)
