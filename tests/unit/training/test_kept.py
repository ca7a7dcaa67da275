"""Traced programs kept on disk: the same numbers, and no tracing a second time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pytest

from core.methods.mixture import Bounds, Mixture
from core.runs.config import TrainConfig
from core.runs.grid import Grid
from core.runs.plan import make_plan
from core.training import kept, programs
from core.training.devices import mesh
from core.training.programs import over_grid
from tests.unit.training.problems import tiny_set

CONFIG = TrainConfig(coverage=(0.3, 0.6), epochs=2, hidden=(6,), batch_size=32)


class Fits(NamedTuple):
    """The same grid traced, traced and kept, and from what was kept; and the files there were."""

    traced: Grid
    first: Grid
    again: Grid
    files: int


def trained() -> Grid:
    """Trained as by a process that has just started."""
    programs._COMPILED.clear()
    programs.programs.cache_clear()
    jax.clear_caches()
    dataset = tiny_set()
    grid = Grid(dataset, CONFIG, make_plan(dataset, CONFIG))
    for _ in grid.fit_em():
        pass
    return grid


def said(grid: Grid) -> np.ndarray:
    return np.stack([grid.outputs(*pair)[0] for pair in grid.pairs()])


def refuse(*args: object) -> None:
    raise NotImplementedError("traced")


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Configures a cache from the first call on."""
    before = jax.config.values["jax_compilation_cache_dir"]

    def configure() -> Path:
        folder = tmp_path_factory.mktemp("cache")
        jax.config.update("jax_compilation_cache_dir", str(folder))
        return folder / "traced"

    yield configure
    jax.config.update("jax_compilation_cache_dir", before)
    programs._COMPILED.clear()


@pytest.fixture(scope="module")
def fits(cached: Callable[[], Path]) -> Fits:
    traced = trained()
    folder = cached()
    first = trained()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Mixture, "loss", refuse)
        patch.setattr(kept, "_trace", refuse)
        again = trained()
    return Fits(traced, first, again, len(list(folder.glob("*.zip"))))


@pytest.fixture
def cache(cached: Callable[[], Path]) -> Path:
    return cached()


def row() -> jax.Array:
    """A row per device."""
    return jax.device_put(np.ones((mesh().devices.size, 3), np.float32), over_grid())


def swapped() -> kept.Traced | None:
    """A small program, kept or traced."""

    def swap(x: jax.Array) -> dict[int, Bounds]:
        return {0: Bounds(x + 1.0, x * 2.0)}

    return kept.obtain(("swap", 2), jax.jit(swap), (row(),), over_grid())


def test_kept_programs_give_the_same_numbers_without_tracing(fits: Fits) -> None:
    assert fits.files == 6
    np.testing.assert_array_equal(said(fits.again), said(fits.first))
    one, other = (jax.tree.structure(grid.weights()) for grid in (fits.first, fits.again))
    assert one == other


def test_kept_programs_agree_with_those_compiled_as_they_are(fits: Fits) -> None:
    # One is compiled inside another function: XLA may add in another order.
    np.testing.assert_allclose(said(fits.first), said(fits.traced), atol=1e-5)


def test_a_program_from_disk_answers_in_the_records_it_was_written_with(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert swapped() is not None
    monkeypatch.setattr(kept, "_trace", refuse)
    again = swapped()
    assert again is not None
    assert again.shapes(over_grid())[0].upper.shape == row().shape
    answer = again.compile((row(),), over_grid(), 0, None)(row())
    assert isinstance(answer[0], Bounds)
    np.testing.assert_array_equal(answer[0].lower, 2.0)


def test_a_damaged_file_is_traced_again_and_replaced(cache: Path) -> None:
    swapped()
    (file,) = cache.glob("*.zip")
    whole = file.read_bytes()
    for damaged in (b"", whole[:-40], whole.replace(b"core.", b"evil.")):
        file.write_bytes(damaged)
        assert swapped() is not None
        assert kept._read(file).tree.num_leaves == 2


def test_another_version_or_other_settings_of_jax_find_nothing_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped()
    with monkeypatch.context() as patch:
        patch.setattr(kept, "_code", lambda: "another version")
        swapped()
    with jax.default_matmul_precision("BF16_BF16_F32"):
        swapped()
    assert len(list(cache.glob("*.zip"))) == 3


def test_only_the_newest_files_stay(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST", 2)
    for version in "abc":
        monkeypatch.setattr(kept, "_code", lambda version=version: version)
        swapped()
    assert len(list(cache.iterdir())) == 2


def test_what_cannot_be_exported_is_not_kept_and_what_cannot_be_written_serves_once(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(kept.export, "export", refuse)
        assert swapped() is None
    cache.write_text("no folder")
    assert swapped() is not None


@dataclass(frozen=True)
class Elsewhere:
    """A method whose source no digest covers."""


def test_a_name_is_the_same_in_every_process_or_none() -> None:
    dataset = tiny_set()
    grid = Grid(dataset, CONFIG, make_plan(dataset, CONFIG))
    method = grid.plan.method.builder()(grid.network, "batch")
    name = kept._said(((method, 128, 1024, 1), "epoch"))
    assert "core.em.posterior:exact" in repr(name)
    assert "0x" not in repr(name)
    assert name != kept._said(((replace(method, projection="running"), 128, 1024, 1), "epoch"))
    assert kept._said((Elsewhere(), "epoch")) is None
    assert kept._said((lambda: 0, "epoch")) is None
