"""The command line that repeats a run, parsed by the command line's own parser."""

import dataclasses
import shlex
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.cli.options import config_from, make_parser
from core.cli.repeat import _OPTIONS, BOUNDS_FILE, repeat
from core.config.bounds import Bounds
from core.config.missing_rates import MOST_LEARNING_RATE
from core.config.train_config import AI_KINDS, HUMANS, TrainConfig
from core.methods.registry import METHODS
from core.models.registry import NETWORKS

FAST = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# Names as people have them: spaces, quotes, dashes in front, signs of equality.
NAMES = st.one_of(
    st.sampled_from(
        ["Ann", "-x", "--off-duty", "Dr. O'Neil", "a=0.5", "$HOME `id`", "ü\n2", "AI", ""]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
SHARES = st.floats(0, 1)
RATES = st.floats(0, 1, exclude_max=True)
PAIRS = st.dictionaries(NAMES, SHARES, max_size=4).map(lambda d: tuple(sorted(d.items())))
GRIDS = st.sampled_from(
    [tuple(round(i / n, 10) for i in range(n + 1)) for n in (1, 2, 3, 4, 5, 10, 20, 40, 100, 1000)]
)


def targets(found: list[float]) -> tuple[float, ...]:
    return tuple(sorted(set(found)))


CONFIGS = st.builds(
    TrainConfig,
    method=st.sampled_from(list(METHODS)),
    coverage=GRIDS | st.lists(SHARES, min_size=1, max_size=6).map(targets),
    humans=st.sampled_from(HUMANS),
    bounds=st.none() | st.builds(Bounds, lower=PAIRS, upper=PAIRS),
    off_duty=st.lists(NAMES, unique=True, max_size=4).map(tuple),
    missing_rate=RATES,
    missing_rates=st.dictionaries(NAMES, RATES, max_size=4).map(lambda d: tuple(sorted(d.items()))),
    network=st.sampled_from(["auto", *NETWORKS]),
    epochs=st.integers(1, 100_000),
    batch_size=st.integers(1, 1_000_000),
    learning_rate=st.none() | st.floats(0, MOST_LEARNING_RATE, exclude_min=True),
    weight_decay=st.none() | st.floats(0, 1e6),
    hidden=st.lists(st.integers(1, 4096), min_size=1, max_size=4).map(tuple),
    expert_networks=st.sampled_from(["auto", "separate", "shared"]),
    settings=st.sampled_from(["batch", "running"]).map(lambda way: (("projection", way),)),
    seeds=st.integers(1, 1000),
    seed=st.integers(0, 2**31 - 1001),
    ai=st.sampled_from(AI_KINDS),
)


def parsed(config: TrainConfig, folder: Path, path: str = "sample:fna_panel") -> TrainConfig:
    """The settings that the command line takes from the command, with its bounds file written."""
    found = repeat(config, path)
    assert not found.unable
    arguments = shlex.split(found.command)
    assert arguments[:5] == ["python", "-m", "core", "train", path]
    arguments = arguments[3:]
    if found.bounds:
        (folder / BOUNDS_FILE).write_text(found.bounds, encoding="utf-8")
        (place,) = [i for i, a in enumerate(arguments) if a == f"--bounds={BOUNDS_FILE}"]
        arguments[place] = f"--bounds={folder / BOUNDS_FILE}"
    return config_from(make_parser().parse_args(arguments))


@FAST
@given(CONFIGS)
def test_the_command_trains_with_the_same_settings(tmp_path: Path, config: TrainConfig) -> None:
    assert parsed(config, tmp_path) == config


def test_defaults_are_left_out() -> None:
    assert repeat(TrainConfig(), "sample:fna_panel").command == (
        "python -m core train sample:fna_panel"
    )


def test_targets_in_even_steps_are_a_range() -> None:
    coverage = tuple(round(i / 20, 10) for i in range(21))
    assert repeat(TrainConfig(coverage=coverage)).command.endswith("--coverage=0.0:1.0:0.05")


def test_every_setting_has_an_option() -> None:
    fields = {field.name for field in dataclasses.fields(TrainConfig)}
    assert set(_OPTIONS) | {"bounds"} == fields


def test_settings_without_words_give_a_sentence_and_no_command() -> None:
    found = repeat(TrainConfig(coverage=(0.5, 0.5)))
    assert found.command == ""
    assert found.unable == "The command line cannot express this run's coverage."


def test_a_rate_that_is_refused_today_gives_no_command() -> None:
    found = repeat(TrainConfig(learning_rate=1000.0))
    assert found.command == ""
    assert found.unable.startswith("Today it would be refused: learning rate is 1000; expected")


@pytest.mark.parametrize("home", ["/srv/case load", "/srv/x"])
def test_the_place_of_the_data_sets_is_named(home: str) -> None:
    command = repeat(TrainConfig(), "stored:0123456789abcdef", Path(home)).command
    first, *rest = shlex.split(command)
    assert first == f"CASELOAD_HOME={home}"
    assert rest == ["python", "-m", "core", "train", "stored:0123456789abcdef"]
