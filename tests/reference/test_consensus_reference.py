"""Dawid and Skene's EM against everything enumerated, and leave-one-out accuracy in simulation."""

import itertools

import numpy as np
import pytest

from core.base.report import Report
from core.consensus.answers import Answers, answers_of
from core.consensus.dawid_skene import fit_dawid_skene, without_each
from core.consensus.fill import with_consensus
from core.dataset.annotation_set import AnnotationSet
from core.dataset.consensus import scoring


def tiny(seed: int, kinds: int = 3, known: bool = False) -> tuple[Answers, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    said = rng.integers(0, kinds, (6, 3)).astype(np.int32)
    there = rng.random((6, 3)) < 0.8
    there[:, 0] = True
    truth = np.where(np.arange(6) < 2, rng.integers(0, 2, 6), -1) if known else None
    return answers_of(said, there, 2, truth, kinds), said, there


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("known", [False, True])
def test_posterior_and_likelihood_are_those_of_all_ways_the_truth_could_be(
    seed: int, known: bool
) -> None:
    answers, said, there = tiny(seed, known=known)
    fit = fit_dawid_skene(answers)
    total, q, apart = 0.0, np.zeros((6, 2)), np.zeros((6, 3, 2))
    apart_total = np.zeros((6, 3))
    for truth in itertools.product(range(2), repeat=6):
        if any(k >= 0 and y != k for y, k in zip(truth, answers.known, strict=True)):
            continue
        p = np.prod([fit.shares[y] for y in truth])
        for i, m in zip(*np.nonzero(there), strict=True):
            p *= fit.skills[m, truth[i], said[i, m]]
        total += p
        for i in range(6):
            q[i, truth[i]] += p
            for m in np.flatnonzero(there[i]):
                without = p / fit.skills[m, truth[i], said[i, m]]
                apart[i, m, truth[i]] += without
                apart_total[i, m] += without
    prior = np.array([[1.5, 0.5, 0.5], [0.5, 1.5, 0.5]])
    penalty = np.log(fit.shares).sum() + (prior * np.log(fit.skills)).sum()
    assert fit.objective[-1] == pytest.approx(np.log(total) + penalty)
    assert fit.posterior == pytest.approx(q / total)
    found = without_each(answers, fit)
    for row, (i, m) in enumerate(zip(answers.case, answers.expert, strict=True)):
        assert found[row] == pytest.approx(apart[i, m] / apart_total[i, m])


@pytest.mark.parametrize("seed", range(5))
def test_the_objective_never_falls(seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = rng.integers(0, 4, (200, 7)).astype(np.int32)
    answers = answers_of(said, rng.random((200, 7)) < 0.5, 4)
    steps = np.diff(fit_dawid_skene(answers).objective)
    assert len(steps) > 3
    assert (steps >= -1e-9).all()


def simulated(seed: int, accuracies: tuple[float, ...], classes: int, cases: int) -> AnnotationSet:
    rng = np.random.default_rng(seed)
    m = len(accuracies)
    truth = rng.integers(0, classes, cases).astype(np.int32)
    wrong = (truth[:, None] + rng.integers(1, classes, (cases, m))) % classes
    said = np.where(rng.random((cases, m)) < accuracies, truth[:, None], wrong).astype(np.int32)
    there = rng.random((cases, m)) < 0.8
    there[np.arange(cases), rng.integers(0, m, cases)] = True
    inputs = rng.normal(size=(cases, 6)).astype(np.float32)
    inputs[:, :classes] += 1.5 * np.eye(classes, dtype=np.float32)[truth]
    return AnnotationSet(
        name="simulated",
        case_ids=np.array([f"c{i}" for i in range(cases)]),
        split=(np.arange(cases) % 3).astype(np.int8),
        inputs=inputs,
        truth=truth,
        annotations=np.where(there, said, 0).astype(np.int32),
        annotated=there,
        classes=tuple("abcdef"[:classes]),
        experts=tuple(f"E{i}" for i in range(m)),
    )


@pytest.mark.parametrize("method", ["majority", "dawid-skene", "crowdlab"])
@pytest.mark.parametrize(
    ("accuracies", "classes"), [((0.8, 0.8, 0.8), 2), ((0.9, 0.75, 0.8, 0.65, 0.7), 3)]
)
def test_accuracy_without_the_expert_is_unbiased(
    method: str, accuracies: tuple[float, ...], classes: int
) -> None:
    off, plain, own = [], [], []
    for seed in range(4 if method == "crowdlab" else 10):
        data = simulated(seed, accuracies, classes, 500)
        found = with_consensus(data, method, np.ones(500, bool), Report())  # type: ignore[arg-type]
        scored = scoring(found)
        for m in range(len(accuracies)):
            made = data.annotated[:, m]
            true = (data.annotations[made, m] == data.truth[made]).mean()
            accuracy = scored.of(m).accuracy(classes, None)
            assert accuracy is not None
            off.append(accuracy[0] - true)
            plain.append(scored.right[:, m].sum() / scored.made[:, m].sum() - true)
            own.append((data.annotations[made, m] == found.truth[made]).mean() - true)
    assert abs(np.mean(off)) < 0.02
    # What it is for: neither of the simpler ways would do.
    assert np.mean(plain) < -0.03
    if method != "crowdlab":
        assert np.mean(own) > 0.01
