"""Photos from images.zip or a folder as one uint8 array."""

import unicodedata
import warnings
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image, ImageOps

from core.data.archive import Archive
from core.data.report import FIRST_PLACES, Report, clip, refuse
from core.data.sources import Source

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF")
MOST_PIXELS = 40_000_000  # one image; a decompression bomb beyond
MOST_BYTES = 2 * 2**30  # all images of a set, decoded


class ImageStore:
    """Finds a case's image among the files of a source and in its images.zip."""

    def __init__(self, source: Source):
        self._paths: dict[str, tuple[Source | Archive, str]] = {}
        self._loose: dict[str, tuple[Source | Archive, str] | None] = {}
        self._archives: list[Archive] = []
        for name in source.names:
            if name.lower().endswith(SUFFIXES):
                self._add(source, name)
            elif name.lower().rsplit("/", 1)[-1] == "images.zip":
                archive = Archive(source.open(name), clip(name))
                self._archives.append(archive)
                for inner in archive.names:
                    if inner.lower().endswith(SUFFIXES):
                        self._add(archive, inner)

    def _add(self, holder: Source | Archive, name: str) -> None:
        place = (holder, name)
        parts = _key(name).split("/")
        self._paths.setdefault("/".join(parts), place)
        # `file` may leave out the folder the images are in, as long as that is unambiguous.
        for start in range(1, len(parts)):
            tail = "/".join(parts[start:])
            self._loose[tail] = None if tail in self._loose else place

    def __bool__(self) -> bool:
        return bool(self._paths)

    def find(self, file: str) -> tuple[Source | Archive, str] | None:
        """Where the image called `file` is; only listed files are ever looked at."""
        key = _key(file)
        if key in self._paths:
            return self._paths[key]
        if key in self._loose:
            return self._loose[key]
        # The other way round: the folder named in `file` is not in the archive.
        for start in range(1, key.count("/") + 1):
            tail = "/".join(key.split("/")[start:])
            place = self._paths.get(tail) or self._loose.get(tail)
            if place:
                return place
        return None

    def close(self) -> None:
        """Close the archives."""
        for archive in self._archives:
            archive.close()


def _key(name: str) -> str:
    """A path in the one way in which paths are compared; macOS writes é as e + ´ in zips."""
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

    Sizes are read from the headers first, so that nothing large is decoded before it is known to
    fit. Images of another size than the most common one are resized, grey ones get three equal
    channels, transparent ones a white ground.

    Args:
      files: path or name of each case's image.
      store: where to look.
      report: takes notes.
      size: (height, width) that all images are made; None for the most common size.

    Raises:
      DataError: images that are missing, damaged or far too large, all named together.
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
        if len(places) * wide[0] * wide[1] * 3 > MOST_BYTES:
            refuse(
                "the images are too large together",
                found=f"{len(places):,} images of {wide[0]} × {wide[1]}",
                expected=f"at most {MOST_BYTES / 2**30:.0f} GiB decoded",
                remedy="make the images smaller, for example 224 × 224",
                report=report,
            )
        return _decode_all(places, wide, report)


def _check_shared(
    files: Sequence[str], found: Sequence[tuple[Source | Archive, str] | None], report: Report
) -> None:
    """Two names may not lead to one image: a/1.png and b/1.png are not both images/1.png."""
    names: dict[str, str] = {}
    shared = []
    for file, place in zip(files, found, strict=True):
        if place is not None and _key(names.setdefault(place[1], file)) != _key(file):
            shared.append(f"{clip(names[place[1]], 60)} and {clip(file, 60)}")
    if shared:
        report.error(
            "different image names lead to the same image",
            expected="a path that tells them apart",
            remedy="keep the folders of the images in images.zip",
            count=len(shared),
            examples=shared,
        )


def _open(place: tuple[Source | Archive, str]) -> Image.Image:
    holder, name = place
    return Image.open(holder.open(name), formats=_FORMATS)


def _check_headers(
    places: list[tuple[Source | Archive, str]], report: Report
) -> list[tuple[int, int]]:
    sizes: list[tuple[int, int]] = []
    damaged: list[str] = []
    large: list[str] = []
    for place in places:
        try:
            with _open(place) as image:
                width, height = image.size
        except Image.DecompressionBombError:
            large.append(clip(place[1], 80))
            continue
        # Pillow's readers raise nearly anything on damaged files.
        except Exception:
            damaged.append(clip(place[1], 80))
            continue
        if width * height > MOST_PIXELS:
            large.append(f"{clip(place[1], 80)} ({width} × {height})")
        sizes.append((width, height))
    _tell_damaged(damaged, report)
    if large:
        report.error(
            "images are far too large",
            found=f"{len(large)} images above the limit",
            expected=f"at most {MOST_PIXELS // 1_000_000} million pixels each",
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
    places: list[tuple[Source | Archive, str]], size: tuple[int, int], report: Report
) -> UInt8[np.ndarray, "N H W 3"]:
    result = np.empty((len(places), size[1], size[0], 3), np.uint8)
    resized: list[str] = []
    grey: list[str] = []
    damaged: list[str] = []
    for i, place in enumerate(places):
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


def as_features(
    inputs: UInt8[np.ndarray, "N H W 3"] | Float32[np.ndarray, "N D"],
) -> Float32[np.ndarray, "N D"]:
    """Pixels in a row as features in [0, 1]; features as they are."""
    if inputs.ndim == 2:
        return inputs
    return inputs.reshape(len(inputs), -1).astype(np.float32) / np.float32(255.0)


def to_rgb(image: Image.Image) -> Image.Image:
    """An upright 8-bit RGB image of the first frame, transparency on white."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        levels = np.asarray(image).astype(np.float64)
        # 16-bit grey to 8 bits; a file of small values has used only 8 bits of the 16.
        levels = levels / 257 if levels.max(initial=0) > 255 else levels
        image = Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")
