"""Scores that look like a model's, for tests of scenarios."""

import numpy as np

from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import AgentTerms, Scenario

CLASSES = ("normal", "benign", "cancer")


def agents_of(count: int) -> tuple[str, ...]:
    return (*(f"expert {chr(65 + m)}" for m in range(count - 1)), "AI")


def cases_of(cases: int, agents: int, seed: int) -> CaseScores:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(len(CLASSES), 0.5), cases)
    skill = 0.6 + 0.3 * np.linspace(0, 1, agents - 1)
    experts = np.clip(skill + 0.08 * rng.normal(size=(cases, agents - 1)), 0.05, 0.99)
    value = np.concatenate([experts, probabilities.max(1, keepdims=True)], axis=1)
    return CaseScores(
        value=value.astype(np.float32),
        probabilities=probabilities.astype(np.float32),
        ai_answer=probabilities.argmax(1),
        case_ids=np.array([f"case {i}" for i in range(cases)], object),
        groups={"site": rng.choice(["north", "south"], cases)},
    )


def scores_of(n_validation: int = 300, n_test: int = 400, agents: int = 4, seed: int = 0) -> Scores:
    rng = np.random.default_rng(seed)
    test = cases_of(n_test, agents, 2 * seed + 1)
    truth = rng.integers(0, len(CLASSES), n_test)
    return Scores(
        agents=agents_of(agents),
        classes=CLASSES,
        validation=cases_of(n_validation, agents, 2 * seed),
        test=test,
        truth=truth,
        annotations=np.repeat(truth[:, None], agents - 1, axis=1),
        annotated=rng.random((n_test, agents - 1)) < 0.5,
        test_index=np.arange(n_test),
        seed=seed,
    )


def day(agents: int = 4, cases_per_day: int = 200, unit: str = "share", **more) -> Scenario:
    """Everybody free; `more` holds terms by a letter (A, B, …) or AI, or fields of a scenario."""
    names = agents_of(agents)
    terms = {name: {} for name in names}
    for key in list(more):
        name = key if key == "AI" else f"expert {key}"
        if name in terms:
            terms[name] = more.pop(key)
    return Scenario(
        agents=tuple((name, AgentTerms(**terms[name])) for name in names),
        cases_per_day=cases_per_day,
        unit=unit,
        **more,
    )
