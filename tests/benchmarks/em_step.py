"""One EM step against plain supervised training of the same networks, interleaved in one run."""

import time
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P

from core.config.train_config import TrainConfig
from core.dataset.batches import Batch
from core.experiment.grid import Grid
from core.experiment.plan import make_plan
from core.methods.mixture import Mixture
from core.training.devices import mesh, vmap_width
from core.training.epoch import batches_of
from core.training.optimiser import Rates
from core.training.programs import programs
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import noisy_digits


@dataclass(frozen=True, kw_only=True)
class Supervised(Mixture):
    """The same networks, each trained on given labels: no E-step, no projection."""

    def loss(self, params: Any, carry: Any, batch: Batch, point: Any) -> Any:
        """Cross-entropy of gate and experts."""
        logits, _ = self.networks.train(params, carry.networks, batch.inputs, batch.weights)
        gate = jnp.take_along_axis(logits.gate, (batch.truth % 3)[:, None], 1)[:, 0]
        experts = jnp.take_along_axis(logits.experts, batch.annotations[..., None], 2)[..., 0]
        loss = -jnp.dot(gate + experts.sum(1), batch.weights) / jnp.sum(batch.weights)
        return loss, (carry, {"loss": loss})


def epoch_seconds(rounds: int = 30) -> tuple[list[float], list[float]]:
    """Seconds per epoch (the points side by side) of EM and of supervised training, in turn."""
    dataset, config = noisy_digits(), TrainConfig(curve="each")
    plan = make_plan(dataset, config)
    grid = Grid(dataset, config, plan)
    em = plan.method.make(grid.network, {"projection": "batch"})
    plain = Supervised(config=em.config, e_step=em.e_step)
    points = grid._points()
    # One on a core, all side by side on a GPU.
    width = vmap_width(len(grid.points.pairs), lambda: 1)
    chosen = np.resize(np.arange(3, 8), mesh().devices.size * width)
    split, everywhere = NamedSharding(mesh(), P("g")), NamedSharding(mesh(), P())
    mine = jax.device_put(jax.tree.map(lambda a: a[chosen], points), split)
    rates = Rates(np.float32(0.02), np.float32(1e-3), np.float32(9000))
    cases, seeds, rates = jax.device_put((grid.cases, grid.seeds, rates), everywhere)
    count = grid.seeds.train.shape[1]
    order = np.random.default_rng(0).permutation(count)[None, None].astype(np.int32)
    told = np.full((1, np.prod(batches_of(count, config.batch_size))), -0.3, np.float32)
    order, told = jax.device_put((order, told), everywhere)
    runs = []
    for method in (em, plain):
        start, epoch, _ = programs(method, config.batch_size, 1024, width)
        state = start(mine)
        state, metrics = epoch(state, mine, order, cases, seeds, rates, told)
        runs.append([epoch, jax.block_until_ready(state), []])
    for _ in range(rounds):
        for run in runs:
            begin = time.perf_counter()
            for _ in range(5):
                run[1], metrics = run[0](run[1], mine, order, cases, seeds, rates, told)
            jax.block_until_ready(metrics)
            run[2].append((time.perf_counter() - begin) / 5)
    return runs[0][2], runs[1][2]


def measure() -> list[Row]:
    """The median ratio over paired runs."""
    em, plain = map(np.asarray, epoch_seconds())
    ratio = float(np.median(em / plain))
    return [
        Row(
            "one EM step against plain supervised training",
            "≤ 1.15 ×",
            f"{ratio:.2f} × ({1e3 * np.median(em):.1f} ms per epoch of all points side by side)",
            ratio <= 1.15,
        )
    ]
