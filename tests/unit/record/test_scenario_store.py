import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.record import scenario_store
from core.record.scenario_store import Saved, ScenarioNotFoundError, ScenarioStore
from core.scenarios.settings import AINever, Scenario, ScenarioError

SCENARIO = Scenario.usual(
    ("Ann", "AI"), name="Ann on leave", guards=(AINever(risk="cancer"),), fatigue=1.5
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScenarioStore:
    """A clock that moves on by a minute each time it is looked at."""
    minutes = iter(range(60))

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 1, 8, next(minutes), tzinfo=UTC)

    monkeypatch.setattr(scenario_store, "datetime", Clock)
    return ScenarioStore(tmp_path)


def test_what_is_saved_is_there_after_a_restart(store: ScenarioStore, tmp_path: Path) -> None:
    saved = store.save(SCENARIO, "run1", "abc")
    assert ScenarioStore(tmp_path).get(saved.id) == saved
    assert saved.scenario == SCENARIO
    assert (saved.run_id, saved.dataset_hash, saved.name) == ("run1", "abc", "Ann on leave")


def test_nothing_is_made_before_the_first_is_saved(tmp_path: Path) -> None:
    assert ScenarioStore(tmp_path / "home").list() == []
    assert not (tmp_path / "home").exists()


def test_the_newest_come_first_and_by_data_set(store: ScenarioStore) -> None:
    first, second, third = (store.save(SCENARIO, "r", h) for h in ("a", "b", "a"))
    assert [one.id for one in store.list()] == [third.id, second.id, first.id]
    assert store.list("a") == [third, first]


def test_a_new_name_keeps_the_rest(store: ScenarioStore) -> None:
    saved = store.save(SCENARIO, "r", "a")
    again = store.rename(saved.id, "  Both\n on duty ")
    assert again.name == again.scenario.name == "Both on duty"
    assert store.get(saved.id) == again
    assert again.saved == saved.saved
    assert len(store.rename(saved.id, "x" * 300).name) == 80
    with pytest.raises(ScenarioError, match="blank"):
        store.rename(saved.id, " \n ")


def test_a_scenario_without_a_name_is_not_saved(store: ScenarioStore) -> None:
    with pytest.raises(ScenarioError, match="blank"):
        store.save(Scenario.usual(("Ann", "AI")), "r", "a")
    assert store.list() == []


def test_what_is_deleted_is_gone(store: ScenarioStore) -> None:
    saved = store.save(SCENARIO, "r", "a")
    store.delete(saved.id)
    assert store.list() == []
    for done in (store.get, store.delete, lambda i: store.rename(i, "x")):
        with pytest.raises(ScenarioNotFoundError, match="no saved scenario"):
            done(saved.id)


@pytest.mark.parametrize("bad", ["../secret", "", "x", "A" * 16, "0" * 16 + "\n", "/etc/passwd"])
def test_an_id_leads_nowhere_else(store: ScenarioStore, tmp_path: Path, bad: str) -> None:
    saved = store.save(SCENARIO, "r", "a")
    (tmp_path / "secret.json").write_text((store.folder / f"{saved.id}.json").read_text())
    for done in (store.get, store.delete):
        with pytest.raises(ScenarioNotFoundError):
            done(bad)
    assert (tmp_path / "secret.json").exists()


def change(one: Saved, store: ScenarioStore, **values: object) -> str:
    plain = json.loads((store.folder / f"{one.id}.json").read_text())
    return json.dumps({k: v for k, v in (plain | values).items() if v is not ...})


def test_damaged_and_foreign_files_are_passed_over(store: ScenarioStore) -> None:
    good = store.save(SCENARIO, "r", "a")
    known = SCENARIO.to_dict()
    texts = [
        *("", "{", "[]", "null", "{}", "\x00\xff", "[" * 100_000),
        change(good, store, scenario=...),
        change(good, store, scenario=[]),
        change(good, store, scenario=known | {"unit": []}),
        change(good, store, scenario=known | {"tiring": "much"}),
        change(good, store, scenario=known | {"cases_per_day": 0}),
        change(good, store, scenario=known | {"agents": {"Ann": {}}}),
        change(good, store, scenario=known | {"name": ""}),
        change(good, store, saved="yesterday"),
        change(good, store, saved=5),
        change(good, store, format=2),
        change(good, store, run_id=None),
        change(good, store, dataset_hash=3),
    ]
    for number, text in enumerate(texts):
        (store.folder / f"{number:016x}.json").write_text(text)
    (store.folder / f"{99:016x}.json").mkdir()
    (store.folder / "notes.json").write_text(change(good, store))
    (store.folder / f".{good.id}.json.part").write_text("{")
    os.symlink(store.folder / "nowhere", store.folder / f"{98:016x}.json")
    assert store.list() == [good]


def test_a_file_without_a_time_zone_is_sorted_with_the_others(store: ScenarioStore) -> None:
    good = store.save(SCENARIO, "r", "a")
    text = change(good, store, saved="2020-01-01T00:00:00")
    (store.folder / f"{1:016x}.json").write_text(text)
    assert [one.id for one in store.list()] == [good.id, f"{1:016x}"]
