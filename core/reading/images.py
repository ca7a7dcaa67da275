"""Photos from images.zip or a folder as one uint8 array."""

import contextlib
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, ImageOps

from core.base import limits
from core.base.progress import tell
from core.base.report import Report, clip, refuse
from core.reading.grey_values import GreyRange, is_deep, range_of, sample, to_levels
from core.reading.image_store import FORMATS, ImageStore, Place, key_of

_KINDS = {"dcm": "DICOM", "jp2": "JPEG 2000"}


class Images(NamedTuple):
    """Decoded images.

    Attributes:
      pixels: of them. grey: the values that became black and white; None where all have 8 bits.
      deep: how many have more than 8 bits of grey.
    """

    pixels: UInt8[np.ndarray, "N H W 3"]
    grey: GreyRange | None
    deep: int


def read_images(
    files: Sequence[str],
    store: ImageStore,
    report: Report,
    *,
    size: tuple[int, int] | None = None,
    grey: GreyRange | None = None,
    fit: Bool[np.ndarray, " N"] | None = None,
) -> Images:
    """Decode one image per case to RGB of one size.

    Sizes are read from the headers first, so that nothing too large is decoded. Images of another
    size than the most common one are resized, grey ones get three equal channels, transparent ones
    a white background.

    Args:
      files: path or name of each case's image.
      store: where to look.
      report: takes notes.
      size: (height, width) that all images are made; None for the most common size.
      grey: the range of images of more than 8 bits; None takes it from the images.
      fit: from which images it is taken, those of train; None from all.

    Raises:
      DataError: images that are missing, damaged or far too large; all are named.
    """
    found = _find_all(files, store, report)
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
        kept = [fit is None or bool(fit[i]) for i, p in enumerate(found) if p is not None]
        return _decode_all(places, wide, grey, kept, report)


def _find_all(files: Sequence[str], store: ImageStore, report: Report) -> list[Place | None]:
    """Where each image is; errors for those that are missing."""
    found = [store.find(f) or store.without_ending(f) for f in files]
    missing = [i for i, place in enumerate(found) if place is None]
    ends = {i: store.by_end(files[i]) for i in missing}
    if missing and all(ends.values()):  # none is left to guess
        first = ends[missing[0]]
        assert first is not None
        report.warn(
            "images are matched by the end of their names",
            found=f"{clip(files[missing[0]], 80)!r} for {clip(first[1], 80)!r}",
            remedy="check that each case shows its own image",
            count=len(missing),
        )
        return [ends.get(i) or place for i, place in enumerate(found)]
    kinds = Counter(ending for i in missing if (ending := store.unread(files[i])))
    for ending, count in kinds.items():
        report.error(
            f"{_KINDS.get(ending, ending.upper())} files are not read as images",
            found=f"{count} such files",
            expected=", ".join(FORMATS),
            remedy="save them as PNG",
            count=count,
            examples=[clip(files[i], 80) for i in missing if store.unread(files[i]) == ending],
        )
    missing = [i for i in missing if not store.unread(files[i])]
    if missing:
        nearly = (
            f"; {clip(files[i], 60)!r} ends like {clip(place[1], 60)!r}"
            if (i := next((i for i in missing if ends[i]), -1)) >= 0 and (place := ends[i])
            else ""
        )
        report.error(
            "images are missing",
            found=f"{len(files) - len(missing)} of {len(files)} images{nearly}",
            expected=f"an image ({', '.join(FORMATS)}) for every case, in images.zip or a folder",
            remedy="add the images, or correct the column 'file'",
            count=len(missing),
            examples=[clip(files[i] or "(blank)", 80) for i in missing],
        )
    return found


def _check_shared(files: Sequence[str], found: Sequence[Place | None], report: Report) -> None:
    """Refuses two names that match one image: a/1.png and b/1.png are not both images/1.png."""
    names: dict[str, str] = {}
    shared = []
    for file, place in zip(files, found, strict=True):
        if place is not None and key_of(names.setdefault(place[1], file)) != key_of(file):
            shared.append(f"{clip(names[place[1]], 60)} and {clip(file, 60)}")
    if shared:
        report.error(
            "different image names match the same image",
            expected="unambiguous paths",
            remedy="keep the folders of the images in images.zip",
            count=len(shared),
            examples=shared,
        )


def _open(place: Place) -> Image.Image:
    holder, name = place
    return Image.open(holder.open(name), formats=FORMATS)


class _Header(NamedTuple):
    """An image's header."""

    size: tuple[int, int]
    scans: int
    length: int


