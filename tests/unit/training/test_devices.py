"""How many points run side by side, on devices that are not there."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.training import devices

GB = 1 << 30


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch):
    """Makes the mesh so many GPUs of 60 GB."""

    def make(count: int) -> None:
        gpu = SimpleNamespace(platform="gpu", memory_stats=lambda: {"bytes_limit": 60 * GB})
        monkeypatch.setattr(
            devices, "mesh", lambda: SimpleNamespace(devices=np.array([gpu] * count))
        )

    return make


@pytest.mark.parametrize(
    ("count", "points", "each", "width"),
    [
        (1, 11, 1 << 20, 11),
        (1, 55, 1 << 20, 55),
        (2, 55, 1 << 20, 28),
        # Two rounds of 33 compute as much as there is; 64 and a round of copies twice that.
        (1, 66, 1 << 20, 33),
        (1, 1000, 1 << 20, 63),
        (1, 55, GB, 28),
        (1, 55, 100 * GB, 1),
    ],
)
def test_rounds_are_few_and_equally_full(
    gpus, count: int, points: int, each: int, width: int
) -> None:
    gpus(count)
    assert devices.vmap_width(points, lambda: each) == width


def test_a_core_runs_one_point() -> None:
    assert devices.vmap_width(55, lambda: 1) == 1
