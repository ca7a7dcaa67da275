"""On a GPU: points side by side, the rate reached, image networks, products of fewer bits.

What fewer bits change in the answer is measured by `products`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment.grid import Grid
from core.experiment.plan import make_plan
from core.models.network import network as make_network
from core.training.devices import device_name, mesh
from core.training.epoch import batches_of
from core.training.loop import EpochDone, Fit, FitConfig
from tests.benchmarks.grid import FLOP, curve_seconds
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import noisy_digits, pictures

# (targets, seeds): points side by side.
WIDTHS = ((1, 1), (2, 1), (4, 1), (11, 1), (11, 5))
EPOCHS = 12
# What JAX calls the products; None is its own choice, on these GPUs TF32.
PRECISIONS = {"float32": "highest", "JAX's own": None, "bfloat16": "BF16_BF16_F32"}
_ON_CPU = "from tests.benchmarks.gpu import on_cpu; on_cpu()"


@contextmanager
def products(precision: str | None) -> Iterator[None]:
    """All products traced inside have this precision; programs are told apart by it."""
    before = jax.config.values["jax_default_matmul_precision"]
    jax.config.update("jax_default_matmul_precision", precision)
    try:
        yield
    finally:
        jax.config.update("jax_default_matmul_precision", before)


def coverage(targets: int) -> tuple[float, ...]:
    """So many targets, evenly spread."""
    return tuple(round(float(c), 3) for c in np.linspace(0.0, 1.0, targets + 2)[1:-1])


class Epochs:
    """The mixtures of a grid, without their AI; compiling begins when it is made."""

    def __init__(self, dataset: AnnotationSet, config: TrainConfig):
        plan = make_plan(dataset, config)
        grid = Grid(dataset, config, plan)
        self.network, self.points = grid.network, len(grid.points.pairs)
        train = grid.seeds.train.shape
        self.cases = train[1]
        numbers = FitConfig(
            epochs=EPOCHS,
            batch_size=config.batch_size,
            learning_rate=plan.network.learning_rate,
            weight_decay=plan.network.weight_decay,
        )
        evaluate = np.stack([s.validation for s in grid.splits])
        method = plan.method.make(grid.network, dict(config.settings))
        self._fit = Fit(
            method,
            grid._points(),
            grid.cases,
            grid.seeds,
            evaluate,
            numbers,
            clock=grid.clock,
            learned_ai=True,
        )
        rows = int(np.prod(batches_of(train[1], config.batch_size)))
        self._told = [np.full((train[0], rows), -0.3, np.float32)] * EPOCHS

    def seconds(self) -> float:
        """Median seconds of an epoch of all points."""
        marks = []
        for event in self._fit.run(self._told):
            if isinstance(event, EpochDone) and len(event.points):
                marks.append(time.perf_counter())
        return float(np.median(np.diff(marks[1:])))

    def flop(self) -> float:
        """Of one epoch's products, forward and backward, over all points."""
        network = self.network
        stacked = network.experts if network.separate_experts else 1
        outputs = network.classes * (1 if network.separate_experts else network.experts)
        per_case = _multiplications(network, network.experts + 1)
        per_case += stacked * _multiplications(network, outputs)
        return 3 * 2 * per_case * self.cases * self.points


