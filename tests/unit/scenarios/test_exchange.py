import json

import pytest

from core.scenarios.exchange import SeveralError, scenario_in
from core.scenarios.settings import AINever, ScenarioError
from tests.unit.scenarios.synthetic import day

SAFE = day(3, name="safe", guards=(AINever(risk="cancer", calls="normal"),))
BUSY = day(3, name="busy", B={"maximum": 0.2})


def test_a_scenario_alone_saved_or_exported_is_read_back() -> None:
    plain = SAFE.to_dict()
    for file in (plain, {"format": 1, "scenario": plain}, {"scenarios": [{"scenario": plain}]}):
        assert scenario_in(json.loads(json.dumps(file))) == SAFE


def test_of_several_one_is_named() -> None:
    file = {"scenarios": [{"scenario": SAFE.to_dict()}, {"scenario": BUSY.to_dict()}]}
    assert scenario_in(file, "busy") == BUSY
    with pytest.raises(SeveralError, match="holds 2 scenarios, 'safe', 'busy'; choose one by name"):
        scenario_in(file)
    with pytest.raises(ScenarioError, match="no scenario called 'idle'; there are 'safe', 'busy'"):
        scenario_in(file, "idle")


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ([1], "found list; expected a scenario as JSON"),
        ({"AI": 20}, "there are no agents"),
        ({"scenarios": []}, "the file holds no scenario"),
        ({"scenarios": "safe"}, "scenarios is not a list"),
        ({"scenarios": [1]}, "holds no scenario"),
        ({"scenario": 3}, "found int"),
    ],
)
def test_what_is_no_scenario_is_refused(plain: object, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        scenario_in(plain)


@pytest.mark.parametrize("key", ["on_duty", "minutes", "cost", "comfortable", "least"])
def test_what_is_no_value_is_told_in_short(key: str) -> None:
    plain = SAFE.to_dict()
    for given in ("9" * 4000, [0] * 4000, 10**4000):
        agents = {**plain["agents"], "AI": {**plain["agents"]["AI"], key: given}}
        with pytest.raises(ScenarioError) as error:
            scenario_in({**plain, "agents": agents})
        assert len(str(error.value)) < 200
