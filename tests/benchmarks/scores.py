"""The value rule on an AI's scores alone, against deferring a band of scores (CoDoC's rule).

CoDoC (Dvijotham et al., Nature Medicine 29, 2023) reads one AI's score and one clinician: cases
whose score lies in a band go to the clinician. Here the band is the best one on train cases among
all pairs of 41 quantiles whose share of cases is within 2 points of a target.
"""

import numpy as np
from scipy.special import expit
from scipy.stats import t as student

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.experiment.events import Finished
from core.experiment.experiment import run
from tests.benchmarks.rows import Row

SEEDS, CASES = 10, 1500
TARGETS = tuple(round(i / 10, 1) for i in range(11))
# How an expert's accuracy depends on the evidence that the AI sees: log-odds and slope.
EXPERTS = {
    "as the AI": (2.0, 1.5),
    "where the AI is lost": (2.2, -1.0),
    "everywhere alike": (1.8, 0.0),
}


def simulated(seed: int, expert: tuple[float, float]) -> AnnotationSet:
    """A third of the cases is positive; the AI states its evidence badly calibrated."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(CASES) < 0.3).astype(np.int32)
    evidence = rng.normal(1.6 * truth, 1.0)
    share = expit(0.5 * (1.6 * evidence - 2.1) + 0.8)
    base, slope = expert
    right = rng.random(CASES) < expit(base + slope * (2 * truth - 1) * (evidence - 0.8))
    split = np.where(rng.permutation(CASES) < CASES // 2, Split.TRAIN, Split.TEST)
    return AnnotationSet(
        name="simulated scores",
        case_ids=np.arange(CASES).astype(str),
        split=split.astype(np.int8),
        inputs=None,
        truth=truth,
        annotations=np.where(right, truth, 1 - truth).astype(np.int32)[:, None],
        annotated=np.ones((CASES, 1), bool),
        classes=("no", "yes"),
        experts=("expert",),
        ai_probabilities=np.stack([1 - share, share], 1).astype(np.float32),
        simulated=True,
    )


def by_bands(dataset: AnnotationSet) -> float:
    """Area × 100 under the curve of the best bands, with the AI's best threshold on train cases."""
    assert dataset.ai_probabilities is not None
    score, truth = dataset.ai_probabilities[:, 1].astype(float), dataset.truth
    train, test = dataset.index(Split.TRAIN), dataset.index(Split.TEST)
    cuts = np.quantile(score[train], np.linspace(0, 1, 101))
    rated = [np.mean((score[train] > cut) == truth[train]) for cut in cuts]
    ai = (score > cuts[int(np.argmax(rated))]) == truth
    expert = dataset.annotations[:, 0] == truth
    edges = np.quantile(score[train], np.linspace(0, 1, 41))
    edges[[0, -1]] = -1, 2

    def outcome(band: tuple[float, float], where: np.ndarray) -> tuple[float, float]:
        deferred = (score[where] > band[0]) & (score[where] <= band[1])
        return 1 - deferred.mean(), float(np.where(deferred, expert[where], ai[where]).mean())

    bands = [(low, high) for i, low in enumerate(edges) for high in edges[i:]]
    known = np.array([outcome(band, train) for band in bands])
    points = []
    for target in TARGETS:
        off = np.abs(known[:, 0] - target)
        near = np.flatnonzero(off <= max(0.02, off.min()))
        points.append(outcome(bands[near[np.argmax(known[near, 1])]], test))
    coverage, accuracy = np.array(sorted(points)).T
    ends = np.concatenate([[accuracy[0]], accuracy, [accuracy[-1]]])
    return float(100 * np.trapezoid(ends, np.concatenate([[0.0], coverage, [1.0]])))


def by_value(dataset: AnnotationSet, seed: int) -> float:
    """Area × 100 under the curve of the value rule."""
    config = TrainConfig(method="correctness", coverage=TARGETS, seed=seed)
    *_, finished = run(dataset, config)
    assert isinstance(finished, Finished)
    return finished.result.auc_cac["value"].mean


def measure() -> list[Row]:
    """Paired differences over seeds, with 95 % Student's t intervals."""
    rows = []
    for name, expert in EXPERTS.items():
        sets = [simulated(seed, expert) for seed in range(SEEDS)]
        gain = np.array([by_value(s, seed) - by_bands(s) for seed, s in enumerate(sets)])
        half = student.ppf(0.975, SEEDS - 1) * gain.std(ddof=1) / np.sqrt(SEEDS)
        low, high = gain.mean() - half, gain.mean() + half
        rows.append(
            Row(
                f"AI's scores alone, an expert who is good {name}: value rule less the best band "
                f"of scores, AUC-CAC, {SEEDS} seeds",
                "not worse",
                f"{gain.mean():+.2f} ({low:+.2f} to {high:+.2f})",
                high >= 0,
            )
        )
    return rows
