"""Photos from images.zip or a folder as one uint8 array."""

import unicodedata
import warnings
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from core.base import limits
from core.base.progress import tell
from core.base.report import FIRST_PLACES, Report, clip, refuse
from core.files.archive import Archive
from core.files.sources import Source

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF")
_Place = tuple[Source | Archive, str]


class ImageStore:
    """Finds a case's image among the files of a source and in its images.zip."""

    def __init__(self, source: Source):
        self._paths: dict[str, _Place] = {}
        self._archives: list[Archive] = []
        places: list[_Place] = []
        for name in source.names:
            if name.lower().endswith(SUFFIXES):
                places.append((source, name))
            elif name.lower().rsplit("/", 1)[-1] == "images.zip":
                archive = Archive(source.open(name), clip(name))
                self._archives.append(archive)
                places += [(archive, n) for n in archive.names if n.lower().endswith(SUFFIXES)]
                self._check_number(len(places))
        for place in places:
            self._paths.setdefault(_key(place[1]), place)
        # `file` may leave out the folder the images are in. Paths are reversed and sorted: those
        # with the same end are adjacent, and each path is stored once however deep it is.
        self._upwards = sorted((_upwards(_key(place[1])), i) for i, place in enumerate(places))
        self._places = places

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

    def find(self, file: str) -> _Place | None:
        """Where the image called `file` is; only listed files are ever opened."""
        if len(file) > limits.LONGEST_PATH or file.count("/") > limits.MOST_DEPTH:
            return None
        key = _key(file)
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

    def _ending(self, key: str) -> list[_Place]:
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


def _key(name: str) -> str:
    """A path normalised for comparison; macOS writes é as e + ´ in zips."""
    path = name.replace("\\", "/").removeprefix("./").casefold()
    return unicodedata.normalize("NFC", path)


def read_images(
    files: Sequence[str],
    store: ImageStore,
    report: Report,
    *,
    size: tuple[int, int] | None = None,
) -> UInt8[np.ndarray, "N H W 3"]:
    """Decode one image per case to RGB of one size.

    Sizes are read from the headers first, so that nothing too large is decoded. Images of another
    size than the most common one are resized, grey ones get three equal channels, transparent ones
    a white background.

    Args:
      files: path or name of each case's image.
      store: where to look.
      report: takes notes.
      size: (height, width) that all images are made; None for the most common size.

    Raises:
      DataError: images that are missing, damaged or far too large; all are named.
    """
    found = [store.find(f) for f in files]
    missing = [f for f, place in zip(files, found, strict=True) if place is None]
    if missing:
        report.error(
            "images are missing",
            found=f"{len(files) - len(missing)} of {len(files)} images",
            expected=f"an image ({', '.join(_FORMATS)}) for every case, in images.zip or a folder",
            remedy="add the images, or correct the column 'file'",
            count=len(missing),
            examples=[clip(f or "(blank)", 80) for f in missing[:FIRST_PLACES]],
        )
    _check_shared(files, found, report)
    places = [p for p in found if p is not None]
    with warnings.catch_warnings():
        # Pillow warns of large images and odd metadata; the limits here are tighter than its own.
        warnings.simplefilter("ignore")
        sizes = _check_headers(places, report)
        report.stop()
        wide = Counter(sizes).most_common(1)[0][0] if size is None else (size[1], size[0])
        if len(places) * wide[0] * wide[1] > limits.MOST_PIXELS_KEPT:
            refuse(
                "the images are too large in total",
                found=f"{len(places):,} images of {wide[0]} × {wide[1]}",
                expected=f"at most {limits.MOST_PIXELS_KEPT // 1_000_000} million pixels in total",
                remedy="make the images smaller, for example 224 × 224",
                report=report,
            )
        return _decode_all(places, wide, report)


def _check_shared(files: Sequence[str], found: Sequence[_Place | None], report: Report) -> None:
    """Refuses two names that match one image: a/1.png and b/1.png are not both images/1.png."""
    names: dict[str, str] = {}
    shared = []
    for file, place in zip(files, found, strict=True):
        if place is not None and _key(names.setdefault(place[1], file)) != _key(file):
            shared.append(f"{clip(names[place[1]], 60)} and {clip(file, 60)}")
    if shared:
        report.error(
            "different image names match the same image",
            expected="unambiguous paths",
            remedy="keep the folders of the images in images.zip",
            count=len(shared),
            examples=shared,
        )


def _open(place: _Place) -> Image.Image:
    holder, name = place
    return Image.open(holder.open(name), formats=_FORMATS)


class _Header(NamedTuple):
    """An image's header."""

    size: tuple[int, int]
    scans: int
    length: int


