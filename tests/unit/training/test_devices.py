"""How many points run side by side, on devices that are not there."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from core.training import devices

GB = 1 << 30


@pytest.fixture
def made_of(monkeypatch: pytest.MonkeyPatch):
    """Makes the mesh so many devices of 60 GB."""

    def make(count: int, platform: str = "gpu") -> None:
        one = SimpleNamespace(platform=platform, memory_stats=lambda: {"bytes_limit": 60 * GB})
        monkeypatch.setattr(
            devices, "mesh", lambda: SimpleNamespace(devices=np.array([one] * count))
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
    made_of, count: int, points: int, each: int, width: int
) -> None:
    made_of(count)
    assert devices.vmap_width(points, lambda: each) == width


def test_a_core_runs_one_point(made_of) -> None:
    made_of(2, "cpu")
    assert devices.vmap_width(55, lambda: 1) == 1


def test_flags_of_the_environment_are_kept_and_others_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "find_spec", lambda name: object())
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_autotune_level=4")
    devices.configure()
    flags = os.environ["XLA_FLAGS"].split()
    assert "--xla_gpu_autotune_level=4" in flags
    assert "--xla_gpu_enable_triton_gemm=false" in flags
    assert sum("autotune" in flag for flag in flags) == 1
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    monkeypatch.setenv("XLA_FLAGS", "")
    devices.configure()
    assert "xla_gpu" not in os.environ["XLA_FLAGS"]
