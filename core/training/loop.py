"""The one loop that fits every method on a whole grid: chunks of points, an epoch at a time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P
from jaxtyping import Int

from core.data.batches import Cases, Seeds
from core.methods.protocol import Method
from core.training.devices import mesh, vmap_width
from core.training.epoch import (
    Points,
    State,
    batches_of,
    init_state,
    over_points,
    predict,
    run_epoch,
)
from core.training.optimiser import Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """Numbers of one fit.

    Attributes:
      epochs: passes over train, at most.
      batch_size: cases per step, at most.
      learning_rate, weight_decay: of the optimiser.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochDone:
    """One epoch of one chunk.

    Attributes:
      points: grid positions in the chunk.
      epoch: epochs done, from 1.
      metrics: name → one value per point.
      fraction: share of the whole fit that is done.
    """

    points: np.ndarray
    epoch: int
    metrics: dict[str, np.ndarray]
    fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkDone:
    """Points that have finished.

    Attributes:
      points: grid positions. params: trained parameters, stacked. outputs: what `predict` gave
        for the evaluation cases, stacked. best_loss: best validation loss per point (infinite
        without early stopping). epochs: epochs run.
    """

    points: np.ndarray
    params: Any
    outputs: Any
    best_loss: np.ndarray
    epochs: int


@dataclass
class Clock:
    """Seconds spent compiling, and programs compiled, by everything that shares the clock."""

    compile: float = 0.0
    programs: int = 0


# Compiled programs of this process, oldest first; a warm worker meets the same shapes again.
_COMPILED: dict[Any, Any] = {}
_MOST_COMPILED = 96
# Case positions kept as orders on the device, 80 MB of them.
_MOST_ORDERED = 20_000_000
# Orders per seed, whatever the number of epochs: another number must compile nothing.
_ORDERS = 64


def _call(clock: Clock, name: Any, function: Any, *args: Any) -> Any:
    """Run a jitted function through its ahead-of-time compiled program, timing compilation."""
    leaves, tree = jax.tree.flatten(args)
    signature = (name, tree, tuple((leaf.shape, leaf.dtype) for leaf in leaves))
    if signature not in _COMPILED:
        start = time.perf_counter()
        _COMPILED[signature] = function.lower(*args).compile()
        clock.compile += time.perf_counter() - start
        clock.programs += 1
        while len(_COMPILED) > _MOST_COMPILED:
            del _COMPILED[next(iter(_COMPILED))]
    return _COMPILED[signature](*args)


@lru_cache(maxsize=64)
def _programs(method: Method, batch_size: int, block: int, width: int) -> tuple[Any, Any, Any]:
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
    epoch = shard(partial(run_epoch, method, batch_size), 2, 4, donate_argnums=(0,))
    outputs = shard(partial(predict, method, block), 2, 2)
    return start, epoch, outputs


def bytes_per_point(method: Method, point: Points, batch: int, inputs: tuple[int, ...]) -> int:
    """Rough memory of one grid point: its state several times over and a batch's activations."""
    state = jax.eval_shape(partial(init_state, method), point)
    held = sum(np.prod(leaf.shape) * 4 for leaf in jax.tree.leaves(state))
    # Activations of a convolution's patches are about 40 times its input; of an MLP far less.
    return int(3 * held + 4 * batch * (40 * int(np.prod(inputs)) + 20_000))


def _orders(keys: np.ndarray, rows: np.ndarray, shape: tuple[int, ...]) -> Int[np.ndarray, "S E n"]:
    """The order of the train cases per seed and epoch.

    Seeds draw from their first point's key, so all points of a seed see the same batches and
    differences along a curve are the bounds' alone. Long fits come round to the same orders.
    """
    seeds, cases = shape
    first = [int(np.argmax(rows == s)) for s in range(seeds)]
    streams = [np.random.default_rng([int(k) for k in keys[at].ravel()]) for at in first]
    most = max(min(_ORDERS, _MOST_ORDERED // (seeds * cases)), 1)
    base = np.broadcast_to(np.arange(cases, dtype=np.int32), (most, cases))
    return np.stack([stream.permuted(base, axis=1) for stream in streams])


def _first(count: int, array: Any) -> np.ndarray:
    return np.asarray(array)[:count]


def fit(
    method: Method,
    points: Points,
    cases: Cases,
    seeds: Seeds,
    evaluate: np.ndarray,
    config: FitConfig,
    *,
    clock: Clock,
    block: int = 1024,
) -> Iterator[EpochDone | ChunkDone]:
    """Fit every grid point; points of earlier chunks are done before later ones start.

    Args:
      method: what to fit.
      points: the grid, G points.
      cases: every case of the set, shared by all points.
      seeds: splits and masks per seed.
      evaluate: case positions to predict for, [S, n].
      config: epochs, batch size and rates.
      clock: told how long compiling took.
      block: cases predicted at a time.

    Yields:
      `EpochDone` per epoch and chunk, `ChunkDone` per chunk. Closing the generator stops the
      fit within one epoch.
    """
    devices = mesh()
    total = points.seed.shape[0]
    one = jax.tree.map(lambda a: a[0], points)
    size = bytes_per_point(method, one, config.batch_size, cases.inputs.shape[1:])
    width = vmap_width(total, size)
    chunk = width * devices.size
    start, epoch, outputs = _programs(method, config.batch_size, block, width)
    split, everywhere = NamedSharding(devices, P("g")), NamedSharding(devices, P())
    steps = batches_of(seeds.train.shape[1], config.batch_size)[0] * config.epochs
    numbers = (config.learning_rate, config.weight_decay, steps)
    rates = Rates(*(jnp.asarray(x, jnp.float32) for x in numbers))
    orders = _orders(
        np.asarray(jax.random.key_data(points.key)),
        np.asarray(points.seed),
        seeds.train.shape,
    )
    cases_, seeds_, rates_, orders_, index = jax.device_put(
        (cases, seeds, rates, orders, evaluate.astype(np.int32)), everywhere
    )
    chunks = -(-total // chunk)
    name = (method, config.batch_size, block, width)
    for number in range(chunks):
        where = np.arange(number * chunk, min((number + 1) * chunk, total))
        # The last chunk is filled up with copies of its last point: one shape, one program.
        filled = np.pad(where, (0, chunk - len(where)), mode="edge")
        mine = jax.device_put(jax.tree.map(lambda a, f=filled: a[f], points), split)
        state: State = _call(clock, (name, "init"), start, mine)
        done = 0
        waiting = None
        # One epoch is always under way while the one before is reported.
        while done < config.epochs or waiting is not None:
            current = None
            if done < config.epochs:
                state, metrics = _call(
                    clock, (name, "epoch"), epoch, state, mine, orders_, cases_, seeds_, rates_
                )
                done += 1
                current = (done, metrics)
            if waiting is not None:
                number_done, values = waiting
                measured = {k: np.asarray(v)[: len(where)] for k, v in values.items()}
                stale = measured.pop("stale", None)
                yield EpochDone(
                    points=where,
                    epoch=number_done,
                    metrics=measured,
                    fraction=(number + number_done / config.epochs) / chunks,
                )
                if stale is not None and stale.min() >= (method.patience or 0):
                    break
            waiting = current
        best = state.params if state.best is None else state.best
        predicted = _call(clock, (name, "predict"), outputs, best, mine, cases_, index)
        trim = partial(jax.tree.map, partial(_first, len(where)))
        yield ChunkDone(
            points=where,
            params=trim(best),
            outputs=trim(predicted),
            best_loss=np.asarray(state.best_loss)[: len(where)],
            epochs=done,
        )
