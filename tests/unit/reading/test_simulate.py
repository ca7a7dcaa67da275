import numpy as np
import pytest

from core.dataset.simulate import SimulatedExpert, answer_probabilities, keep_share, simulate

TRUTH = np.repeat([0, 1, 2], 4000)
MIDDLING = np.full(len(TRUTH), 0.5)


def accuracy(answers: np.ndarray, c: int) -> float:
    return float((answers[TRUTH == c, 0] == c).mean())


def test_skill_is_the_share_right_per_class() -> None:
    expert = SimulatedExpert(name="A", skill=(0.9, 0.6, 0.3), hardship=2.0)
    answers = simulate(TRUTH, [expert], np.random.default_rng(0))
    # 4 standard errors of 4,000 draws
    assert [accuracy(answers, c) for c in range(3)] == pytest.approx([0.9, 0.6, 0.3], abs=0.03)


def test_hard_cases_are_answered_worse() -> None:
    expert = SimulatedExpert(name="A", skill=(0.8,) * 3, hardship=2.0)
    easy, hard = (answer_probabilities(TRUTH[:1], expert, np.array([d]))[0, 0] for d in (0.0, 1.0))
    assert easy == pytest.approx(1 / (1 + 0.25 * np.exp(-1)))
    assert hard == pytest.approx(1 / (1 + 0.25 * np.exp(1)))


def test_leaning_trades_errors_of_one_class_for_another() -> None:
    plain = SimulatedExpert(name="A", skill=(0.8,) * 3)
    strict = SimulatedExpert(name="A", skill=(0.8,) * 3, leaning=(0.0, 0.0, 1.5))
    before = answer_probabilities(TRUTH, plain, MIDDLING)
    after = answer_probabilities(TRUTH, strict, MIDDLING)
    assert (after[TRUTH == 2, 2] > before[TRUTH == 2, 2]).all()
    assert (after[TRUTH == 0, 0] < before[TRUTH == 0, 0]).all()


def test_probabilities_sum_to_one() -> None:
    expert = SimulatedExpert(name="A", skill=(1.0, 0.0, 0.5), leaning=(3.0, 0.0, -3.0), hardship=9)
    total = answer_probabilities(TRUTH, expert, np.linspace(0, 1, len(TRUTH))).sum(axis=1)
    np.testing.assert_allclose(total, 1, atol=1e-12)


def test_confusion_says_where_wrong_answers_fall() -> None:
    confusion = np.array([[9.0, 1, 0], [1, 0, 1], [1, 1, 0]])
    expert = SimulatedExpert(name="A", skill=(0.5,) * 3)
    answers = answer_probabilities(np.array([0]), expert, np.array([0.5]), confusion)
    assert answers[0].tolist() == pytest.approx([0.5, 0.5, 0.0])


def test_same_seed_gives_the_same_answers() -> None:
    expert = SimulatedExpert(name="A", skill=(0.7,) * 3)
    a, b = (simulate(TRUTH, [expert], np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_skill_that_is_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="expected shares"):
        SimulatedExpert(name="A", skill=(1.2,))


def test_leaning_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1 skills and 2 leanings"):
        SimulatedExpert(name="A", skill=(0.5,), leaning=(0.0, 1.0))


def test_kept_share_is_exact_per_expert() -> None:
    kept = keep_share((50, 3), 0.3, np.random.default_rng(0))
    assert kept.sum(axis=0).tolist() == [35, 35, 35]
