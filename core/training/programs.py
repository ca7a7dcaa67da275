"""Compiled programs: made in the background, kept for the process, sharded over the mesh."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P

from core.methods.protocol import Model
from core.training.devices import mesh
from core.training.epoch import init_state, over_points, predict, run_epoch

# Compiled programs of this process, those not used for longest first; a warm worker meets the same
# shapes again.
_COMPILED: dict[Any, Future[Any]] = {}
_MOST_COMPILED = 96
# Compiling leaves Python's lock alone for most of its time, so programs compile side by side.
_COMPILERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="compile")
# A program that runs once a chunk is not worth optimising: half the time to compile.
HASTY = {"xla_backend_optimization_level": 0}


def over_grid() -> NamedSharding:
    """The grid axis over all devices: how points and all they give are placed."""
    return NamedSharding(mesh(), P("g"))


@dataclass
class Clock:
    """Seconds waited for compiling, and programs compiled, by everything that shares the clock."""

    compile: float = 0.0
    programs: int = 0


def program(
    clock: Clock,
    name: Any,
    function: Any,
    *args: Any,
    options: dict[str, Any] | None = None,
) -> Future[Any]:
    """A jitted function's program for arguments of these shapes, compiled in the background.

    Args:
      clock: notified when this is a new program.
      name: what tells the function from others.
      function: one of `programs`.
      args: its arguments, or their shapes.
      options: of the compiler.
    """
    leaves, tree = jax.tree.flatten(args)
    precision = jax.config.values["jax_default_matmul_precision"]
    signature = (name, tree, tuple((leaf.shape, leaf.dtype) for leaf in leaves), precision)
    known = _COMPILED.pop(signature, None)
    # What failed, for want of memory perhaps, is tried again by the next run.
    if known is None or (known.done() and known.exception() is not None):

        def compiled() -> Any:
            # The caller's setting may be its thread's alone.
            with jax.default_matmul_precision(precision):
                return function.lower(*args).compile(compiler_options=options)

        known = _COMPILERS.submit(compiled)
        clock.programs += 1
    _COMPILED[signature] = known
    while len(_COMPILED) > _MOST_COMPILED:
        del _COMPILED[next(iter(_COMPILED))]
    return known


def shapes_of(function: Any, *args: Any) -> Any:
    """What one of `programs` returns for these arguments, as shapes."""
    return jax.tree.map(
        lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=over_grid()),
        jax.eval_shape(function, *args),
    )


def ready(clock: Clock, compiling: Future[Any]) -> Any:
    """The program once it has compiled; the clock counts the seconds waited."""
    start = time.perf_counter()
    compiled = compiling.result()
    clock.compile += time.perf_counter() - start
    return compiled


@lru_cache(maxsize=64)
def programs(method: Model, batch_size: int, block: int, width: int) -> tuple[Any, Any, Any]:
    """Init, epoch and predict of one chunk, sharded over the mesh along the grid axis."""
    devices = mesh()

    def shard(function: Any, mapped: int, shared: int, **options: Any) -> Any:
        specs = (*(P("g") for _ in range(mapped)), *(P() for _ in range(shared)))
        return jax.jit(
            jax.shard_map(
                over_points(function, width, mapped),
                mesh=devices,
                in_specs=specs,
                out_specs=P("g"),
                check_vma=False,
            ),
            **options,
        )

    start = shard(partial(init_state, method), 1, 0)
    epoch = shard(partial(run_epoch, method, batch_size), 2, 5, donate_argnums=(0,))
    outputs = shard(partial(predict, method, block), 2, 2)
    return start, epoch, outputs
