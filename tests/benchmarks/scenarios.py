"""Random scenarios on trained models: do hard workloads keep their bounds on unseen cases?"""

from collections.abc import Callable, Iterator

import numpy as np

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AI, AnnotationSet
from core.experiment.events import Finished
from core.experiment.experiment import run
from core.library.samples import SAMPLES, load_sample
from core.reading.read import read
from core.record.scenario_scores import scores_from
from core.scenarios.nearest import obstacle
from core.scenarios.scores import Scores
from core.scenarios.settings import AINever, Guard, NoSuspects, Scenario
from core.scenarios.solution import solve
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import many_experts, noisy_digits
from tests.unit.reading.test_shared_sets import SHARED

SEEDS, SCENARIOS = 5, 20
_EPOCHS = 20


def random_scenario(rng: np.random.Generator, data: AnnotationSet) -> Scenario:
    """A day as people set it: some bounded, some off duty, a rule now and then."""
    scenario = Scenario.usual(data.agents, off_duty=data.excluded_experts)
    experts = [name for name in data.experts if name not in data.excluded_experts]
    share = float(np.round(rng.uniform(0.2, 0.7), 2))
    width = float(rng.choice([0.0, 0.1, 0.2]))
    scenario = scenario.with_terms(AI, minimum=share, maximum=min(round(share + width, 3), 1.0))
    left = 1.0 - share
    for name in rng.permutation(experts):
        kind = rng.integers(4)
        each = left / len(experts)
        if kind == 0 and len(experts) > 2:
            scenario = scenario.with_terms(str(name), on_duty=False)
        elif kind == 1:
            scenario = scenario.with_terms(str(name), maximum=round(1.5 * each, 3))
        elif kind == 2:
            scenario = scenario.with_terms(str(name), minimum=round(0.5 * each, 3))
    guards: list[Guard] = []
    if rng.random() < 0.3:
        calls, risk = rng.choice(data.classes, 2, replace=False)
        guards.append(AINever(risk=str(risk), calls=str(calls), above=0.05))
    if rng.random() < 0.3:
        expert, suspect = str(rng.choice(experts)), str(rng.choice(data.classes))
        guards.append(NoSuspects(expert=expert, suspect=suspect, above=0.3))
    return Scenario(agents=scenario.agents, guards=tuple(guards))


def trained(data: AnnotationSet) -> Iterator[Scores]:
    """Scores of a model of each seed."""
    config = TrainConfig(method="correctness", coverage=(0.5,), seeds=SEEDS, epochs=_EPOCHS)
    *_, last = run(data, config)
    assert isinstance(last, Finished)
    for seed in config.seed_list:
        yield scores_from(last.artifacts[f"outputs_seed{seed}"], data, seed)


def worst_miss(models: list[Scores], data: AnnotationSet) -> tuple[float, float, int, int]:
    """Over the scenarios, of the mean workload over seeds.

    Returns:
      The worst miss of a bound, a share; the greatest share of what is allowed that any took;
      bounds checked; scenarios that had to be mended first.
    """
    worst, used, bounds, mended = 0.0, 0.0, 0, 0
    for number in range(SCENARIOS):
        scenario = random_scenario(np.random.default_rng(number), data)
        for scores in models:  # feasible for all seeds, or the mean would mix scenarios
            if (found := obstacle(scenario, scores)) is not None:
                assert found.nearest is not None, found.reason
                scenario, mended = found.nearest, mended + 1
        answers = [(solve(scenario, scores), scores) for scores in models]
        share = np.mean(
            [np.bincount(s.chosen, minlength=len(s.lower)) / len(s.chosen) for s, _ in answers], 0
        )
        lower, upper = answers[0][0].lower, answers[0][0].upper
        off = np.array([not t.on_duty for t in scenario.terms])
        assert (share[off] == 0.0).all(), "somebody off duty got a case"
        samples = np.mean([1 / len(s.validation) + 1 / len(s.test) for _, s in answers])
        for miss, bound in ((lower - share, lower), (share - upper, upper)):
            bounded = ~off & (bound > 0) & (bound < 1)
            allowed = 0.02 + 2 * np.sqrt(bound * (1 - bound) * samples)
            bounds += int(bounded.sum())
            worst = max(worst, float(np.where(bounded, miss, 0.0).max()))
            used = max(used, float(np.where(bounded, miss / allowed, 0.0).max()))
    return worst, used, bounds, mended


def sets() -> dict[str, Callable[[], AnnotationSet] | None]:
    """The five sets; None for one that is not there."""
    panel = SHARED / "broward_panel"
    return {
        **{name: lambda name=name: load_sample(name)[0] for name in SAMPLES},
        "noisy digits": noisy_digits,
        "many experts": many_experts,
        "broward panel": (lambda: read(panel)[0]) if panel.is_dir() else None,
    }


def measure() -> list[Row]:
    """Each set trained once with several seeds, the mean workload over them against the bounds."""
    rows = []
    for name, load in sets().items():
        what = f"{name}: workloads on unseen cases, {SCENARIOS} random scenarios, {SEEDS} seeds"
        budget = "within 0.02 + 2 standard errors"
        if load is None:
            rows.append(Row(what, budget, f"skipped: no {SHARED.name}/broward_panel here", None))
            continue
        data = load()
        worst, used, bounds, mended = worst_miss(list(trained(data)), data)
        told = f"worst mean miss {worst:.3f} of {bounds} bounds, {used:.0%} of what is allowed"
        if mended:
            told += f" ({mended} mended first)"
        rows.append(Row(what, budget, told, used <= 1.0))
    return rows
