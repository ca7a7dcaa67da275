"""One control of a scenario moved: its whole answer, with every interval."""

import time

import numpy as np

from core.evaluation.intervals import BootstrapWeights
from core.scenarios.answer import answer
from core.scenarios.nearest import obstacle
from core.scenarios.outcomes import as_recorded
from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import AINever, Scenario
from core.scenarios.solution import solve
from tests.benchmarks.rows import Row

CASES, AGENTS, CLASSES = 10_000, 9, 4
REPEATS = 9


def made_up_scores(
    cases: int = CASES, agents: int = AGENTS, classes: int = CLASSES, seed: int = 0
) -> Scores:
    """A model's scores of as many validation as test cases, in eight groups."""
    rng = np.random.default_rng(seed)
    skill = np.log(9 * rng.uniform(0.6, 1.4, agents))
    names = (*(f"expert {m}" for m in range(1, agents)), "AI")

    def part(name: str) -> CaseScores:
        ability = 1 / (1 + np.exp(-skill - rng.normal(size=(cases, agents))))
        logits = 2.5 * rng.normal(size=(cases, classes))
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        ability[:, -1] = p.max(1)
        return CaseScores(
            value=ability.astype(np.float32),
            probabilities=p.astype(np.float32),
            ai_answer=p.argmax(1),
            case_ids=np.array([f"{name} {i}" for i in range(cases)]),
            groups={"site": np.array([f"site {k}" for k in rng.integers(0, 8, cases)])},
        )

    validation, test = part("validation"), part("test")
    truth = (test.probabilities.cumsum(1) < rng.random((cases, 1))).sum(1).clip(0, classes - 1)
    right = rng.random((cases, agents - 1)) < test.value[:, :-1]
    wrong = (truth[:, None] + rng.integers(1, classes, right.shape)) % classes
    return Scores(
        agents=names,
        classes=tuple(f"class {c}" for c in range(classes)),
        validation=validation,
        test=test,
        truth=truth,
        annotations=np.where(right, truth[:, None], wrong).astype(np.int32),
        annotated=rng.random((cases, agents - 1)) < 0.5,
        test_index=np.arange(cases),
        seed=seed,
    )


def measure() -> list[Row]:
    """Controls moved one after the other, the resamples drawn beforehand."""
    scores = made_up_scores()
    weights = BootstrapWeights(CASES)
    baseline = as_recorded(scores, weights)
    plain = Scenario.usual(scores.agents, cases_per_day=200)
    for name in scores.agents[:-1]:
        plain = plain.with_terms(name, minimum=0.02, maximum=0.1, minutes=5.0, comfortable=15)
    guard = AINever(risk="class 1", calls="class 0", above=0.2)
    moved = [plain.with_terms("AI", minimum=v, maximum=v) for v in (0.3, 0.34, 0.38, 0.42, 0.46)]
    moved += [plain.with_terms(f"expert {m}", maximum=0.06) for m in (1, 4)]
    moved += [plain.with_terms("expert 2", on_duty=False, minimum=0.0)]
    moved += [Scenario.from_dict(plain.to_dict() | {"cases_per_day": 260})]
    moved += [Scenario.from_dict(plain.to_dict() | {"guards": [_plain(guard)]})]
    moved += [Scenario.from_dict(plain.to_dict() | {"tiring": 2.0})]
    answer(solve(plain, scores), scores, weights, baseline=baseline, class_index=1)
    found = np.zeros((REPEATS, len(moved), 2))
    for times in found:
        for scenario, two in zip(moved, times, strict=True):
            # As the page does it: always from nothing, so that a link shows the same figures.
            begin = time.perf_counter()
            assert obstacle(scenario, scores) is None
            solution = solve(scenario, scores)
            middle = time.perf_counter()
            answer(solution, scores, weights, baseline=baseline, class_index=1)
            two[:] = middle - begin, time.perf_counter() - middle
    solving, telling = 1e3 * np.median(found, axis=0).T
    whole = 1e3 * np.median(found.sum(2), axis=0)
    return [
        Row(
            what=f"scenario: one control moved → whole answer, {CASES:,} cases, {AGENTS} agents",
            budget="each control ≤ 50 ms in core",
            measured=(
                f"{np.median(whole):.0f} ms (allocation {np.median(solving):.0f} ms, figures with "
                f"intervals {np.median(telling):.0f} ms); slowest control {whole.max():.0f} ms, "
                f"tiredness {whole[-1]:.0f} ms; medians of {REPEATS}"
            ),
            met=bool(whole.max() <= 50),
        )
    ]


def _plain(guard: AINever) -> dict[str, object]:
    return {"kind": "ai_never", "risk": guard.risk, "calls": guard.calls, "above": guard.above}
