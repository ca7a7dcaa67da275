"""Rules that decide the lesson's new cases, and what they are right about."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int
from scipy.special import logit

from core.allocation.posthoc import posthoc
from core.allocation.prices import fit_prices
from core.allocation.routing import route
from core.base.clusters import Mean, mean_interval
from core.base.shares import wilson
from core.correctness.scores import expected_correctness
from core.correctness.skills import SkillModel, SkillPoint, base_skills
from core.dataset.batches import Batch
from core.em.bounds import WorkloadBounds
from core.evaluation.team import team_of
from core.lesson.learning import batch_of, method_of, scaled
from core.lesson.world import EXPERTS, NEW, TRAIN, VALIDATION, World
from core.training import optimiser
from core.training.optimiser import Rates
from core.training.programs import HASTY

_STEPS, _RATE, _DECAY = 300, 0.01, 0.1


class Decided(NamedTuple):
    """How a rule decides the new cases.

    Attributes:
      agents: of each new case.
      workload: share of the new cases per agent; the last is the coverage.
      accuracy: of the team on the new cases.
      prices: per agent, in the unit of the rule's scores; None where it has none.
      correct: whether each new case is decided right.
    """

    agents: Int[np.ndarray, " n"]
    workload: Float[np.ndarray, " K"]
    accuracy: float
    prices: Float[np.ndarray, " K"] | None
    correct: Bool[np.ndarray, " n"]

    @property
    def coverage(self) -> float:
        """The AI's share of the new cases."""
        return float(self.workload[-1])

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy over cases (Wilson)."""
        return wilson(int(self.correct.sum()), len(self.correct))


def measured(
    world: World,
    agents: Int[np.ndarray, " n"],
    prices: Float[np.ndarray, " K"] | None = None,
    part: slice = NEW,
) -> Decided:
    """Workloads and accuracy of a way to decide new cases, as the program measures them."""
    team = team_of(
        agents,
        world.ai_answer[part],
        world.truth[part],
        world.annotations[part],
        world.annotated[part],
    )
    assert team.accuracy is not None  # new cases have all annotations
    return Decided(agents, team.workload, team.accuracy, prices, team.correct)


def compared(first: Bool[np.ndarray, " n"], second: Bool[np.ndarray, " n"]) -> Mean:
    """Accuracy of one way to decide less that of another, paired by case, with 95 % interval.

    Args:
      first: whether each case is decided right by the one.
      second: the same by the other, on the same cases.
    """
    return mean_interval(first.astype(float) - second.astype(float), None, -1.0, 1.0)


def within(world: World, scores: Float[np.ndarray, "N K"], bounds: WorkloadBounds) -> Decided:
    """New cases decided by scores less prices, which are fitted on validation cases.

    Args:
      world: of the cases.
      scores: of all cases, such as ln g or expected correctness.
      bounds: feasible.
    """
    fitted = fit_prices(scores[VALIDATION], *bounds)
    agents = route(scores[NEW], fitted.prices, allowed=fitted.allowed)
    return measured(world, agents, fitted.prices)


def every_rule(
    world: World,
    log_gate: Float[np.ndarray, "N K"],
    value: Float[np.ndarray, "N K"],
    coverage: float,
) -> dict[str, Decided]:
    """New cases decided with a target for the AI's share, by rule.

    The rules are `gate`, `priced`, `value` and `posthoc`, which looks at the new cases before it
    decides them.

    Args:
      world: of the cases.
      log_gate: ln g of all cases, trained with this target.
      value: expected correctness of all cases.
      coverage: the target.
    """
    bounds = target(coverage)
    return {
        "gate": measured(world, route(log_gate[NEW], None)),
        "posthoc": measured(world, posthoc(log_gate[NEW], coverage)),
        "priced": within(world, log_gate, bounds),
        "value": within(world, value, bounds),
    }


def target(coverage: float) -> WorkloadBounds:
    """Bounds that fix the AI's share and leave the experts free."""
    return WorkloadBounds.for_target(coverage, len(EXPERTS), "free")


def bounds_of(lower: Sequence[float], upper: Sequence[float]) -> WorkloadBounds:
    """Bounds of all agents, the AI last.

    Raises:
      BoundsError: nothing can keep to them; holds the nearest that can be kept to.
    """
    return WorkloadBounds.feasible(lower, upper)


def expected(world: World, seed: int = 0) -> Float[np.ndarray, "N K"]:
    """Expected correctness v of every agent on all cases, learned from the train annotations.

    The program's skill model on the AI's class probabilities, which are calibrated here; one
    network instead of an ensemble, so that it takes no time.
    """
    classes = world.ai.shape[1]
    base = logit(
        base_skills(world.truth[TRAIN], world.annotations[TRAIN], world.annotated[TRAIN], classes)
    )
    with jax.enable_x64(True):
        model = SkillModel(config=method_of(classes).config)
        params, _ = model.init(jax.random.key(seed))
        params = jax.tree.map(lambda a: a.astype(jnp.float64), params)
        point = SkillPoint(jnp.asarray(base))
        inputs = jnp.asarray(scaled(world.inputs))
        parts = batch_of(world, TRAIN), batch_of(world, VALIDATION)
        offsets = np.asarray(_skills(model, params, point, *parts, inputs))
    return expected_correctness(world.ai, base + offsets, world.ai_answer)


@partial(jax.jit, static_argnums=0, compiler_options=HASTY)
def _skills(
    model: SkillModel,
    params: dict,
    point: SkillPoint,
    cases: Batch,
    held_out: Batch,
    inputs: Float[Array, "N 2"],
) -> Float[Array, "N M C"]:
    """h(x) of every case, as it was when the held-out loss was lowest."""
    rates = Rates(jnp.asarray(_RATE), jnp.asarray(_DECAY), jnp.asarray(float(_STEPS)))

    def loss(now: dict) -> Array:
        return model.validation_loss(now, {}, held_out, point)

    def step(count: Array, moved: tuple) -> tuple:
        now, state, best, lowest = moved
        slope = jax.grad(lambda p: model.loss(p, {}, cases, point)[0])(now)
        now, state = optimiser.step(model.optimiser, now, slope, state, count, rates)
        better = (after := loss(now)) < lowest
        best = jax.tree.map(lambda a, b: jnp.where(better, a, b), now, best)
        return now, state, best, jnp.minimum(after, lowest)

    start = params, optimiser.init(model.optimiser, params), params, loss(params)
    best = jax.lax.fori_loop(0, _STEPS, step, start)[2]
    return model.predict(best, {}, cases._replace(inputs=inputs), point)
