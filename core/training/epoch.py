"""One epoch of one grid point under `lax.scan`, compiled once for a whole grid."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt32

from core.dataset.batches import Batch, Cases, Seeds
from core.methods.protocol import Model
from core.models.spec import Params
from core.training import optimiser
from core.training.optimiser import Rates
from core.training.steps import batches_of


class Points(NamedTuple):
    """Grid points, stacked along the grid axis G.

    Attributes:
      key: raw data of one PRNG key per point (`key_data`); points of one seed share it, so
        they differ only in bounds.
      seed: row of `Seeds` the point trains on.
      fold: fold of train left out, -1 for none.
      setting: what the method calls `point` (workload bounds, for example).
    """

    key: UInt32[Array | np.ndarray, "G 2"]
    seed: Int[Array | np.ndarray, " G"]
    fold: Int[Array | np.ndarray, " G"]
    setting: Any


class State(NamedTuple):
    """What training changes, per grid point: all that going on later would need.

    Attributes:
      params: moved by gradients. optimiser: its state.
      carry: what the method takes from batch to batch, its networks' statistics among it.
      epoch: epochs done.
      best: parameters and carry at the best validation loss; None without early stopping.
      best_loss: that loss. stale: epochs since.
    """

    params: Params
    optimiser: Any
    carry: Any
    epoch: Int[Array, ""]
    best: tuple[Params, Any] | None
    best_loss: Float[Array, ""]
    stale: Int[Array, ""]

    @property
    def trained(self) -> tuple[Params, Any]:
        """Parameters and carry to predict with."""
        return (self.params, self.carry) if self.best is None else self.best


def init_state(method: Model, point: Points) -> State:
    """The state of one grid point before its first epoch."""
    params, carry = method.init(jax.random.wrap_key_data(jnp.asarray(point.key)))
    return State(
        params=params,
        optimiser=optimiser.init(method.optimiser, params),
        carry=carry,
        epoch=jnp.zeros((), jnp.int32),
        # Without early stopping nothing is kept twice.
        best=None if method.patience is None else jax.tree.map(jnp.copy, (params, carry)),
        best_loss=jnp.array(jnp.inf),
        stale=jnp.zeros((), jnp.int32),
    )


def take(
    cases: Cases, annotated: Array, index: Array, weights: Array, log_ai: Array | None = None
) -> Batch:
    """The batch of some case positions; images become floats.

    `log_ai` is ln Pr(ground truth) under a learned AI; without it an external AI's own, or 0.
    """
    inputs, truth = cases.inputs[index], cases.truth[index]
    given = cases.ai_log.shape[1] > 0
    if log_ai is None:
        log_ai = cases.ai_log[index, truth] if given else jnp.zeros(index.shape)
    return Batch(
        inputs=inputs.astype(jnp.float32) / 255.0 if inputs.dtype == jnp.uint8 else inputs,
        truth=truth,
        annotations=cases.annotations[index],
        annotated=annotated[index],
        log_ai=log_ai,
        weights=weights,
        external=cases.ai_log[index] if given else None,
    )


def _of_seed(cases: Cases, seed: Array | np.ndarray) -> Cases:
    """The cases with the annotations of one seed, where these differ."""
    if cases.annotations.ndim == 2:
        return cases
    return cases._replace(annotations=cases.annotations[seed])


def run_epoch(
    method: Model,
    batch_size: int,
    state: State,
    point: Points,
    orders: Int[Array, "S E n"],
    cases: Cases,
    seeds: Seeds,
    rates: Rates,
    ai_log: Float[Array, "S n"] | Float[Array, "S 0"],
) -> tuple[State, dict[str, Array]]:
    """One pass over the train cases of one grid point, in its seed's order for this epoch.

    Orders come from the host: shuffling inside would be a sort to compile and to run. `ai_log` is a
    learned AI's log-probability of each case's ground truth in this epoch, in the same order.

    Returns:
      The next state and the epoch's mean metrics; with early stopping also `validation_loss` and
      `stale`, the epochs since it was best; a method's `record` as it is, a value per case.
    """
    train, annotated, folds = (
        row[point.seed] for row in (seeds.train, seeds.annotated, seeds.folds)
    )
    cases = _of_seed(cases, point.seed)
    count = train.shape[0]
    steps, size = batches_of(count, batch_size)
    order = orders[point.seed, state.epoch % orders.shape[1]]
    order = jnp.pad(order, (0, steps * size - count))
    real = (jnp.arange(steps * size) < count) & (folds[order] != point.fold)
    columns = [train[order], real.astype(jnp.float32)]
    if ai_log.shape[1]:
        columns.append(ai_log[point.seed])
    rows = tuple(column.reshape(steps, size) for column in columns)

    def step(carried: tuple, row: tuple[Array, ...]) -> tuple[tuple, dict[str, Array]]:
        params, opt_state, carry, number = carried
        batch = take(cases, annotated, *row)
        (_, (carry, metrics)), grads = jax.value_and_grad(method.loss, has_aux=True)(
            params, carry, batch, point.setting
        )
        params, opt_state = optimiser.step(
            method.optimiser, params, grads, opt_state, number, rates
        )
        return (params, opt_state, carry, number + 1), metrics

    first = (state.params, state.optimiser, state.carry, state.epoch * steps)
    (params, opt_state, carry, _), per_step = jax.lax.scan(step, first, rows)
    metrics = {
        name: values.reshape(-1) if name == method.record else jnp.mean(values)
        for name, values in per_step.items()
    }
    best, best_loss, stale = state.best, state.best_loss, state.stale
    if method.patience is not None:
        index = seeds.validation[point.seed]
        batch = take(cases, annotated, index, jnp.ones(index.shape[0]))
        loss = method.validation_loss(params, carry, batch, point.setting)
        # A point that has waited long enough has stopped, even while others of its chunk go on:
        # what it ends with must not depend on how many share the device.
        better = (loss < best_loss) & (stale < method.patience)
        now = params, carry
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), now, best)
        best_loss = jnp.where(better, loss, best_loss)
        stale = jnp.where(better, 0, stale + 1)
        metrics |= {"validation_loss": loss, "stale": stale}
    return State(params, opt_state, carry, state.epoch + 1, best, best_loss, stale), metrics


def predict(
    method: Model,
    block: int,
    trained: tuple[Params, Any],
    point: Points,
    cases: Cases,
    index: Int[Array, "S n"],
) -> Any:
    """Outputs of one grid point for its seed's cases, `block` cases at a time."""
    rows, cases = index[point.seed], _of_seed(cases, point.seed)
    count = rows.shape[0]
    block = min(block, count)
    blocks = -(-count // block)
    rows = jnp.pad(rows, (0, blocks * block - count)).reshape(blocks, block)
    nobody = jnp.zeros(cases.annotations.shape, bool)

    def one(positions: Array) -> Any:
        batch = take(cases, nobody, positions, jnp.ones(block))
        return method.predict(*trained, batch, point.setting)

    outputs = jax.lax.map(one, rows)
    return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:])[:count], outputs)


def over_points(function: Any, width: int, mapped: int) -> Any:
    """A function of one point over a device's own points.

    Args:
      function: of `mapped` arguments that differ between points, then shared ones.
      width: points per device.
      mapped: how many leading arguments carry the grid axis.
    """

    def over(*args: Any) -> Any:
        own, shared = args[:mapped], args[mapped:]
        if width > 1:
            axes = (*(0 for _ in own), *(None for _ in shared))
            return jax.vmap(function, axes)(*own, *shared)
        # A vmap of one would only wrap every product and loop; drop the axis instead.
        single = jax.tree.map(lambda a: a[0], own)
        return jax.tree.map(lambda a: a[None], function(*single, *shared))

    return over
