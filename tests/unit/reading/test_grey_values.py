"""Images of more than 8 bits of grey: one scale per set, kept for new cases."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.library.passed_cases import form_of, plain_form
from core.library.store import Library
from core.reading.grey_values import range_of, to_levels
from core.reading.new_cases import CaseForm, read_new_files
from tests.unit.reading.builders import SPLITS, image_bundle, image_of, png, read_set

N = len(SPLITS)
RNG = np.random.default_rng(5)
TRAIN = np.array([s == "train" for s in SPLITS])


def deep(low: int, high: int, dtype: type = np.uint16) -> dict[str, np.ndarray]:
    return {f"c{i}.png": RNG.integers(low, high, (16, 16)).astype(dtype) for i in range(N)}


def read(arrays: dict[str, np.ndarray]):  # type: ignore[no-untyped-def]
    return read_set(image_bundle({name: image_of(a) for name, a in arrays.items()}))


@pytest.mark.parametrize(("low", "high"), [(200, 800), (0, 4096), (0, 65536)])
def test_the_set_s_own_range_fills_256_levels(low: int, high: int) -> None:
    arrays = deep(low, high)
    dataset, report = read(arrays)
    assert dataset.inputs is not None
    assert len(np.unique(dataset.inputs)) > 200
    assert dataset.grey_range is not None
    found = np.concatenate([a.ravel() for a, t in zip(arrays.values(), TRAIN, strict=True) if t])
    expected = np.array([found.min(), found.max()], float)
    assert np.allclose(dataset.grey_range, expected)
    wanted = np.clip((arrays["c0.png"] - expected[0]) / np.diff(expected) * 255, 0, 255)
    assert np.abs(dataset.inputs[0, :, :, 0] - wanted).max() <= 0.51
    assert any(f"{expected[0]:g}" in p.what for p in report.notes)


def test_one_scale_for_all_images() -> None:
    arrays = {f"c{i}.png": np.full((16, 16), 100 + 10 * i, np.uint16) for i in range(N)}
    inputs = read(arrays)[0].inputs
    assert inputs is not None
    shades = inputs[: int(TRAIN.sum()), 0, 0, 0].astype(int)
    assert (np.diff(shades) > 0).all()


def test_test_images_do_not_set_the_scale() -> None:
    arrays = deep(200, 800)
    brighter = {n: a if t else a * 50 for (n, a), t in zip(arrays.items(), TRAIN, strict=True)}
    one, other = read(arrays)[0].grey_range, read(brighter)[0].grey_range
    assert one is not None
    assert other is not None
    assert (one == other).all()


def test_mixed_depths_are_said() -> None:
    pictures = {f"c{i}.png": png(mode="L", colour=9) for i in range(N)}
    pictures["c0.png"] = image_of(RNG.integers(0, 4096, (8, 8)).astype(np.uint16))
    _, report = read_set(image_bundle(pictures))
    assert any("8 bits and of more" in p.what for p in report.warnings)


def test_float_images_are_read() -> None:
    pictures = {}
    for i in range(N):
        stream = io.BytesIO()
        Image.fromarray(RNG.normal(0, 300, (16, 16)).astype(np.float32)).save(stream, "TIFF")
        pictures[f"c{i}.tif"] = stream.getvalue()
    inputs = read_set(image_bundle(pictures, file="c{}.tif"))[0].inputs
    assert inputs is not None
    assert len(np.unique(inputs)) > 200


def test_the_scale_is_kept_for_new_cases(tmp_path: Path) -> None:
    arrays = deep(200, 800)
    dataset, report = read(arrays)
    library = Library(tmp_path)
    stored = library.load(library.add(dataset, report))
    assert stored.grey_range is not None
    low, high = (float(v) for v in stored.grey_range)
    form = form_of(
        plain_form(CaseForm(classes=("no", "yes"), image_size=(16, 16), grey_range=(low, high)))
    )
    cases, _ = read_new_files({"new.png": image_of(arrays["c0.png"] // 2)}, form)
    wanted = to_levels(Image.fromarray(arrays["c0.png"] // 2), (low, high))
    assert (cases.inputs[0, :, :, 0] == wanted).all()


def test_new_images_of_another_depth_are_said() -> None:
    form = CaseForm(classes=("no", "yes"), image_size=(16, 16))
    _, report = read_new_files({"new.png": image_of(deep(0, 4096)["c0.png"])}, form)
    assert any("8 bits" in p.what for p in report.warnings)


def test_a_bright_spot_keeps_its_levels_and_a_dead_pixel_costs_none() -> None:
    values = np.linspace(200, 1000, 10_000)
    spot = np.append(values, [1300.0] * 5)
    assert range_of([spot]) == (200.0, 1300.0)
    dead = np.append(values, [65535.0])
    low, high = range_of([dead]) or (0, 0)
    assert low == 200
    assert high < 1500


def test_values_that_are_all_one_have_a_range() -> None:
    assert range_of([np.zeros(5)]) == (0.0, 0.0)
    assert range_of([np.array([np.nan])]) is None
    assert to_levels(Image.fromarray(np.full((2, 2), 700, np.uint16)), (700, 700)).max() <= 255
