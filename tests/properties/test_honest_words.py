"""No sentence contradicts a number that stands beside it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.shared import comparison_words, words
from app.tradeoffs import class_words
from app.workload import scenario_words
from core.evaluation.classes import resample_class, sensitivity, specificity, tally
from core.evaluation.intervals import (
    SHOWN,
    SHOWN_AREA,
    BootstrapWeights,
    Difference,
    distinguishable,
    fitted_interval,
    outside,
)
from core.evaluation.team import resample, team_of

ENDS = st.tuples(st.floats(-0.2, 0.2), st.floats(0, 0.2)).map(lambda e: (e[0], e[0] + e[1]))
TINY = st.tuples(st.floats(-0.002, 0.002), st.floats(0, 0.004)).map(lambda e: (e[0], e[0] + e[1]))


def touches_zero(text: str) -> bool:
    """Whether the interval in brackets, as it is printed, holds zero."""
    inside = text[text.index("(") + 1 : text.index(")")]
    low, high = (float(end.replace("\u2212", "-")) for end in inside.split(" to "))
    return low <= 0.0 <= high


@given(interval=st.one_of(ENDS, TINY))
def test_a_difference_whose_printed_interval_touches_zero_is_not_called_one(
    interval: tuple[float, float],
) -> None:
    middle = sum(interval) / 2
    shares = Difference(middle, interval, distinguishable(interval, SHOWN))
    area = 100 * interval[0], 100 * interval[1]
    counts = Difference(100 * middle, area, distinguishable(area, SHOWN_AREA))
    for said in (
        scenario_words.change_words(shares),
        scenario_words.change_words(counts, per_thousand=True),
        comparison_words.difference_text(100 * middle, area),
    ):
        if touches_zero(said):
            assert "not distinguishable" in said


def test_an_interval_that_touches_zero_is_no_difference() -> None:
    found = Difference(0.049, (0.0002, 0.102), distinguishable((0.0002, 0.102), SHOWN))
    assert scenario_words.change_words(found) == "+4.9 (0.0 to +10.2), not distinguishable"
    row = type("Row", (), {"who": "Ann", "sensitivity_team": 0.049})()
    row.sensitivity_team_low, row.sensitivity_team_high = 0.0002, 0.102
    row.specificity_team = row.specificity_team_low = row.specificity_team_high = float("nan")
    assert "not distinguishable" in class_words.beside(row, "ill")


@given(
    share=st.floats(0, 1),
    bounds=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
    validation=st.integers(1, 5000),
    test=st.integers(1, 5000),
)
def test_a_breach_is_said_exactly_where_the_printed_interval_misses_the_bounds(
    share: float, bounds: list[float], validation: int, test: int
) -> None:
    lower, upper = bounds
    seen = fitted_interval(share, validation, test)
    assert seen[0] - 1e-12 <= share <= seen[1] + 1e-12
    broken = outside(seen, lower, upper)
    if seen[1] >= lower and seen[0] <= upper:
        assert not broken
    if broken:
        assert words.breach(share, lower, upper)
        assert 100 * seen[0] > 100 * upper or 100 * seen[1] < 100 * lower


@st.composite
def complete(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    """Random decisions on complete data: chosen, AI, truth, annotations, annotated, classes."""
    n, experts, classes = draw(st.integers(1, 40)), draw(st.integers(1, 4)), draw(st.integers(2, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    chosen = rng.integers(0, experts + 1, n)
    truth, ai = rng.integers(0, classes, n), rng.integers(0, classes, n)
    said = rng.integers(0, classes, (n, experts))
    return chosen, ai, truth, said, np.ones((n, experts), bool), np.array(classes)


@given(case=complete())
def test_where_nothing_is_missing_figures_are_what_one_counts(
    case: tuple[np.ndarray, ...],
) -> None:
    chosen, ai, truth, said, annotated, classes = case
    experts = said.shape[1]
    decided = np.where(
        chosen == experts, ai, said[np.arange(len(chosen)), np.minimum(chosen, experts - 1)]
    )
    team = team_of(chosen, ai, truth, said, annotated)
    assert team.accuracy is not None
    np.testing.assert_allclose(team.accuracy, (decided == truth).mean())
    assert not team.everywhere.any()
    known = chosen, truth, said, annotated
    counted = tally(team, *known, int(classes))
    matrix = np.zeros((int(classes),) * 2)
    np.add.at(matrix, (truth, decided), 1)
    np.testing.assert_allclose(counted.weight, matrix)
    if (truth == 0).any():
        found = sensitivity(counted, 0).share
        assert found is not None
        np.testing.assert_allclose(found, (decided[truth == 0] == 0).mean())
    if (truth != 0).any():
        left = specificity(counted, 0).share
        assert left is not None
        np.testing.assert_allclose(left, (decided[truth != 0] != 0).mean())
    weights = BootstrapWeights(len(truth), 20)
    drawn = resample(team, *known, weights).accuracy
    np.testing.assert_allclose(drawn, weights.counts @ (decided == truth) / len(truth), atol=1e-6)
    plain = weights.counts @ ((truth == 0) & (decided == 0))
    of = weights.counts @ (truth == 0)
    replicates = resample_class(team, *known, 0, weights).sensitivity
    np.testing.assert_allclose(replicates[of > 0], (plain / np.maximum(of, 1))[of > 0], atol=1e-6)
