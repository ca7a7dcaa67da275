"""Numbers of any length, infinite ones and what is none: bad input at every door."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.shared import scenario_link, settings_link
from app.train import targets
from core.base import numbers
from core.base.report import DataError
from core.cli import main as cli
from core.cli import options as cli_options
from core.reading.read import read_files
from core.scenarios.amount import Amount, ScenarioError
from core.scenarios.settings import Scenario
from core.scenarios.worklist import read_capacities
from tests.pages.told_runs import panel
from tests.unit.reading.builders import bundle, case_rows, entries, manifests, with_case

LONG, TOO_LONG = "9" * 400, "9" * 5000  # no float; not read by Python either
TEXTS = [LONG, TOO_LONG, "-" + LONG, "1e999", "-1e999", "nan", "inf", "0." + LONG, "1e-999", "x"]
# As they stand in a JSON file.
JSON = [LONG, TOO_LONG, "-" + LONG, "1e999", "NaN", "Infinity", "true", "null", '"9"', "[]", "{}"]


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def ends(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of bad input, in one line."""
    capsys.readouterr()
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("error: ")
    assert "\n" not in said
    assert "defect" not in said
    assert len(said) < 1000
    return said


@pytest.mark.parametrize("given", [*TEXTS, "", "1.5", True, None, 10**400, math.inf, [], 2**63])
def test_what_is_no_whole_number_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match=r"number|invalid literal|Exceeds|could not"):
        numbers.whole(given)


def test_whole_numbers_are_read() -> None:
    assert [numbers.whole(v) for v in ("12", 12, 12.0, " 7 ", -(2**63) + 1)] == [
        12, 12, 12, 7, -(2**63) + 1,
    ]  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.one_of(st.integers(), st.floats(), st.text(max_size=9), st.booleans(), st.none()))
@example(10**400)
@example(-(10**4400))
@example(TOO_LONG)
def test_a_number_is_finite_or_refused(given: Any) -> None:
    try:
        assert math.isfinite(numbers.number(given))
    except ValueError:
        assert not numbers.is_number(given, -math.inf, math.inf)


