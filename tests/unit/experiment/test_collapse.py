"""Training that fell apart: counted, said in words, and refused where nothing else can come."""

import math
from dataclasses import replace

import numpy as np
import pytest

from core.config import missing_rates as rates
from core.config.train_config import ConfigError, TrainConfig
from core.experiment import collapse
from core.experiment.events import Finished
from core.experiment.experiment import check, run
from core.library.samples import load_sample
from core.results.models import RunResult

CONFIG = TrainConfig(coverage=(0.0, 0.5, 1.0), epochs=4, curve="each")
RNG = np.random.default_rng(0)
ALIVE = RNG.normal(size=(20, 3))
DEAD = np.broadcast_to(ALIVE[:1], (20, 3))
LOST = np.where(np.arange(20)[:, None] == 7, np.nan, ALIVE)


def result(config: TrainConfig) -> RunResult:
    *_, last = run(load_sample("fna_panel")[0], config)
    assert isinstance(last, Finished)
    return last.result


@pytest.mark.parametrize(
    ("parts", "loss", "counted"),
    [
        ([ALIVE, ALIVE, ALIVE], 1.0, (0, 0, 0)),
        ([ALIVE, ALIVE, ALIVE], 2.1, (0, 0, 0)),  # begins a little above guessing
        ([ALIVE, ALIVE, ALIVE], 40.0, (0, 1, 0)),
        ([ALIVE, ALIVE, ALIVE], math.nan, (1, 0, 0)),
        ([DEAD, ALIVE, ALIVE], 1.0, (0, 0, 1)),
        ([ALIVE, ALIVE, DEAD], 1.0, (0, 0, 1)),
        ([LOST, DEAD, ALIVE], 40.0, (1, 0, 0)),  # counted once
        ([DEAD[:1]], 1.0, (0, 0, 0)),  # a single case tells nothing
    ],
)
def test_points_are_counted_by_their_loss_and_what_their_networks_say(
    parts: list[np.ndarray], loss: float, counted: tuple[int, int, int]
) -> None:
    assert collapse.health([parts], [loss], guess=2.0) == (1, *counted)


def test_without_a_loss_of_guessing_no_finite_loss_has_exploded() -> None:
    assert collapse.health([[ALIVE]], [40.0], guess=None) == (1, 0, 0, 0)


def test_both_ways_stand_in_one_sentence_with_the_remedy() -> None:
    training = collapse.training_of(collapse.Health(11, 2, 1, 2), 5.0, 0.5)
    assert collapse.sentence(training) == (
        "training diverged at 3 of 11 points (the loss became infinite or ended above that of "
        "guessing) and collapsed at 2 more (a network gives every case the same answer); try a "
        "learning rate below 5 or a weight decay below 0.5"
    )


def test_training_that_went_well_has_no_sentence() -> None:
    found = result(CONFIG)
    assert found.training.points == 3
    assert collapse.sentence(found.training) == ""
    assert not [w for w in found.warnings if "training" in w]


def test_a_rate_within_the_limit_that_kills_the_networks_is_said() -> None:
    found = result(replace(CONFIG, learning_rate=rates.MOST_LEARNING_RATE))
    training = found.training
    assert training.infinite + training.exploded + training.constant == 3
    assert collapse.sentence(found.training) in found.warnings
    assert "try a learning rate below 10" in collapse.sentence(found.training)


def test_too_much_weight_decay_names_weight_decay() -> None:
    found = result(replace(CONFIG, weight_decay=50.0))
    assert "or a weight decay below 50" in collapse.sentence(found.training)


def test_the_method_without_a_mixture_has_nothing_to_fall_apart() -> None:
    found = result(replace(CONFIG, method="correctness", learning_rate=10.0))
    assert found.training is None
    assert collapse.sentence(found.training) == ""


def test_a_rate_beyond_the_limit_is_refused_before_training() -> None:
    with pytest.raises(ConfigError, match=r"learning rate is 1000; expected .* at most 10\. Leave"):
        check(load_sample("fna_panel")[0], TrainConfig(learning_rate=1000.0))
    # Settings of runs from before there was a limit can still be read.
    assert TrainConfig.from_dict(TrainConfig(learning_rate=1000.0).to_dict()).learning_rate == 1000


@pytest.mark.parametrize(
    ("config", "network", "rate"),
    [
        (TrainConfig(), "mlp", 0.01),
        (TrainConfig(), "cnn", 0.03),
        (TrainConfig(network="cnn"), "", 0.03),
        (TrainConfig(), "", None),
        (TrainConfig(learning_rate=0.2), "", 0.2),
    ],
)
def test_the_rate_in_effect_is_the_networks_where_none_is_set(
    config: TrainConfig, network: str, rate: float | None
) -> None:
    assert rates.learning_rate(config, network) == rate
