import numpy as np

from core.dataset.annotation_set import Split
from core.insight.unusual import distances, most_unusual
from tests.pages.told_runs import panel


def test_distances_are_in_standard_deviations_of_the_train_cases() -> None:
    data = panel()
    train = data.inputs[data.split == Split.TRAIN].astype(float)
    want = (data.inputs[[0, 500]] - train.mean(0)) / train.std(0)
    np.testing.assert_allclose(distances(data, [0, 500]), want, rtol=1e-5)


def test_features_that_never_vary_are_never_unusual() -> None:
    data = panel()
    data.inputs[data.split == Split.TRAIN, 0] = 0.5
    data.inputs[500, 0] = 9.0
    assert distances(data, [500])[0, 0] == 0


def test_the_furthest_come_first_and_ordinary_ones_not_at_all() -> None:
    assert most_unusual(np.array([0.2, -3.0, 1.5, 2.0]), 2).tolist() == [1, 3]
    assert most_unusual(np.array([0.2, -0.9]), 2).tolist() == []
