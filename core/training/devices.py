"""How the grid meets the hardware: one mesh over all devices, a vmap width per device."""

import os
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jax.sharding import Mesh

# Share of a device's memory the grid may plan for; the rest is XLA's workspace.
_MEMORY_SHARE = 0.5
# Points per device on a GPU beyond which kernels are full anyway.
_WIDEST = 64


def configure(cache: Path | None = None) -> None:
    """Set what JAX reads when it starts; call before JAX is first used.

    On the CPU every core becomes a device: 128-wide matrix products do not use a second core, so
    one grid point runs per core. Compiled programs are kept in `cache`.

    Args:
      cache: folder for compiled programs, made when first written.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    _add_flag("xla_force_host_platform_device_count", cores or 1)
    if find_spec("jax_cuda13_plugin") is not None:
        # Trying out kernels is for trainings of hours: the whole curve compiles for 2.6 s instead
        # of 8 to 10 on an H200 and trains as fast; the CNN's epochs take a sixth longer.
        _add_flag("xla_gpu_autotune_level", 0)
        _add_flag("xla_gpu_enable_triton_gemm", "false")
    # A worker stays warm while nobody trains: it must not hold three quarters of a GPU meanwhile.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if cache is not None:
        import jax

        # JAX names a program by the cache's path too: behind a link nothing would be found again.
        jax.config.update("jax_compilation_cache_dir", str(cache.resolve()))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def _add_flag(name: str, value: object) -> None:
    """Sets a flag of XLA's that the environment has not set."""
    flags = os.environ.get("XLA_FLAGS", "")
    if name not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --{name}={value}".strip()


@lru_cache(maxsize=1)
def mesh() -> "Mesh":
    """All devices along the grid axis `g`."""
    import jax
    import numpy as np
    from jax.sharding import Mesh

    return Mesh(np.array(jax.devices()), ("g",))


def device_name() -> str:
    """What the grid runs on, in words."""
    devices = mesh().devices.ravel()
    kind = devices[0].device_kind
    if devices[0].platform == "cpu":
        return f"CPU, {len(devices)} core{'s' if len(devices) != 1 else ''}"
    return f"{len(devices)} × {kind}"


def vmap_width(points: int, bytes_per_point: Callable[[], int]) -> int:
    """Grid points to run side by side on each device.

    One on a CPU core. On a GPU as many as fit in half the memory, in as few rounds as that takes
    and all equally full: what a last round lacks is computed all the same.
    """
    devices = mesh().devices.ravel()
    if devices[0].platform == "cpu":
        return 1
    stats = devices[0].memory_stats() or {}
    memory = stats.get("bytes_limit", 8 << 30)
    fit = max(int(_MEMORY_SHARE * memory / max(bytes_per_point(), 1)), 1)
    each = -(-points // len(devices))
    rounds = -(-each // min(fit, _WIDEST))
    return -(-each // rounds)
