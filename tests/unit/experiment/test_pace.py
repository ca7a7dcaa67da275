from core.experiment.pace import Pace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_slow_stage_has_an_estimate_from_its_first_epoch_on() -> None:
    clock = Clock()
    pace = Pace(clock)
    clock.now = 1.0
    assert pace.left(None, 0.001) is None  # the AI alone: fast, and no measure of the rest
    clock.now = 31.0
    # 0.1 % in 30 seconds: 99.8 % takes 1,000 times as long.
    assert pace.left("train", 0.002) == 30 * 0.998 / 0.001


def test_the_latest_pace_counts() -> None:
    clock = Clock()
    pace = Pace(clock)
    for second in range(1, 11):  # half of the run in ten seconds
        clock.now = float(second)
        pace.left("correctness", 0.05 * second)
    for step in range(1, 13):  # then one percent in ten seconds
        clock.now = 10.0 + 10 * step
        left = pace.left("correctness", 0.5 + 0.01 * step)
    assert left is not None
    assert round(left) == 1000 * 0.38


def test_a_short_run_goes_by_its_pace_since_the_start() -> None:
    clock = Clock()
    pace = Pace(clock)
    clock.now = 0.01
    assert pace.left("train", 0.03) is None
    clock.now = 0.1
    assert round(pace.left("train", 0.1) or 0, 3) == 0.9


def test_what_comes_between_two_stages_counts_for_neither() -> None:
    clock = Clock()
    pace = Pace(clock)
    for second, fraction in ((1.0, 0.01), (2.0, 0.02)):
        clock.now = second
        pace.left("train", fraction)
    clock.now = 12.0
    assert pace.left("correctness", 0.021) is None
    clock.now = 15.0
    assert round(pace.left("correctness", 0.321) or 0, 6) == round(3 * 0.679 / 0.3, 6)