def _header(place: Place) -> _Header:
    holder, name = place
    with holder.open(name) as stream:
        with Image.open(stream, formats=FORMATS) as image:
            size, scans = image.size, 1
            if image.format == "TIFF" and "jpeg" in str(image.info.get("compression", "")):
                raise ValueError("a JPEG in a TIFF, whose scans would go uncounted")
            if image.format in ("JPEG", "MPO"):
                stream.seek(0)
                # Packed pixels have no such bytes: in them FF is followed by 00 or D0 to D7.
                scans = max(stream.read().count(b"\xff\xda"), 1)
            length = stream.seek(0, 2)
    return _Header(size, scans, length)


def _check_headers(places: list[Place], report: Report) -> list[tuple[int, int]]:
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
            expected=", ".join(FORMATS),
            remedy="save these images again or leave their cases out",
            count=len(damaged),
            examples=damaged,
        )


def _decode_all(
    places: list[Place],
    size: tuple[int, int],
    given: GreyRange | None,
    fit: list[bool],
    report: Report,
) -> Images:
    result = np.empty((len(places), size[1], size[0], 3), np.uint8)
    resized: list[str] = []
    grey: list[str] = []
    damaged: list[str] = []
    several: list[str] = []
    deep = _deep(places)
    levels = given or (_levels([places[i] for i in deep if fit[i]], report) if deep else None)
    for i, place in enumerate(places):
        tell("Decoding the images", i / len(places))
        try:
            with _open(place) as image:
                if image.mode in ("1", "L", "LA"):
                    grey.append(place[1])
                if image.format == "TIFF" and getattr(image, "is_animated", False):
                    several.append(clip(place[1], 80))
                    image.seek(0)
                rgb = to_rgb(image, levels)
        except Exception:  # as above: a truncated file shows only now
            damaged.append(clip(place[1], 80))
            continue
        if rgb.size != size:
            resized.append(f"{clip(place[1], 60)} ({rgb.size[0]} × {rgb.size[1]})")
            rgb = rgb.resize(size, Image.Resampling.BILINEAR)
        result[i] = np.asarray(rgb)
    _tell_damaged(damaged, report)
    report.stop()
    if several:
        report.warn(
            "images have several pages, of which the first is used",
            remedy="save the page that matters as an image of its own",
            count=len(several),
            examples=several,
        )
    if deep and levels is not None:
        _tell_deep(len(deep), len(places), levels, given is not None, report)
    if grey:
        report.note(f"{len(grey)} grey images were given three equal channels", count=len(grey))
    if resized:
        report.note(
            f"{len(resized)} images of another size were resized to {size[0]} × {size[1]}",
            count=len(resized),
            examples=resized,
        )
    return Images(result, levels if deep else None, len(deep))


def _deep(places: list[Place]) -> list[int]:
    """Which images have more than 8 bits of grey."""
    found = []
    for i, place in enumerate(places):
        with contextlib.suppress(Exception):  # a damaged file is reported when it is decoded
            with _open(place) as image:
                if is_deep(image):
                    found.append(i)
    return found


def _levels(places: list[Place], report: Report) -> GreyRange | None:
    """The grey values of a set, from its images of more than 8 bits."""
    samples = []
    for i, place in enumerate(places):
        tell("Looking at the grey values", i / len(places))
        with contextlib.suppress(Exception), _open(place) as image:
            samples.append(sample(image))
    return range_of(samples)


def _tell_deep(deep: int, images: int, levels: GreyRange, given: bool, report: Report) -> None:
    whose = "of the data set the model was trained on" if given else "of the train images"
    report.note(
        f"{deep} images of more than 8 bits of grey: values from {levels[0]:g} to {levels[1]:g}, "
        f"the range {whose}, became 0 to 255, the same for every image",
        count=deep,
    )
    if deep < images:
        report.warn(
            "images of 8 bits and of more are mixed",
            found=f"{images - deep} of 8 bits, {deep} of more",
            expected="all of one kind",
            remedy="the former are used as they are; export all images alike",
            count=min(deep, images - deep),
        )


def to_rgb(image: Image.Image, levels: GreyRange | None = None) -> Image.Image:
    """An upright 8-bit RGB image of the first frame, transparency on white.

    Args:
      image: as opened.
      levels: grey values that become black and white, for images of more than 8 bits; None for the
        range of the image itself.
    """
    image = ImageOps.exif_transpose(image)
    if is_deep(image):
        image = Image.fromarray(to_levels(image, levels))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")