@pytest.mark.parametrize("given", [LONG, TOO_LONG, "1e999", "nan", "-1"])
@pytest.mark.parametrize(
    "option",
    ["--coverage", "--missing-rate", "--missing-rate-of", "--epochs", "--batch-size", "--lr",
     "--weight-decay", "--hidden", "--seeds", "--seed"],
)  # fmt: skip
def test_an_option_of_train(option: str, given: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = f"expert A={given}" if option.endswith("-of") else given
    ends(["train", "sample:digits_trio", f"{option}={given}"], capsys)


@pytest.mark.parametrize("given", JSON)
def test_a_bounds_file(given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bounds.json"
    path.write_text(f'{{"lower": {{"AI": {given}}}}}')
    ends(["train", "sample:digits_trio", "--bounds", str(path)], capsys)


@pytest.mark.parametrize("given", [LONG, "-" + LONG, "1e999", "NaN", "true", "null", '"9"', "1.5"])
@pytest.mark.parametrize("form", ["{}", "[0, {}]", '{{"most": {}}}'])
def test_capacities(given: str, form: str) -> None:
    plain = json.loads(f'{{"AI": {form.format(given)}}}')
    with pytest.raises(ScenarioError) as caught:
        read_capacities(plain, ("Ada", "AI"), 10)
    assert len(str(caught.value)) < 300


def test_json_with_too_long_a_number_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(f'{{"AI": {TOO_LONG}}}')
    with pytest.raises(cli_options.UsageError, match="not JSON"):
        cli_options.read_json("--capacities", path, "expected")


def a_scenario(place: str, given: str) -> Any:
    """A scenario file with something in one place."""
    terms = {"least": 0, "greatest": None, "minutes": 0, "cost": 0, "comfortable": None}
    plain: dict[str, Any] = {
        "cases_per_day": 10,
        "tiring": None,
        "agents": {"Ada": {}, "AI": dict(terms)},
        "guards": [{"kind": "ai_never", "risk": "x", "above": 0.1}],
    }
    text = json.loads(given)
    if place in terms:
        plain["agents"]["AI"][place] = text
    elif place == "above":
        plain["guards"][0]["above"] = text
    elif place == "share":
        plain["agents"]["AI"]["greatest"] = {"share": text}
    else:
        plain[place] = text
    return plain


@pytest.mark.parametrize("given", [LONG, "-" + LONG, "1e999", "NaN", "true"])
@pytest.mark.parametrize(
    "place",
    ["least", "greatest", "share", "minutes", "cost", "comfortable", "above", "tiring",
     "cases_per_day"],
)  # fmt: skip
def test_a_scenario_file(place: str, given: str) -> None:
    assert Scenario.from_dict(a_scenario(place, "1" if place == "cases_per_day" else "0"))
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_dict(a_scenario(place, given))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("given", [f"{LONG} %", f"{TOO_LONG} cases", f"{LONG}.5 cases"])
def test_an_amount_that_is_typed(given: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Amount.typed(given, "share")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("given", TEXTS)
@pytest.mark.parametrize("mark", ["d", "t", "0~l", "0~m", "1~g", "3~f", "Gn~r0~a", "Gn~a0.1~r", ""])
def test_a_link_of_a_scenario(mark: str, given: str) -> None:
    data = panel()
    if given in ("1e-999", "0." + LONG) and mark != "d":
        return  # as good as 0 and 1
    with pytest.raises(ValueError):  # noqa: PT011 whatever it says, a page passes it over
        scenario_link.read(f"{data.content_hash[:8]}_{mark}{given}", data)


@pytest.mark.parametrize("given", TEXTS[:-3])
@pytest.mark.parametrize("mark", ["0~l", "0~g", "1~m", ""])
def test_a_link_of_settings(mark: str, given: str) -> None:
    data = panel()
    with pytest.raises(ValueError):  # noqa: PT011
        settings_link.read_agents(f"{data.content_hash[:8]}_{mark}{given}", data)


@pytest.mark.parametrize("given", TEXTS[:7])
def test_a_list_of_targets(given: str) -> None:
    _, wrong = targets._read(f"10, {given}")
    assert wrong
    assert len(wrong) < 200


def read_or_refused(files: dict[str, bytes]) -> str:
    try:
        data, _ = read_files(files)
    except DataError as error:
        return str(error)
    assert data.inputs is None or (abs(data.inputs[data.inputs == data.inputs]) < 1e6).all()
    return ""


@pytest.mark.parametrize("given", TEXTS)
def test_a_cell(given: str) -> None:
    read_or_refused(with_case(3, f"c1,train,yes,{given},0.5"))
    read_or_refused(with_case(3, f"{given},train,yes,20,0.5"))
    read_or_refused(with_case(3, f"c1,train,{given},20,0.5"))
    read_or_refused(with_case(3, f"c1,{given},yes,20,0.5"))
    rows = [case_rows()[0], *(f"c{i},train,yes,{given},{given}" for i in range(24))]
    read_or_refused(bundle(cases=rows))
    expert = [f"c{i},{given},yes" for i in range(12)]
    read_or_refused(bundle(annotations=["case_id,expert,label", *expert]))
    ai = ["case_id,prob_yes,prob_no", *(f"c{i},{given},0" for i in range(24))]
    text = "\n".join(ai).encode()
    said = read_or_refused(bundle() | {"ai_predictions.csv": text})
    assert "probab" in said or 0 <= float(given) <= 1


@pytest.mark.parametrize("given", JSON)
def test_a_manifest(given: str) -> None:
    text = json.dumps(entries(0, 12)).replace('"label": 1', f'"label": {given}').encode()
    for name in ("train", "label_A_train"):
        read_or_refused(manifests() | {f"{name}.json": text})


def test_the_limit_of_python_is_in_force() -> None:
    assert len(TOO_LONG) > sys.get_int_max_str_digits() > len(LONG)
