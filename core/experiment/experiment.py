"""One run from data set to result: the grid, the correctness model, prices, evaluation."""

import time
from collections.abc import Iterator

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.dataset.splits import lent_by_patient
from core.experiment.artifacts import AREAS
from core.experiment.events import Event, Finished, PointsDone, Progress
from core.experiment.pace import Pace
from core.experiment.plan import Plan, make_plan
from core.methods.rules import RULES

# A method's extra outputs beyond this many numbers are left out of the artifacts.
_MOST_EXTRAS = 20_000_000


def check(dataset: AnnotationSet, config: TrainConfig) -> list[str]:
    """Whether this set can be trained with these settings; cheap, without JAX.

    Returns:
      Warnings in words.

    Raises:
      ConfigError: a setting does not go with this data set.
      BoundsError: the workload bounds cannot be met.
    """
    return list(make_plan(dataset, config).warnings)


def run(dataset: AnnotationSet, config: TrainConfig) -> Iterator[Event]:
    """Train and evaluate the whole grid, targets × seeds.

    Yields:
      `Progress` at least once per epoch, `PointsDone` as grid points finish (rules without
      prices), and at last `Finished`. Closing the generator stops the run within one epoch.

    Raises:
      ConfigError, BoundsError: as `check` does, before any work.
    """
    plan = make_plan(dataset, config)
    return _run(dataset, config, plan)


def _run(dataset: AnnotationSet, config: TrainConfig, plan: Plan) -> Iterator[Event]:
    # JAX takes a second to import: not before there is something to train.
    from core.experiment.grid import Grid
    from core.experiment.kept_models import model_artifacts
    from core.experiment.scored import Scored, assemble

    yield Progress(stage="prepare", fraction=0.0, text="Preparing the data")
    start = time.perf_counter()
    grid = Grid(dataset, config, plan)
    scored = Scored(dataset, config, plan, grid.splits, grid.annotated)
    seconds = {"compile": 0.0, "train": 0.0, "correctness": 0.0, "pricing": 0.0}
    share = grid.method_share
    rules = [RULES[name] for name in reversed(RULES) if name in plan.method.rules]

    # Compiling says nothing about the pace.
    pace = Pace(lambda: time.perf_counter() - start - grid.clock.compile)

    # Expected correctness first: its curve is on screen while the method still trains.
    mark = time.perf_counter()
    for event in grid.fit_correctness():
        if plan.method.trains and event.epoch:
            grid.compile_method()
        yield _placed(event, 0.97 - share, 0.0, pace)
    seconds["correctness"] = time.perf_counter() - mark - grid.clock.compile
    others = [rule for rule in rules if not rule.own]
    mark = time.perf_counter()
    for target, seed in grid.points.pairs:
        model = grid.correctness[seed]
        for rule in others:
            point = scored.add(rule.name, target, seed, model.value, model.ai_answer)
            yield PointsDone(points=[point])
    seconds["pricing"] = time.perf_counter() - mark
    if plan.method.trains:
        mark, compiled = time.perf_counter(), grid.clock.compile
        for done in grid.fit_method():
            if isinstance(done, Progress):
                yield _placed(done, share, 0.97 - share, pace)
            else:
                entries = []
                for trained in done:
                    unpriced = (rule for rule in rules if rule.own and not rule.priced)
                    prices = grid.points.prices(*trained[:2])
                    entries += [scored.add(rule.name, *trained, prices) for rule in unpriced]
                yield PointsDone(points=entries)
        seconds["train"] = time.perf_counter() - mark - (grid.clock.compile - compiled)
    mark = time.perf_counter()
    own = [rule for rule in rules if rule.own and rule.priced]
    for number, (target, seed) in enumerate(grid.points.pairs if own else ()):
        if number % 8 == 0:
            yield Progress(
                stage="pricing",
                fraction=0.97 + 0.03 * number / len(grid.points.pairs),
                text="Fitting prices on validation cases",
            )
        for rule in own:
            scored.add(rule.name, target, seed, *grid.outputs(target, seed))
    seconds["pricing"] += time.perf_counter() - mark
    seconds["compile"] = grid.clock.compile
    seconds["total"] = sum(seconds.values())
    lent = lent_by_patient(dataset, scored.splits[0])
    warnings = [*plan.warnings, *([lent] if lent else []), *grid.warnings]
    result = assemble(scored, seconds, grid.device, warnings, grid.training)
    yield Finished(
        result=result,
        artifacts={
            **grid.output_artifacts(_MOST_EXTRAS),
            **model_artifacts(
                dataset,
                config,
                [seed.model for seed in grid.correctness],
                [e for e, on in zip(dataset.experts, plan.included, strict=True) if not on],
            ),
            AREAS: scored.area_replicates(),
            "history": grid.history(),
        },
    )


def _placed(event: Progress, share: float, before: float, pace: Pace) -> Progress:
    """A stage's progress as progress of the whole run."""
    fraction = min(before + share * event.fraction, 0.99)
    return Progress(
        stage=event.stage,
        fraction=fraction,
        text=event.text,
        # Epoch 0 is that of the AI alone, which is no measure of the points after it.
        seconds_left=pace.left(None if event.epoch == 0 else event.stage, fraction),
        epoch=event.epoch,
        metrics=event.metrics,
    )
