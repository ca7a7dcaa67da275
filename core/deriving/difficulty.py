"""How difficult cases are, without their ground truth."""

from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Float, Int

from core.base.report import refuse
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.splits import folds_of
from core.encoding.pixels import as_features

Measure = Literal["disagreement", "ai", "model"]
_FOLDS = 5
_MOST_TRAIN = 5_000  # cases that the model learns from
_SIDE = 16  # pixels that an image is thinned to for it
_MODEL: "WeakKeyDictionary[AnnotationSet, Float[np.ndarray, ' N']]" = WeakKeyDictionary()


def disagreement(
    data: AnnotationSet, given: Int[np.ndarray, "N A"], expert: str, rows: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Share of the other experts who did not give their most frequent answer.

    Cases that no other expert annotated get the median of the rest.

    Args:
      data: the set.
      given: its `votes`.
      expert: who is left out; may be none of the set's.
      rows: positions of the cases.

    Raises:
      DataError: no other expert annotated any of these cases.
    """
    counts = given[rows]
    if expert in data.experts:
        m = data.experts.index(expert)
        own = data.annotated[rows, m]
        counts[own, data.annotations[rows[own], m]] -= 1
    made = counts.sum(axis=1)
    if not made.any():
        refuse(
            "no other expert annotated these cases, so there is no disagreement to go by",
            found=f"{len(rows)} cases annotated by {expert!r} alone",
            remedy="go by a model's uncertainty",
        )
    share = 1 - counts.max(axis=1) / np.maximum(made, 1)
    share[made == 0] = np.median(share[made > 0])
    return share


def uncertainty(data: AnnotationSet, measure: Measure) -> Float[np.ndarray, " N"]:
    """1 − the largest class probability of each case.

    `ai` is the set's own AI. `model` is a logistic regression on the features or pixels, fitted on
    train cases; a train case is judged by a fit without its fold.

    Raises:
      DataError: the set has no AI, or nothing to fit a model on.
    """
    if measure == "ai":
        if data.ai_probabilities is None:
            refuse(
                "the set has no predictions of an AI",
                remedy="go by the other experts' disagreement or by a model's uncertainty",
            )
        return 1 - data.ai_probabilities.max(axis=1).astype(float)
    if data not in _MODEL:
        _MODEL[data] = _model_uncertainty(data)
    return _MODEL[data]


def _model_uncertainty(data: AnnotationSet) -> Float[np.ndarray, " N"]:
    if data.inputs is None:
        refuse(
            "a set of labels only has nothing to fit a model on",
            remedy="go by the other experts' disagreement",
        )
    inputs = as_features(_thinned(data.inputs))
    train = data.index(Split.TRAIN)
    rng = np.random.default_rng(0)
    if len(train) > _MOST_TRAIN:
        train = np.sort(rng.permutation(train)[:_MOST_TRAIN])
    found = _fitted(inputs, data.truth, train, np.arange(len(inputs)))
    fold = folds_of(data, train, _FOLDS, 0)
    for part in np.unique(fold):
        out = train[fold == part]
        found[out] = _fitted(inputs, data.truth, train[fold != part], out)
    return found


def _fitted(
    inputs: Float[np.ndarray, "N D"],
    truth: Int[np.ndarray, " N"],
    learn: Int[np.ndarray, " a"],
    ask: Int[np.ndarray, " b"],
) -> Float[np.ndarray, " b"]:
    from sklearn.linear_model import LogisticRegression  # off the first page's path

    if len(np.unique(truth[learn])) < 2:
        return np.full(len(ask), 0.5)
    mean = inputs[learn].mean(axis=0)
    scale = inputs[learn].std(axis=0)
    scale = np.where(scale > 0, scale, 1)
    model = LogisticRegression(C=0.1, max_iter=500)
    model.fit((inputs[learn] - mean) / scale, truth[learn])
    return np.asarray(1 - model.predict_proba((inputs[ask] - mean) / scale).max(axis=1))


def _thinned(inputs: np.ndarray) -> np.ndarray:
    """Images of at most 16 × 16 pixels; features as they are."""
    if inputs.ndim == 2:
        return inputs
    rows, columns = (np.linspace(0, n - 1, min(n, _SIDE)).round().astype(int)
                     for n in inputs.shape[1:3])  # fmt: skip
    return inputs[:, rows][:, :, columns]