def _header(place: _Place) -> _Header:
    holder, name = place
    with holder.open(name) as stream:
        with Image.open(stream, formats=_FORMATS) as image:
            size, scans = image.size, 1
            if image.format in ("JPEG", "MPO"):
                stream.seek(0)
                # Packed pixels have no such bytes: in them FF is followed by 00 or D0 to D7.
                scans = max(stream.read().count(b"\xff\xda"), 1)
            length = stream.seek(0, 2)
    return _Header(size, scans, length)


def _check_headers(places: list[_Place], report: Report) -> list[tuple[int, int]]:
    sizes: list[tuple[int, int]] = []
    damaged: list[str] = []
    large: list[str] = []
    scans: list[str] = []
    pixels = length = 0
    for i, place in enumerate(places):
        tell("Looking at the images", i / len(places))
        try:
            header = _header(place)
        except Image.DecompressionBombError:
            large.append(clip(place[1], 80))
            continue
        # Pillow's readers raise all kinds of errors on damaged files.
        except Exception:
            damaged.append(clip(place[1], 80))
            continue
        width, height = header.size
        if width * height > limits.MOST_PIXELS:
            large.append(f"{clip(place[1], 80)} ({width} × {height})")
        if header.scans > limits.MOST_SCANS:
            scans.append(f"{clip(place[1], 80)} ({header.scans:,} scans)")
        sizes.append(header.size)
        pixels += width * height * header.scans
        length += header.length
    _tell_damaged(damaged, report)
    if scans:
        report.error(
            "progressive images have too many scans",
            found=f"{len(scans)} images above the limit",
            expected=f"at most {limits.MOST_SCANS} scans",
            remedy="save them again as plain JPEG or PNG",
            count=len(scans),
            examples=scans,
        )
    elif pixels > max(limits.MOST_PIXELS_READ, limits.PIXELS_PER_BYTE * length):
        report.error(
            "the images hold too many pixels for the size of their files",
            found=f"{pixels / 1e6:,.0f} million pixels (each scan of a progressive JPEG counts) in "
            f"{length / 2**20:,.1f} MiB",
            expected=f"at most {limits.MOST_PIXELS_READ // 1_000_000} million, or "
            f"{limits.PIXELS_PER_BYTE} for each byte",
            remedy="make the images smaller, for example 224 × 224",
        )
    if large:
        report.error(
            "images are far too large",
            found=f"{len(large)} images above the limit",
            expected=f"at most {limits.MOST_PIXELS // 1_000_000} million pixels each",
            remedy="make them smaller, for example 224 × 224",
            count=len(large),
            examples=large,
        )
    return sizes


def _tell_damaged(damaged: list[str], report: Report) -> None:
    if damaged:
        report.error(
            "images cannot be read",
            found=f"{len(damaged)} damaged files or files of another kind",
            expected=", ".join(_FORMATS),
            remedy="save these images again or leave their cases out",
            count=len(damaged),
            examples=damaged,
        )


def _decode_all(
    places: list[_Place], size: tuple[int, int], report: Report
) -> UInt8[np.ndarray, "N H W 3"]:
    result = np.empty((len(places), size[1], size[0], 3), np.uint8)
    resized: list[str] = []
    grey: list[str] = []
    damaged: list[str] = []
    for i, place in enumerate(places):
        tell("Decoding the images", i / len(places))
        try:
            with _open(place) as image:
                if image.mode in ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L"):
                    grey.append(place[1])
                rgb = to_rgb(image)
        except Exception:  # as above: a truncated file shows only now
            damaged.append(clip(place[1], 80))
            continue
        if rgb.size != size:
            resized.append(f"{clip(place[1], 60)} ({rgb.size[0]} × {rgb.size[1]})")
            rgb = rgb.resize(size, Image.Resampling.BILINEAR)
        result[i] = np.asarray(rgb)
    _tell_damaged(damaged, report)
    report.stop()
    if grey:
        report.note(f"{len(grey)} grey images were given three equal channels", count=len(grey))
    if resized:
        report.note(
            f"{len(resized)} images of another size were resized to {size[0]} × {size[1]}",
            count=len(resized),
            examples=resized,
        )
    return result


def to_rgb(image: Image.Image) -> Image.Image:
    """An upright 8-bit RGB image of the first frame, transparency on white."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        levels = np.asarray(image)
        # 16-bit grey to 8 bits; a file of small values has used only 8 bits of the 16.
        steps = np.arange(2**16) / (257 if levels.max(initial=0) > 255 else 1)
        grey = np.clip(np.rint(steps), 0, 255).astype(np.uint8)
        image = Image.fromarray(grey[np.clip(levels, 0, 2**16 - 1)])
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")
