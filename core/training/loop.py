"""The one loop that fits every method on a whole grid: chunks of points, an epoch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P
from jax.tree_util import DictKey
from jaxtyping import Int

from core.dataset.batches import Cases, Seeds
from core.methods.protocol import Model
from core.models.registry import spec_of
from core.training.devices import mesh, vmap_width
from core.training.epoch import Points, State, batches_of, init_state
from core.training.optimiser import Rates
from core.training.programs import (
    HASTY,
    Clock,
    over_grid,
    program,
    programs,
    ready,
    shapes_of,
)


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
      record: what the method records case by case, [P, n] in the epoch's order; None otherwise.
    """

    points: np.ndarray
    epoch: int
    metrics: dict[str, np.ndarray]
    fraction: float
    record: np.ndarray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkDone:
    """Points that have finished.

    Attributes:
      points: grid positions. params, carry: as they were at the best epoch, stacked.
      outputs: what `predict` gave for the evaluation cases, stacked.
      best_loss: best validation loss per point (infinite without early stopping).
      epochs: epochs run.
    """

    points: np.ndarray
    params: Any
    carry: Any
    outputs: Any
    best_loss: np.ndarray
    epochs: int


# Case positions kept as orders on the device, and values per case and epoch: 80 MB of each.
_MOST_ORDERED = 20_000_000
# Orders per seed, whatever the number of epochs: another number must compile nothing.
_ORDERS = 64


