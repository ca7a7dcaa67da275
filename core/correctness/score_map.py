"""From what an external AI states to class probabilities that hold, for sets without features."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import log_softmax

from core.correctness.calibration import answer_table, log_loss
from core.encoding.score_inputs import log_odds

SHARES, TABLE, PLATT, ISOTONIC = "shares", "table", "platt", "isotonic"
_FIRST = SHARES  # wins a tie: the simplest


class ScoreMap(NamedTuple):
    """A calibration: what an AI's stated probabilities mean.

    Attributes:
      kind: `shares` (the AI is not read: class shares of train), `table` (its answer is read),
        `platt` (logistic regression on its log-odds) or `isotonic` (one monotone curve per class).
      arrays: its numbers by name.
    """

    kind: str
    arrays: Mapping[str, np.ndarray]

    def log_p(self, stated: Float[np.ndarray, "N C"] | None, cases: int) -> np.ndarray:
        """ln p(c | score), [N, C].

        Args:
          stated: the AI's probabilities; may be None for `shares`.
          cases: N.
        """
        a = self.arrays
        if self.kind == SHARES:
            return np.tile(a["log_shares"], (cases, 1))
        assert stated is not None
        if self.kind == TABLE:
            return np.asarray(a["log_table"][np.argmax(stated, axis=1)])
        if self.kind == PLATT:
            return np.asarray(log_softmax(log_odds(stated) @ a["weights"] + a["offsets"], axis=1))
        p = np.stack(
            [
                np.interp(column, a[f"x{c}"], a[f"y{c}"])
                for c, column in enumerate(np.asarray(stated, np.float64).T)
            ],
            axis=1,
        )
        return np.asarray(np.log(p / p.sum(axis=1, keepdims=True)))


class FittedMap(NamedTuple):
    """The calibration of one seed.

    Attributes:
      map: fitted on all train cases.
      held_out: ln p of train cases by the map that has not seen their fold, [n, C].
      losses: held-out log loss in nats of every kind that was tried.
    """

    map: ScoreMap
    held_out: Float[np.ndarray, "n C"]
    losses: Mapping[str, float]


def fit_score_map(
    stated: Float[np.ndarray, "N C"] | None,
    truth: Int[np.ndarray, " N"],
    train: Int[np.ndarray, " n"],
    validation: Int[np.ndarray, " v"],
    folds: Int[np.ndarray, " n"],
    classes: int,
) -> FittedMap:
    """Fit every kind of calibration and keep the one with the lowest held-out log loss.

    Held out are the folds of train, each predicted by the map of the others, and the validation
    cases, predicted by the map of all train cases.

    Args:
      stated: the AI's probabilities; None without an AI, which leaves the class shares.
      truth: of all cases.
      train: positions of the train cases.
      validation: of the validation cases.
      folds: part of each train case.
      classes: C.
    """
    kinds = _FITS if stated is not None else (SHARES,)
    parts = truth, train, validation, folds, classes
    found = {kind: _fit_one(kind, stated, *parts) for kind in kinds}
    losses = {kind: one.losses[kind] for kind, one in found.items()}
    best = min(losses, key=lambda kind: (losses[kind], kind != _FIRST))
    return found[best]._replace(losses=losses)


def _fit_one(
    kind: str,
    stated: Float[np.ndarray, "N C"] | None,
    truth: Int[np.ndarray, " N"],
    train: Int[np.ndarray, " n"],
    validation: Int[np.ndarray, " v"],
    folds: Int[np.ndarray, " n"],
    classes: int,
) -> FittedMap:
    """One kind of calibration, with its loss on what it has not seen."""

    def rows(where: np.ndarray) -> np.ndarray | None:
        return None if stated is None else stated[where]

    def made(where: np.ndarray) -> ScoreMap:
        return ScoreMap(kind, _FITS[kind](rows(where), truth[where], classes))

    held_out = np.zeros((len(train), classes))
    for fold in np.unique(folds):
        inside = folds == fold
        part = made(train[~inside] if (~inside).any() else train)
        held_out[inside] = part.log_p(rows(train[inside]), int(inside.sum()))
    whole = made(train)
    unseen = np.concatenate([held_out, whole.log_p(rows(validation), len(validation))])
    loss = log_loss(unseen, truth[np.concatenate([train, validation])])
    return FittedMap(whole, held_out, {kind: loss})


def _shares(stated: np.ndarray | None, truth: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    counts = np.bincount(truth, minlength=classes) + 1.0
    return {"log_shares": np.log(counts / counts.sum())}


def _table(stated: np.ndarray | None, truth: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    assert stated is not None
    return {"log_table": answer_table(np.argmax(stated, axis=1), truth, classes)}


def _platt(stated: np.ndarray | None, truth: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    """Logistic regression on log-odds; a class without cases keeps a share of one case."""
    from sklearn.linear_model import LogisticRegression  # a web process only applies a map

    assert stated is not None
    x = log_odds(stated)
    weights = np.zeros((x.shape[1], classes))
    offsets = np.full(classes, -np.log(len(truth) + 1.0))
    there = np.unique(truth)
    if len(there) == 1:
        offsets[there] = 0.0
        return {"weights": weights, "offsets": offsets}
    fitted = LogisticRegression(max_iter=1000).fit(x, truth)
    if len(there) == 2:
        weights[:, there[1]], offsets[there] = fitted.coef_[0], (0.0, fitted.intercept_[0])
    else:
        weights[:, there], offsets[there] = fitted.coef_.T, fitted.intercept_
    return {"weights": weights, "offsets": offsets}


def _isotonic(stated: np.ndarray | None, truth: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    from sklearn.isotonic import IsotonicRegression

    assert stated is not None
    low = 1.0 / (len(truth) + 2.0)  # as far from certainty as one more case leaves it
    arrays: dict[str, np.ndarray] = {}
    for c in range(classes):
        fitted = IsotonicRegression(y_min=low, y_max=1.0 - low)
        fitted.fit(np.asarray(stated[:, c], np.float64), truth == c)
        arrays |= {f"x{c}": fitted.X_thresholds_, f"y{c}": fitted.y_thresholds_}
    return arrays


Fit = Callable[[np.ndarray | None, np.ndarray, int], dict[str, np.ndarray]]
_FITS: Mapping[str, Fit] = {SHARES: _shares, TABLE: _table, PLATT: _platt, ISOTONIC: _isotonic}