def _multiplications(network: Any, outputs: int) -> float:
    """Multiplications of one case's forward pass, from the shapes of the layers' products."""
    params, _ = jax.eval_shape(make_network(network, outputs).init, jax.random.key(0))
    shapes = [leaf.shape for leaf in jax.tree.leaves(params) if leaf.ndim == 2]
    if network.kind == "mlp":
        return float(sum(a * b for a, b in shapes))
    total, side = 0.0, network.input_shape[0]
    for _, layer in sorted(params["layers"].items()):
        side = -(-side // 2)
        total += side * side * float(np.prod(layer["kernel"].shape))
    return total + float(sum(np.prod(params[n]["kernel"].shape) for n in ("dense", "head")))


def rate(size: int, batch: int, kind: Any = jnp.float32) -> float:
    """FLOP per second of a batch of square products, on random numbers."""
    x, w = (
        jax.random.normal(jax.random.key(k), (batch, size, size)).astype(kind) / size**0.5
        for k in (0, 1)
    )

    @jax.jit
    def chain(x: jax.Array, w: jax.Array) -> jax.Array:
        return jax.lax.fori_loop(0, 20, lambda _, c: (c @ w).astype(kind), x)

    jax.block_until_ready(chain(x, w))
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        jax.block_until_ready(chain(x, w))
        seconds.append(time.perf_counter() - start)
    return 20 * batch * 2 * size**3 / float(np.median(seconds))


def on_cpu() -> None:
    """Prints the seconds of the whole curve's training in a process that sees no GPU."""
    from core.training.devices import configure

    configure()
    curve_seconds()
    print(min(curve_seconds()[0] for _ in range(2)), device_name(), sep="|")


def _curve() -> Iterator[Row]:
    cold, compiling, _ = curve_seconds()
    seconds = float(np.median([curve_seconds()[0] for _ in range(3)]))
    yield Row(
        "whole curve on a GPU: cold, and training alone",
        "≤ 6 s cold",
        f"{cold:.1f} s, of which {compiling:.1f} s compiling; {seconds:.2f} s "
        f"({FLOP / seconds / 1e9:.0f} GFLOP/s, counting 420 GFLOP)",
        cold <= 6,
    )
    done = subprocess.run(
        [sys.executable, "-c", _ON_CPU],
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    told = done.stdout.strip().rpartition("\n")[2].partition("|")
    measured = f"failed: {done.stderr.strip()[-200:]}"
    if done.returncode == 0:
        measured = f"{float(told[0]):.2f} s ({told[2]}), {float(told[0]) / seconds:.1f} × the GPU's"
    yield Row("training alone on this machine's CPU", "—", measured, None)


def _widths() -> Iterator[Row]:
    shapes = [(t, s, TrainConfig(coverage=coverage(t), seeds=s)) for t, s in WIDTHS]
    made = [(t * s, Epochs(noisy_digits(), config)) for t, s, config in shapes]
    for width, epochs in made:
        epochs.seconds()
        seconds = epochs.seconds()
        yield Row(
            f"MLP 128-128, {width} points side by side",
            "—",
            f"{1e3 * seconds:.1f} ms per epoch, {width / seconds / 60:.1f} points of 60 epochs a "
            f"second, {epochs.flop() / seconds / 1e12:.2f} TFLOP/s",
            None,
        )


def _rates() -> Iterator[Row]:
    for name, precision in PRECISIONS.items():
        with products(precision):
            small, large = rate(128, 55), rate(4096, 1)
        yield Row(
            f"rate of products, {name}",
            "—",
            f"{small / 1e12:.1f} TFLOP/s for 55 of 128-wide side by side, "
            f"{large / 1e12:.0f} for one 4096-wide",
            None,
        )


def _pictures() -> Iterator[Row]:
    small, large = (1797, 16, "shared"), (6000, 32, "shared")
    wanted = [(kind, name) for kind in (small, large) for name in PRECISIONS]
    wanted.append(((6000, 32, "separate"), "JAX's own"))
    made = []
    # All are made first, so that their programs compile side by side.
    for (cases, side, experts), name in wanted:
        config = TrainConfig(coverage=coverage(11), network="cnn", expert_networks=experts)
        with products(PRECISIONS[name]):
            made.append(Epochs(pictures(cases, side), config))
    for ((cases, side, experts), name), epochs in zip(wanted, made, strict=True):
        epochs.seconds()
        seconds = epochs.seconds()
        yield Row(
            f"small CNN, {cases:,} images of {side} × {side}, 3 experts ({experts}), "
            f"{epochs.points} points, {name}",
            "—",
            f"{1e3 * seconds / epochs.points:.2f} ms per epoch and point, "
            f"{epochs.flop() / seconds / 1e12:.2f} TFLOP/s",
            None,
        )


def guarded(parts: tuple[Callable[[], Iterator[Row]], ...]) -> Iterator[Row]:
    """The rows of all parts; one that fails must not hide the others."""
    if mesh().devices.flat[0].platform == "cpu":
        yield Row("a grid on a GPU", "see README", "no GPU here", None)
        return
    for part in parts:
        try:
            yield from part()
        except Exception as error:
            yield Row(part.__name__.strip("_"), "—", f"{type(error).__name__}: {error}"[:300], None)


def measure() -> Iterator[Row]:
    """Times; a row is given as soon as it is measured."""
    yield from guarded((_curve, _widths, _pictures, _rates))
