import io

import numpy as np
import pytest
from PIL import Image

from core.base import limits
from tests.unit.reading.builders import (
    SPLITS,
    image_bundle,
    image_of,
    png,
    read_set,
    refusal,
    warnings_of,
    zipped,
)

N = len(SPLITS)
NOISE = image_of(np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8))


def with_first(data: bytes, name: str = "c0.png") -> dict[str, bytes]:
    """The image bundle whose first image is another."""
    pictures = {f"c{i}.png": png(colour=(i, 0, 0)) for i in range(N)}
    pictures[name] = data
    return image_bundle(pictures)


def first(data: bytes) -> np.ndarray:
    inputs = read_set(with_first(data))[0].inputs
    assert inputs is not None
    return inputs[0]


def test_images_stand_at_their_cases() -> None:
    inputs = read_set(image_bundle())[0].inputs
    assert inputs is not None
    assert (inputs.dtype, inputs.shape) == (np.uint8, (N, 8, 8, 3))
    assert inputs[:, 0, 0, 0].tolist() == list(range(N))


@pytest.mark.parametrize("folder", ["", "images/", "some/where/"])
def test_images_are_found_in_any_folder_of_the_archive(folder: str) -> None:
    pictures = {f"{folder}c{i}.png": png(colour=(i, 0, 0)) for i in range(N)}
    dataset, _ = read_set(image_bundle(pictures))
    assert dataset.content_hash == read_set(image_bundle())[0].content_hash


def test_loose_image_files_are_found() -> None:
    files = image_bundle()
    del files["images.zip"]
    files |= {f"images/c{i}.png": png(colour=(i, 0, 0)) for i in range(N)}
    assert read_set(files)[0].content_hash == read_set(image_bundle())[0].content_hash


def test_folder_in_the_file_column_may_be_left_out_in_the_archive() -> None:
    files = image_bundle()
    files["cases.csv"] = files["cases.csv"].replace(b",c", b",deep\\path\\c")
    assert read_set(files)[0].content_hash == read_set(image_bundle())[0].content_hash


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "JPEG"])
def test_usual_kinds_of_images_are_read(kind: str) -> None:
    centre = first(png(colour=(200, 30, 30), kind=kind))[4, 4].tolist()
    assert centre == pytest.approx([200, 30, 30], abs=3)


@pytest.mark.parametrize(
    ("mode", "colour", "rgb"),
    [
        ("L", 90, [90, 90, 90]),
        ("1", 1, [255, 255, 255]),
        ("P", 0, [0, 0, 0]),
        ("LA", (90, 255), [90, 90, 90]),
        ("RGBA", (10, 20, 30, 255), [10, 20, 30]),
        ("RGBA", (10, 20, 30, 0), [255, 255, 255]),
    ],
)
def test_every_mode_becomes_rgb(mode: str, colour: object, rgb: list[int]) -> None:
    assert first(png(mode=mode, colour=colour))[0, 0].tolist() == rgb


def test_palette_with_transparency_is_put_on_white() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 9, 9, 9])
    stream = io.BytesIO()
    image.save(stream, "PNG", transparency=1)
    assert first(stream.getvalue())[0, 0].tolist() == [255, 255, 255]


def test_photo_taken_sideways_is_turned_upright() -> None:
    array = np.zeros((8, 8, 3), np.uint8)
    array[:, 4:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "PNG", exif=exif)
    assert first(stream.getvalue())[[0, -1], 0, 0].tolist() == [0, 255]


def test_grey_image_is_converted_with_a_note() -> None:
    _, report = read_set(with_first(png(mode="L", colour=9)))
    assert any("1 grey images" in p.what for p in report.notes)
    assert report.warnings == ()


def test_other_size_is_resized_to_the_most_common_with_a_note() -> None:
    dataset, report = read_set(with_first(png(size=(20, 10), colour=(50, 60, 70))))
    assert dataset.inputs is not None
    assert dataset.inputs.shape == (N, 8, 8, 3)
    assert dataset.inputs[0, 3, 3].tolist() == [50, 60, 70]
    assert "c0.png (20 × 10)" in report.notes[0].examples[0]


def test_missing_images_are_named_together() -> None:
    pictures = {f"c{i}.png": png() for i in range(2, N)}
    line = refusal(image_bundle(pictures))
    assert "images are missing: found 22 of 24" in line
    assert "c0.png; c1.png" in line


def test_no_image_at_all_is_refused() -> None:
    files = image_bundle()
    del files["images.zip"]
    assert "images are missing: found 0 of 24" in refusal(files)


@pytest.mark.parametrize(
    "data", [b"", b"not an image", NOISE[:200], png(size=(64, 64), kind="JPEG")[:300], b"GIF89a"]
)
def test_damaged_image_is_named(data: bytes) -> None:
    line = refusal(with_first(data))
    assert "images cannot be read" in line
    assert "c0.png" in line


def test_missing_and_damaged_images_are_both_told() -> None:
    pictures = {f"c{i}.png": png() for i in range(1, N)} | {"c5.png": b"?"}
    assert "(and 1 more problem)" in refusal(image_bundle(pictures))


