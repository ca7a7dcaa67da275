"""Data sets made on the spot for benchmarks and references."""

import numpy as np
from sklearn.datasets import load_digits

from core.dataset.annotation_set import AnnotationSet, Split


def noisy_digits(
    seed: int = 0, missing: float = 0.5, noise: float = 0.45, weak: float = 0.45
) -> AnnotationSet:
    """1,078 train cases of 64 noisy pixels in [0, 1], two experts, half the annotations missing.

    Expert `low` is good at digits 0–4 and expert `high` at 5–9; on the others they are right with
    probability `weak`.
    """
    rng = np.random.default_rng(seed)
    digits = load_digits()
    pixels = digits.data / 16.0 + noise * rng.normal(size=digits.data.shape)
    truth = digits.target.astype(np.int32)
    n = len(truth)
    split = np.full(n, Split.TEST, np.int8)
    order = rng.permutation(n)
    split[order[:1078]] = Split.TRAIN
    split[order[1078:1257]] = Split.VALIDATION
    low = truth < 5
    skill = np.stack([np.where(low, 0.92, weak), np.where(low, weak, 0.92)], axis=1)
    right = rng.random((n, 2)) < skill
    other = (truth[:, None] + rng.integers(1, 10, (n, 2))) % 10
    annotations = np.where(right, truth[:, None], other).astype(np.int32)
    annotated = rng.random((n, 2)) >= missing
    annotated |= (split == Split.TEST)[:, None]
    return AnnotationSet(
        name="noisy digits",
        case_ids=np.array([f"c{i:04d}" for i in range(n)]),
        split=split,
        inputs=np.clip(pixels, 0, 1).astype(np.float32),
        truth=truth,
        annotations=annotations,
        annotated=annotated,
        classes=tuple("0123456789"),
        experts=("low", "high"),
        feature_names=tuple(f"p{i}" for i in range(64)),
        simulated=True,
    )


def many_experts(
    experts: int = 44, train: int = 12_000, test: int = 2_000, present: float = 0.06, seed: int = 0
) -> AnnotationSet:
    """Many experts who each annotated a few of many cases, 3 classes, 20 features."""
    rng = np.random.default_rng(seed)
    n, classes = train + test, 3
    inputs = rng.normal(size=(n, 20))
    logits = 1.5 * np.tanh(inputs @ rng.normal(size=(20, 8))) @ rng.normal(size=(8, classes))
    truth = np.argmax(logits + rng.gumbel(size=(n, classes)) * 1.5, axis=1).astype(np.int32)
    skill = rng.uniform(0.45, 0.95, (experts, classes))
    right = rng.random((n, experts)) < skill[:, truth].T
    other = (truth[:, None] + rng.integers(1, classes, (n, experts))) % classes
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    return AnnotationSet(
        name="many experts",
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=np.where(np.arange(n) < train, Split.TRAIN, Split.TEST).astype(np.int8),
        inputs=((inputs - low) / (high - low)).astype(np.float32),
        truth=truth,
        annotations=np.where(right, truth[:, None], other).astype(np.int32),
        annotated=rng.random((n, experts)) < present,
        classes=("a", "b", "c"),
        experts=tuple(f"e{m:02d}" for m in range(experts)),
        feature_names=tuple(f"x{i}" for i in range(20)),
        simulated=True,
    )


