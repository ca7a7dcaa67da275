"""What a classifier says of cases it was not fitted on: class probabilities from features."""

import warnings

import numpy as np
from jaxtyping import Float, Float64, Int

_FOLDS = 5
_MOST_COLUMNS, _MOST_LEAVES = 300, 50_000  # for trees: columns, cases × classes
_ONE_THREAD = 10_000  # cases up to which threads wait for each other longer than they work


def out_of_fold(
    inputs: Float[np.ndarray, "N D"],
    labels: Int[np.ndarray, " N"],
    classes: int,
    patients: Int[np.ndarray, " N"] | None,
    seed: int = 0,
) -> Float64[np.ndarray, "N C"]:
    """Probabilities of the classes, each case's from a model fitted without it and its patient.

    Logistic regression or boosted trees, whichever predicts the labels better out of fold.

    Args:
      inputs: finite numbers.
      labels: provisional classes.
      classes: how many.
      patients: number of the patient of each case; None where none are known.
      seed: of the folds.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    models = [make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))]
    if inputs.shape[1] <= _MOST_COLUMNS and len(labels) * classes <= _MOST_LEAVES:
        trees = {"max_iter": 60, "learning_rate": 0.1, "random_state": seed}
        models.append(HistGradientBoostingClassifier(min_samples_leaf=10, **trees))
    tests = _folds(labels, patients, seed)
    found = []
    threads = 1 if len(labels) <= _ONE_THREAD else None
    with warnings.catch_warnings(), threadpool_limits(threads):
        warnings.simplefilter("ignore", ConvergenceWarning)
        for model in models:
            p = np.zeros((len(labels), classes))
            for test in tests:
                train = np.setdiff1d(np.arange(len(labels)), test)
                seen = np.unique(labels[train])
                if len(seen) == 1:
                    p[test, seen[0]] = 1.0
                    continue
                model.fit(inputs[train], labels[train])
                p[test[:, None], seen] = model.predict_proba(inputs[test])
            p = (p + 1e-6) / (1 + classes * 1e-6)
            found.append((float(np.log(p[np.arange(len(labels)), labels]).mean()), p))
    return max(found, key=lambda one: one[0])[1]


def sharpened(
    predicted: Float64[np.ndarray, "N C"], evidence: Float64[np.ndarray, "N C"]
) -> Float64[np.ndarray, "N C"]:
    """The predictions, as sure as the experts' answers bear out: ∝ p^t.

    A classifier of labels of which some are wrong is less sure than it is right.

    Args:
      predicted: probabilities.
      evidence: log likelihood of the answers to each case, for each class it might have.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax, logsumexp

    log = np.log(predicted)

    def unlikely(power: float) -> float:
        scaled = log_softmax(np.exp(power) * log, axis=1)
        return -float(logsumexp(scaled + evidence, axis=1).sum())

    found = minimize_scalar(unlikely, bounds=(-2.0, 2.0), method="bounded")
    return np.asarray(np.exp(log_softmax(np.exp(found.x) * log, axis=1)))


def _folds(
    labels: Int[np.ndarray, " N"], patients: Int[np.ndarray, " N"] | None, seed: int
) -> list[np.ndarray]:
    """Cases of each fold; classes in about the same shares, a patient's cases together."""
    from sklearn.model_selection import StratifiedGroupKFold

    groups = np.arange(len(labels)) if patients is None else patients
    folds = min(_FOLDS, len(np.unique(groups)))
    if folds < 2:
        return [np.arange(len(labels))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class with fewer cases than folds
        split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        found = split.split(np.zeros(len(labels)), labels, groups)
        return [test for _, test in found if len(test)]