def test_picture_of_another_kind_is_refused() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "ICO")
    assert "images cannot be read" in refusal(with_first(stream.getvalue()))


@pytest.mark.parametrize(("kind", "ending"), [("TIFF", "tif"), ("WEBP", "webp")])
def test_other_usual_kinds_are_read(kind: str, ending: str) -> None:
    pictures = {}
    for i in range(N):
        stream = io.BytesIO()
        Image.new("RGB", (8, 8), (i, 0, 0)).save(stream, kind, lossless=True)
        pictures[f"c{i}.{ending}"] = stream.getvalue()
    inputs = read_set(image_bundle(pictures, file=f"c{{}}.{ending}"))[0].inputs
    assert inputs is not None
    assert inputs[:, 0, 0, 0].tolist() == list(range(N))


def test_pages_after_the_first_are_said() -> None:
    stream = io.BytesIO()
    pages = [Image.new("RGB", (8, 8), (c, 0, 0)) for c in (7, 9)]
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    dataset, report = read_set(with_first(stream.getvalue()))
    assert dataset.inputs is not None
    assert dataset.inputs[0, 0, 0, 0] == 7
    assert any("several pages" in p.what for p in report.warnings)


def test_kinds_that_are_not_read_are_named() -> None:
    pictures = {f"c{i}.dcm": b"x" for i in range(N)}
    line = refusal(image_bundle(pictures, file="c{}.dcm"))
    assert line.startswith("DICOM files are not read")
    assert "PNG" in line


def test_names_without_an_ending_are_found() -> None:
    dataset, report = read_set(image_bundle(file="c{}"))
    assert dataset.inputs is not None
    assert (dataset.inputs == read_set(image_bundle())[0].inputs).all()
    assert not report.warnings


def test_a_server_s_mark_before_a_name_is_dropped_with_a_warning() -> None:
    dataset, report = read_set(image_bundle(file="https://x.org/up/1a2b-c{}.png?size=1"))
    assert dataset.inputs is not None
    assert (dataset.inputs == read_set(image_bundle())[0].inputs).all()
    (problem,) = report.warnings
    assert problem.count == N


def test_marks_are_not_dropped_where_one_image_stays_missing() -> None:
    pictures = {f"c{i}.png": png(colour=(i, 0, 0)) for i in range(N - 1)}
    line = refusal(image_bundle(pictures, file="up/1a2b-c{}.png"))
    assert "images are missing" in line
    assert "ends like" in line


def test_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    # A true header that promises 50,000 × 50,000 pixels, and hardly any data.
    data = bytearray(png(size=(1, 1), mode="1", colour=0))
    data[16:24] = (50_000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    assert "far too large" in refusal(with_first(bytes(data)))


def test_large_image_is_refused_by_our_own_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_PIXELS", 100)
    assert "c0.png (20 × 20)" in refusal(with_first(png(size=(20, 20))))


def test_images_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_PIXELS_KEPT", N * 8 * 8 - 1)
    assert "too large in total" in refusal(image_bundle())


def test_features_beside_images_are_ignored_with_a_warning() -> None:
    files = image_bundle()
    rows = files["cases.csv"].decode().splitlines()
    files["cases.csv"] = "\n".join([rows[0] + ",age", *(r + ",5" for r in rows[1:])]).encode()
    assert "features beside images: found 'age'" in warnings_of(files)


def test_path_out_of_the_folder_is_just_missing() -> None:
    files = image_bundle()
    files["cases.csv"] = files["cases.csv"].replace(b"c0.png", b"../../etc/passwd")
    assert "../../etc/passwd" in refusal(files)


def test_name_that_fits_two_images_is_missing() -> None:
    pictures = {f"{side}/c{i}.png": png() for i in range(N) for side in ("left", "right")}
    assert "images are missing: found 0" in refusal(image_bundle(pictures))


def test_bad_image_archive_is_refused() -> None:
    assert "images.zip cannot be opened" in refusal(image_bundle() | {"images.zip": b"no zip"})
    bad = zipped({"../c0.png": png()})
    assert "images.zip contains a path with '..'" in refusal(image_bundle() | {"images.zip": bad})


def test_names_that_lead_to_the_same_image_are_refused() -> None:
    files = image_bundle()
    cases = files["cases.csv"].replace(b",c0.png", b",left/c5.png")
    files["cases.csv"] = cases.replace(b",c5.png", b",right/c5.png")
    assert "left/c5.png and right/c5.png" in refusal(files)


def test_two_cases_may_share_an_image() -> None:
    files = image_bundle()
    files["cases.csv"] = files["cases.csv"].replace(b",c0.png", b",c5.png")
    inputs = read_set(files)[0].inputs
    assert inputs is not None
    assert inputs[0, 0, 0, 0] == 5


def test_accents_meet_however_they_are_composed() -> None:
    pictures = {f"e\u0301{i}.png": png(colour=(i, 0, 0)) for i in range(N)}
    files = image_bundle(pictures)
    files["cases.csv"] = files["cases.csv"].decode().replace(",c", ",\u00e9").encode()
    dataset, _ = read_set(files)
    assert dataset.kind == "images"
