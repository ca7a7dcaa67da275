"""A test set with holes whose full annotations are known, and ways to hand it out."""

from dataclasses import replace
from typing import Any

import numpy as np

from core.allocation.prices import Prices
from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import Scenario
from core.scenarios.solution import Solution

CLASSES, AGENTS = ("normal", "benign", "cancer"), ("ann", "bob", "AI")
SKILL = (0.9, 0.6)


def panel(
    cases: int = 600, rate: float = 0.4, seed: int = 0, groups: dict[str, Any] | None = None
) -> Scores:
    """Two experts of skill 0.9 and 0.6, an AI of about 0.75, at random."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, cases)
    wrong = (truth[:, None] + rng.integers(1, 3, (cases, 2))) % 3
    said = np.where(rng.random((cases, 2)) < SKILL, truth[:, None], wrong)
    part = CaseScores(
        value=rng.random((cases, 3)).astype(np.float32),
        probabilities=rng.dirichlet(np.ones(3), cases),
        ai_answer=np.where(rng.random(cases) < 0.75, truth, (truth + 1) % 3),
        case_ids=np.array([f"case {i}" for i in range(cases)]),
        groups=groups or {},
    )
    return Scores(
        agents=AGENTS,
        classes=CLASSES,
        validation=part,
        test=part,
        truth=truth,
        annotations=said,
        annotated=rng.random((cases, 2)) >= rate,
        test_index=np.arange(cases),
        seed=0,
    )


def some(scores: Scores, rows: np.ndarray) -> Scores:
    """The same with these test cases only, in this order and as often as they are named."""
    test = scores.test
    return replace(
        scores,
        test=replace(
            test,
            value=test.value[rows],
            probabilities=test.probabilities[rows],
            ai_answer=test.ai_answer[rows],
            case_ids=test.case_ids[rows],
            groups={name: texts[rows] for name, texts in test.groups.items()},
        ),
        truth=scores.truth[rows],
        annotations=scores.annotations[rows],
        annotated=scores.annotated[rows],
        test_index=np.arange(len(rows)),
    )


def solution_of(
    chosen: np.ndarray,
    scenario: Scenario | None = None,
    fatigue_loss: tuple[float, ...] = (0.0, 0.0, 0.0),
    lower: tuple[float, ...] = (0.0, 0.0, 0.0),
    upper: tuple[float, ...] = (1.0, 1.0, 1.0),
) -> Solution:
    """As if a scenario had handed out the cases so."""
    on = np.ones(3, bool)
    return Solution(
        scenario=scenario or Scenario.usual(AGENTS, name="so"),
        lower=np.array(lower),
        upper=np.array(upper),
        prices=Prices(np.zeros(3), np.zeros(3), 0.0, True, "annealed", on),
        chosen=chosen,
        allowed_validation=np.ones((len(chosen), 3), bool),
        fatigue_loss=np.array(fatigue_loss),
        seed=0,
    )