def pictures(cases: int, side: int, experts: int = 3, seed: int = 0) -> AnnotationSet:
    """Noisy pictures of ten coarse patterns, each moved about; two thirds of them to train on.

    Every expert is good at some classes and annotated 60 % of the cases.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 10, cases).astype(np.int32)
    coarse = rng.random((10, 4, 4, 3))
    whole = coarse.repeat(-(-side // 4), axis=1).repeat(-(-side // 4), axis=2)[:, :side, :side]
    moves = rng.integers(-side // 8, side // 8 + 1, (cases, 2))
    rows, columns = ((np.arange(side) + moves[:, axis, None]) % side for axis in (0, 1))
    inputs = whole[truth[:, None, None], rows[:, :, None], columns[:, None, :]]
    inputs = 255 * np.clip(inputs + 0.9 * rng.normal(size=inputs.shape), 0, 1)
    skill = np.where((np.arange(10) + np.arange(experts)[:, None]) % experts == 0, 0.95, 0.6)
    right = rng.random((cases, experts)) < skill[:, truth].T
    other = (truth[:, None] + rng.integers(1, 10, (cases, experts))) % 10
    split = np.full(cases, Split.TEST, np.int8)
    split[: 2 * cases // 3] = Split.TRAIN
    return AnnotationSet(
        name="pictures",
        case_ids=np.array([f"c{i}" for i in range(cases)]),
        split=split,
        inputs=inputs.astype(np.uint8),
        truth=truth,
        annotations=np.where(right, truth[:, None], other).astype(np.int32),
        annotated=(rng.random((cases, experts)) < 0.6) | (split == Split.TEST)[:, None],
        classes=tuple("0123456789"),
        experts=tuple(f"e{m}" for m in range(experts)),
        simulated=True,
    )


def crowd(
    cases: int = 10_000,
    experts: int = 2_571,
    answers: int = 500_000,
    *,
    features: bool = False,
    seed: int = 0,
) -> AnnotationSet:
    """A crowd: ten classes, dates over two years, a third of the experts drifting.

    A few experts gave most of the answers, as in real crowds.

    Args:
      cases: four of ten are train cases, and as many test cases.
      experts: how many.
      answers: about how many; every case has some.
      features: twenty columns, and patients of about four cases each, instead of labels only.
      seed: of everything.
    """
    rng = np.random.default_rng(seed)
    classes = 10
    truth = rng.integers(0, classes, cases).astype(np.int32)
    busy = rng.pareto(2.0, experts) + 0.1
    number = np.clip(np.round(answers * busy / busy.sum()), 5, cases // 2).astype(int)
    annotated = np.zeros((cases, experts), bool)
    for m, n in enumerate(number):
        annotated[rng.choice(cases, n, replace=False), m] = True
    for i in np.flatnonzero(~annotated.any(axis=1)):
        annotated[i, rng.integers(experts)] = True
    case, expert = np.nonzero(annotated)
    day = rng.integers(0, 730, cases)
    skill, drift = rng.uniform(0.5, 0.95, experts), rng.uniform(-0.2, 0.1, experts)
    drift[rng.random(experts) > 1 / 3] = 0.0
    right = rng.random(len(case)) < skill[expert] + drift[expert] * day[case] / 730
    wrong = (truth[case] + rng.integers(1, classes, len(case))) % classes
    annotations = np.zeros((cases, experts), np.int32)
    annotations[case, expert] = np.where(right, truth[case], wrong)
    groups = {"group_date": (np.datetime64("2024-01-01") + day).astype(str)}
    if features:
        groups["group_patient"] = rng.integers(0, cases // 4, cases).astype(str)
    middle = rng.normal(size=(classes, 20))
    inputs = middle[truth] + 1.5 * rng.normal(size=(cases, 20))
    inputs = (inputs - inputs.min(0)) / np.ptp(inputs, axis=0)
    return AnnotationSet(
        name="crowd with features" if features else "crowd",
        case_ids=np.array([f"c{i}" for i in range(cases)]),
        split=rng.choice(
            [Split.TRAIN, Split.VALIDATION, Split.TEST], cases, p=[0.4, 0.2, 0.4]
        ).astype(np.int8),
        inputs=inputs.astype(np.float32) if features else None,
        truth=truth,
        annotations=annotations,
        annotated=annotated,
        classes=tuple(f"class {c}" for c in range(classes)),
        experts=tuple(f"reader {m}" for m in range(experts)),
        feature_names=tuple(f"x{i}" for i in range(20)) if features else (),
        groups=groups,
        simulated=True,
    )
