"""A link to the Train page shows exactly the settings it was made of, whatever was set before."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.shared import data_queries, settings_link
from app.shared.settings_link import Agent, params, read_agents, write_agents
from core.config.bounds import Bounds
from core.config.train_config import TrainConfig
from core.experiment.plan import make_plan
from core.library.samples import load_sample
from core.library.store import Library
from core.record.store import RunStore
from core.scenarios.amount import Amount
from tests.pages.conftest import Open, follow
from tests.pages.sets import stored_set

SAMPLE = "fna_panel"
DATA = load_sample(SAMPLE)[0]
FIRST, SECOND, THIRD, FOURTH = DATA.experts
UNEVEN = TrainConfig(
    method="naive",
    coverage=(0.2, 0.4, 0.6),
    humans="balanced",
    off_duty=(SECOND,),
    missing_rate=0.35,
    network="mlp",
    epochs=7,
    batch_size=32,
    learning_rate=0.0123,
    weight_decay=0.0,
    hidden=(64, 32),
    expert_networks="shared",
    settings=(("projection", "running"),),
    seeds=4,
    seed=11,
)


def trained_through(open_page: Open, config: TrainConfig, data_id: str, **before: Any) -> Any:
    """The settings of the run that the form starts when the link is opened."""
    app = open_page("train", **before)
    follow(app, **params(config, data_id))
    assert not app.exception
    assert not app.error
    app.button(key="train").click().run()
    return RunStore().list()[0].config


def same(one: TrainConfig, other: TrainConfig, data: Any) -> None:
    """Both train the same: bounds per point, missing rates, and every plain setting."""
    plans = [make_plan(data, config) for config in (one, other)]
    # A link has twelve digits of a share.
    for wanted, found in zip(plans[0].bounds, plans[1].bounds, strict=True):
        assert found.lower == pytest.approx(wanted.lower, abs=1e-11)
        assert found.upper == pytest.approx(wanted.upper, abs=1e-11)
    assert [t is None for t in one.targets] == [t is None for t in other.targets]
    assert one.rates(data.experts) == pytest.approx(other.rates(data.experts))
    said = {"coverage", "humans", "lower", "upper", "off_duty", "missing_rate", "missing_rates"}
    plain = [{k: v for k, v in c.to_dict().items() if k not in said} for c in (one, other)]
    assert plain[0] == plain[1]


@pytest.mark.parametrize(
    "config",
    [
        UNEVEN,
        TrainConfig(coverage=(0.0, 0.125, 1 / 3, 0.9)),
        TrainConfig(coverage=(0.5,)),
        TrainConfig(missing_rates=((FIRST, 0.5), (THIRD, 0.125))),
        TrainConfig(missing_rate=0.3, missing_rates=((FIRST, 0.0),)),
        TrainConfig(missing_rate=0.333),
        TrainConfig(
            bounds=Bounds(lower=(("AI", 0.2),), upper=(("AI", 0.4), (FOURTH, 0.0), (FIRST, 1 / 7)))
        ),
        TrainConfig(bounds=Bounds(upper=(("AI", 0.0),), lower=((FIRST, 0.07),))),
        TrainConfig(bounds=Bounds(lower=(("AI", 0.0),)), off_duty=(FIRST, FOURTH)),
    ],
)
def test_the_form_shows_exactly_the_settings_of_the_link(
    empty_home: Path, open_page: Open, config: TrainConfig
) -> None:
    same(config, trained_through(open_page, config, SAMPLE), DATA)


def test_defaults_in_a_link_replace_what_was_set_before(empty_home: Path, open_page: Open) -> None:
    before = params(UNEVEN, SAMPLE)
    same(TrainConfig(), trained_through(open_page, TrainConfig(), SAMPLE, **before), DATA)


def test_bounds_of_hundreds_of_experts_fit_into_a_link(empty_home: Path, open_page: Open) -> None:
    stored = stored_set(300)
    data = data_queries.dataset(stored)
    shares = [(name, round(0.004 + 0.00001 * i, 6)) for i, name in enumerate(data.experts)]
    config = TrainConfig(bounds=Bounds(lower=(("AI", 0.1),), upper=(*shares, ("AI", 0.3))))
    assert len(params(config, stored)["agents"]) < 6000
    same(config, trained_through(open_page, config, stored), data)
    balanced = TrainConfig(bounds=Bounds(upper=tuple((name, 0.004) for name in data.experts)))
    assert len(params(balanced, stored)["agents"]) < 40


def test_an_expert_without_train_annotations_can_be_wanted(
    empty_home: Path, open_page: Open
) -> None:
    stored = stored_set(3, silent=1)
    data = data_queries.dataset(stored)
    assert data.excluded_experts == ("Reader 00",)
    wanted = TrainConfig(bounds=Bounds(lower=(("AI", 0.1),), upper=(("Reader 00", 0.5),)))
    same(wanted, trained_through(open_page, wanted, stored), data)
    not_wanted = TrainConfig(bounds=Bounds(lower=(("AI", 0.1),)))
    same(not_wanted, trained_through(open_page, not_wanted, stored), data)


def test_external_ai_is_in_the_link(empty_home: Path, open_page: Open) -> None:
    stored = stored_set(2, ai=True)
    config = TrainConfig(ai="external", coverage=(0.5,))
    assert trained_through(open_page, config, stored).ai == "external"


def test_names_of_experts_are_never_in_a_link(empty_home: Path) -> None:
    config = TrainConfig(
        off_duty=(FIRST,), missing_rates=((SECOND, 0.5),), bounds=Bounds(upper=((THIRD, 0.2),))
    )
    assert not any(name in str(params(config, SAMPLE)) for name in DATA.experts)


def test_settings_can_be_linked_when_their_data_set_is_gone() -> None:
    link = params(replace(UNEVEN, missing_rates=((FIRST, 0.5),)), None)
    assert "agents" not in link
    assert "data" not in link
    assert link["epochs"] == "7"


def test_agents_of_another_set_are_passed_over(empty_home: Path, open_page: Open) -> None:
    elsewhere = params(TrainConfig(off_duty=(FIRST,)), SAMPLE)["agents"]
    app = open_page("train", data="digits_trio", agents=elsewhere)
    assert not app.exception
    app.button(key="train").click().run()
    assert RunStore().list()[0].config.off_duty == ()


@pytest.mark.parametrize(
    "text",
    ["", "x", "_", "{h}_", "{h}_9~x", "{h}_0-9~x", "{h}_2-0~x", "{h}_0~lnan", "{h}_0~l1e9",
     "{h}_0~g-5", "{h}_0~m100", "{h}_4~m5", "{h}_0~z", "{h}_0~x1", "{h}_0~l", "{h}_٣~x", "{h}_-~x"],
)  # fmt: skip
def test_nonsense_about_agents_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (float's own words will do)
        read_agents(text.format(h=DATA.content_hash[:8]), DATA)


def test_nonsense_about_agents_leaves_the_form_as_it_was(empty_home: Path, open_page: Open) -> None:
    check = DATA.content_hash[:8]
    app = open_page("train", data=SAMPLE, by="bounds", agents=f"{check}_0~x")
    follow(app, agents=f"{check}_0~lnan")
    assert not app.exception
    app.button(key="train").click().run()
    assert RunStore().list()[0].config.off_duty == (FIRST,)


@pytest.mark.parametrize(
    "query",
    [
        {"by": "list", "shares": "a, b", "learning_rate": "inf", "hidden": "0", "step": "0"},
        {"by": "list", "shares": "1," * 5000, "learning_rate": "nan", "seeds": "1e9"},
        {"weight_decay": "-1", "hidden": "9" * 30, "missing_by": "some", "watch": "../../etc"},
        {"by": "magic", "seed": "99999999999", "batch_size": "0", "data": "../x", "ai": "x-y"},
    ],
)
def test_nothing_in_a_link_breaks_the_page(
    empty_home: Path, open_page: Open, query: dict[str, str]
) -> None:
    app = open_page("train", **query)
    assert not app.exception
    assert not any("defect" in error.value for error in app.error)
    assert app.button(key="train").label == "Train"


shares = st.floats(0, 1, allow_nan=False).map(Amount)
agent = st.builds(
    Agent,
    minimum=shares,
    maximum=st.none() | shares,
    on_duty=st.booleans(),
    away=st.none() | st.floats(0, 99, allow_nan=False),
)


@given(st.lists(agent, min_size=5, max_size=5))
def test_what_is_written_of_agents_is_read_back(found: list[Agent]) -> None:
    record = dict(zip(DATA.agents, found, strict=True))
    record["AI"] = replace(record["AI"], away=None)
    back = read_agents(write_agents(record, DATA), DATA)
    for name, one in record.items():
        assert back[name].on_duty == one.on_duty
        bounds = [replace(agent, on_duty=True).shares() for agent in (back[name], one)]
        # A link has twelve digits of a share.
        assert bounds[0] == pytest.approx(bounds[1], abs=1e-11)
        assert back[name].away == (None if one.away is None else pytest.approx(one.away, rel=1e-9))


def test_equal_shares_of_hundreds_of_experts_stay_feasible() -> None:
    each = 60 / 397
    assert abs(397 * settings_link.amount(each).value + 0.4 - 1) < 1e-6


def test_the_sample_is_in_the_library_only_when_it_is_trained(empty_home: Path) -> None:
    params(TrainConfig(), SAMPLE)
    assert DATA.content_hash not in Library()


def test_parts_of_a_link_that_cannot_be_read_are_named_once(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", epochs="-5", step="7", seeds="3", agents="1a2b3c4d_0~l5")
    (toast,) = [t.value.replace("\\", "") for t in app.toast]
    assert "agents=1a2b3c4d_0~l5, step=7 and epochs=-5" in toast
    assert app.number_input(key="epochs").value == 60
    assert app.number_input(key="seeds").value == 3
    assert not app.run().toast


def test_a_link_that_can_be_read_and_one_to_something_gone_show_no_toast(
    empty_home: Path, open_page: Open
) -> None:
    assert not open_page("train", epochs="5", step="20").toast
    assert not open_page("train", data="nowhere", watch="nothing").toast
