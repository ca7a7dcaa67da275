from dataclasses import replace

import numpy as np
import pytest

from core.config.bounds import Bounds
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.evaluation.intervals import BootstrapWeights
from core.evaluation.oracle import FEWEST
from core.experiment.plan import make_plan
from core.experiment.references import References
from core.results.models import Oracle, RandomPoint
from tests.unit.training.problems import tiny_set


def everyone(cases: int = 240) -> AnnotationSet:
    """A set in which every expert annotated every case."""
    data = tiny_set(cases=cases)
    return replace(data, annotated=np.ones_like(data.annotated))


Lines = dict[str, tuple[RandomPoint, ...] | None]


def summary(data: AnnotationSet, config: TrainConfig) -> tuple[Lines, Oracle]:
    """References of a run whose AI always says the first class."""
    plan = make_plan(data, config)
    tests = len(data.index(Split.TEST))
    found = References(data, config, plan, BootstrapWeights(tests, resamples=50))
    for target in range(len(config.targets)):
        for seed in range(config.seeds):
            chosen = np.arange(tests) % len(data.agents)
            if config.targets[target] == 1.0:
                chosen = np.full(tests, len(data.experts))
            found.add("value", target, seed, np.zeros(tests, int), chosen)
    return found.summary()


def test_with_the_ai_alone_the_best_is_the_ai() -> None:
    data = everyone()
    random, oracle = summary(data, TrainConfig(coverage=(0.0, 1.0), seeds=2))
    truth = data.truth[data.index(Split.TEST)]
    last = oracle.rules["value"][1]
    assert last.target == 1.0
    assert last.accuracy == pytest.approx(np.mean(truth == 0), abs=1e-6)
    assert len(last.per_seed) == 2
    assert random["value"][-1].accuracy == pytest.approx(np.mean(truth == 0))


def test_without_the_ai_free_experts_are_right_where_anyone_is() -> None:
    data = everyone()
    _, oracle = summary(data, TrainConfig(coverage=(0.0, 1.0)))
    test = data.index(Split.TEST)
    anyone = (data.annotations[test] == data.truth[test][:, None]).any(1).mean()
    assert oracle.rules["value"][0].accuracy == pytest.approx(anyone, abs=1e-6)


def test_balanced_experts_can_do_no_better_than_free_ones() -> None:
    data = everyone()
    grid = (0.0, 0.3, 0.6)
    free, balanced = (
        [
            row.accuracy
            for row in summary(data, TrainConfig(coverage=grid, humans=humans))[1].rules["value"]
        ]
        for humans in ("free", "balanced")
    )
    assert (np.array(balanced) <= np.array(free) + 1e-6).all()


def test_only_cases_that_every_expert_annotated_count() -> None:
    data = everyone()
    annotated = data.annotated.copy()
    test = data.index(Split.TEST)
    annotated[test[FEWEST - 1 :], 0] = False
    _, oracle = summary(replace(data, annotated=annotated), TrainConfig(coverage=(0.5,)))
    assert oracle == Oracle(cases=FEWEST - 1, fewest=FEWEST, all_test_cases=False, rules={})


@pytest.mark.parametrize("complete", [True, False])
def test_the_team_is_never_better_than_the_best_on_the_same_cases(complete: bool) -> None:
    data = everyone()
    if not complete:
        annotated = data.annotated.copy()
        annotated[data.index(Split.TEST)[40:], 0] = False
        data = replace(data, annotated=annotated)
    _, oracle = summary(data, TrainConfig(coverage=(0.0, 0.5, 1.0), seeds=2))
    assert oracle.all_test_cases == complete
    for row in oracle.rules["value"]:
        same = row.same_cases
        assert same.team.accuracy <= same.best.accuracy + 1e-6
    # At 100 % there is nothing to choose: all three are the AI, on the same cases.
    for one in (same.team, same.best, row):
        assert one.accuracy == pytest.approx(same.ai.accuracy, abs=1e-6)


def test_an_expert_who_gets_no_cases_need_not_have_annotated_them() -> None:
    data = everyone()
    annotated = data.annotated.copy()
    annotated[:, 0] = data.split != Split.TEST
    first = data.experts[0]
    config = TrainConfig(bounds=Bounds(upper=((first, 0.0),)))
    _, oracle = summary(replace(data, annotated=annotated), config)
    assert oracle.cases == len(data.index(Split.TEST))
    assert oracle.rules["value"][0].target is None