def bytes_per_point(method: Model, point: Points, cases: int, inputs: tuple[int, ...]) -> int:
    """Rough memory of one grid point: its state several times over, and its activations.

    Args:
      method: what is fitted.
      point: one grid point.
      cases: that pass through its networks at once, with their gradients.
      inputs: shape of a case's inputs.
    """
    state = jax.eval_shape(partial(init_state, method), point)
    held = sum(np.prod(leaf.shape) * 4 for leaf in jax.tree.leaves(state))
    # Every layer's outputs and what the backward pass makes of them, network by network.
    kernels = [leaf for leaf in jax.tree.leaves(state.params) if leaf.ndim > 1]
    active = 4 * sum(leaf.size // leaf.shape[-2] for leaf in kernels)
    if more := spec_of(method.config).floats(inputs):
        active += more * _networks(state.params, spec_of(method.config).head)
    return int(3 * held + 4 * cases * (active + 20_000))


def _networks(params: Any, head: str) -> int:
    """How many networks, stacked or not: each has one layer that gives its logits."""
    kernels: dict[Any, Any] = {}
    for path, leaf in jax.tree.leaves_with_path(params):
        if (key := DictKey(head)) in path:
            layer = path[: path.index(key)]
            kernels[layer] = max(leaf, kernels.get(layer, leaf), key=lambda a: a.size)
    return sum(k.size // (k.shape[-2] * k.shape[-1]) for k in kernels.values())


def _orders(points: Points, shape: tuple[int, ...]) -> Int[np.ndarray, "S E n"]:
    """The order of the train cases per seed and epoch.

    Seeds draw from their first point's key, so all points of a seed see the same batches and
    differences along a curve are the bounds' alone. Long fits come round to the same orders.
    """
    keys, rows = np.asarray(points.key), np.asarray(points.seed)
    seeds, cases = shape
    first = [int(np.argmax(rows == s)) for s in range(seeds)]
    streams = [np.random.default_rng([int(k) for k in keys[at].ravel()]) for at in first]
    most = max(min(_ORDERS, _MOST_ORDERED // (seeds * cases)), 1)
    base = np.broadcast_to(np.arange(cases, dtype=np.int32), (most, cases))
    return np.stack([stream.permuted(base, axis=1) for stream in streams])


def _first(count: int, array: Any) -> np.ndarray:
    return np.asarray(array)[:count]


class Fit:
    """A fit of every grid point, whose programs begin to compile when it is made.

    Points of earlier chunks are done before later ones start.

    Args:
      method: what to fit.
      points: the grid, G points.
      cases: every case of the set, shared by all points.
      seeds: splits and masks per seed.
      evaluate: case positions to predict for, [S, n].
      config: epochs, batch size and rates.
      clock: records the time spent compiling.
      block: cases predicted at a time.
      learned_ai: whether `run` gets `ai_log`.
    """

    def __init__(
        self,
        method: Model,
        points: Points,
        cases: Cases,
        seeds: Seeds,
        evaluate: np.ndarray,
        config: FitConfig,
        *,
        clock: Clock,
        block: int = 1024,
        learned_ai: bool = False,
    ):
        self._method, self._points, self._config, self._clock = method, points, config, clock
        devices = mesh()
        self._total = points.seed.shape[0]
        one = jax.tree.map(lambda a: a[0], points)
        # Without gradients the networks see more cases at once, at about a third of the memory.
        checked = 0 if method.patience is None else seeds.validation.shape[1]
        most = max(config.batch_size, block // 3, checked // 3)
        size = partial(bytes_per_point, method, one, most, cases.inputs.shape[1:])
        width = vmap_width(self._total, size)
        self._chunk = width * devices.size
        self._split, self._everywhere = over_grid(), NamedSharding(devices, P())
        steps, rows = batches_of(seeds.train.shape[1], config.batch_size)
        numbers = (config.learning_rate, config.weight_decay, steps * config.epochs)
        self._rates, self._cases, seeds_, orders, self._index = jax.device_put(
            (
                Rates(*(np.asarray(x, np.float32) for x in numbers)),
                cases,
                seeds,
                _orders(points, seeds.train.shape),
                evaluate.astype(np.int32),
            ),
            self._everywhere,
        )
        self._shared = orders, self._cases, seeds_, self._rates
        ai_log_size = steps * rows if learned_ai else 0
        self._no_ai_log = np.zeros((seeds.train.shape[0], ai_log_size), np.float32)
        name = (method, config.batch_size, block, width)
        start, epoch, outputs = programs(*name)
        mine, ai_log = self._own(0)[1], self._put(self._no_ai_log)
        state = shapes_of(start, mine)
        self._epoch = program(clock, (name, "epoch"), epoch, state, mine, *self._shared, ai_log)
        hasty = HASTY if devices.devices.flat[0].platform == "cpu" else None
        self._start = program(clock, (name, "init"), start, mine, options=hasty)
        self._outputs = program(
            clock, (name, "predict"), outputs, state.trained, mine, self._cases, self._index
        )

    def _put(self, arrays: Any) -> Any:
        return jax.device_put(arrays, self._everywhere)

    def _own(self, number: int) -> tuple[np.ndarray, Points]:
        """Grid positions of a chunk, and its points on their devices."""
        where = np.arange(number * self._chunk, min((number + 1) * self._chunk, self._total))
        # The last chunk is filled up with copies of its last point: one shape, one program.
        filled = np.pad(where, (0, self._chunk - len(where)), mode="edge")
        return where, jax.device_put(jax.tree.map(lambda a: a[filled], self._points), self._split)

    def run(self, ai_log: Sequence[np.ndarray] | None = None) -> Iterator[EpochDone | ChunkDone]:
        """Train; closing the generator stops within one epoch.

        Args:
          ai_log: per epoch a learned AI's log-probability of each case's ground truth, [S, n].

        Yields:
          `EpochDone` per epoch and chunk, `ChunkDone` per chunk.
        """
        epochs, patience = self._config.epochs, self._method.patience or 0
        chunks = -(-self._total // self._chunk)
        step = ready(self._clock, self._epoch)
        # On the devices once for all chunks: a transfer takes the host a millisecond of a core
        # that trains. Only what would fill the memory goes epoch by epoch.
        rows = list(ai_log or [self._no_ai_log])
        placed = self._put(rows) if sum(row.size for row in rows) <= _MOST_ORDERED else rows
        for number in range(chunks):
            where, mine = self._own(number)
            state: State = ready(self._clock, self._start)(mine)
            done = 0
            waiting = None
            # One epoch is always under way while the one before is reported.
            while done < epochs or waiting is not None:
                current = None
                if done < epochs:
                    ai_log_now = placed[done if ai_log else 0]
                    if placed is rows:
                        ai_log_now = self._put(ai_log_now)
                    state, metrics = step(state, mine, *self._shared, ai_log_now)
                    done += 1
                    current = (done, metrics)
                if waiting is not None:
                    event, stale = self._report(waiting, where, (number, chunks))
                    yield event
                    if stale is not None and stale.min() >= patience:
                        break
                waiting = current
            best = state.trained
            predicted = ready(self._clock, self._outputs)(best, mine, self._cases, self._index)
            trim = partial(jax.tree.map, partial(_first, len(where)))
            params, carry = trim(best)
            yield ChunkDone(
                points=where,
                params=params,
                carry=carry,
                outputs=trim(predicted),
                best_loss=np.asarray(state.best_loss)[: len(where)],
                epochs=done,
            )

    def _report(
        self, waiting: tuple[int, dict[str, Any]], where: np.ndarray, chunk: tuple[int, int]
    ) -> tuple[EpochDone, np.ndarray | None]:
        """An epoch's event, and how long its points have not got better."""
        epoch, values = waiting
        measured = {name: _first(len(where), value) for name, value in values.items()}
        stale = measured.pop("stale", None)
        record = measured.pop(self._method.record, None) if self._method.record else None
        event = EpochDone(
            points=where,
            epoch=epoch,
            metrics=measured,
            fraction=(chunk[0] + epoch / self._config.epochs) / chunk[1],
            record=record,
        )
        return event, stale


def fit(
    method: Model,
    points: Points,
    cases: Cases,
    seeds: Seeds,
    evaluate: np.ndarray,
    config: FitConfig,
    *,
    clock: Clock,
) -> Iterator[EpochDone | ChunkDone]:
    """`Fit` and run at once, for what needs no AI."""
    return Fit(method, points, cases, seeds, evaluate, config, clock=clock).run()
