"""Train shows methods and networks that are registered, with their settings, by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.train_config import TrainConfig
from core.experiment.events import Progress
from core.library.samples import load_sample
from core.methods.registry import METHODS
from core.models.registry import NETWORKS
from core.record.journal import RunJournal
from core.record.store import RunStore
from tests.pages.conftest import Open, texts
from tests.toys import normed, one_vs_all


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(METHODS, one_vs_all.SPEC.name, one_vs_all.SPEC)
    monkeypatch.setitem(NETWORKS, normed.SPEC.name, normed.SPEC)
    return


def test_both_are_offered_in_plain_words(empty_home: Path, open_page: Open) -> None:
    app = open_page("train")
    assert "One against all" in app.selectbox(key="method").options
    assert "Normalised layer" in app.selectbox(key="network").options
    assert "One hidden layer with batch normalisation." in app.selectbox(key="network").help
    app.selectbox(key="method").select("one_vs_all").run()
    assert "Scores every class and every expert on its own." in texts(app)


def test_other_methods_come_after_the_usual_ones_with_group_and_name(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", method="ova")
    options = app.selectbox(key="method").options
    grouped = [option for option in options if option.endswith(")")]
    assert len(grouped) == sum(bool(spec.group) for spec in METHODS.values())
    assert options[2 : 2 + len(grouped)] == grouped
    assert any(option.startswith("For comparison: ") and "(ova)" in option for option in grouped)
    # One training serves all targets of a seed.
    assert "trainings in all" not in texts(app)
    assert "11 trainings in all" in texts(open_page("train", method="pl2d", curve="each"))


def test_settings_of_the_chosen_method_are_fields_and_reach_the_run(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train")
    assert app.selectbox(key="projection").value == "batch"
    app.selectbox(key="method").select("one_vs_all").run()
    assert "projection" not in {box.key for box in app.selectbox}
    assert app.number_input(key="expert_weight").label == "Weight of the experts"
    app.number_input(key="expert_weight").set_value(2.5)
    app.number_input(key="patience").set_value(4)
    app.selectbox(key="network").select("normed").run()
    app.button(key="train").click().run()
    assert not app.exception
    (record,) = RunStore().list()
    assert (record.config.method, record.config.network) == ("one_vs_all", "normed")
    assert dict(record.config.settings) == {"expert_weight": 2.5, "patience": 4}


def test_a_link_sets_them_and_nonsense_is_passed_over(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", method="one_vs_all", expert_weight="2.5", patience="4000")
    assert app.number_input(key="expert_weight").value == 2.5
    assert app.number_input(key="patience").value == 0
    assert not app.exception


def test_its_metrics_stand_beside_the_progress(empty_home: Path, open_page: Open) -> None:
    journal = RunJournal()
    key = load_sample("digits_trio")[0].content_hash
    run_id = journal.create(key, "digits_trio", TrainConfig(method="one_vs_all", epochs=3))
    journal.claim(run_id, "tests|1|0")
    progress = Progress(stage="train", fraction=0.5, text="", epoch=2)
    journal.report(run_id, progress, [("loss", 2.0, 2, 0), ("accuracy", 0.75, 2, 0)])
    app = open_page("train", watch=run_id)
    assert {m.label: m.value for m in app.metric}["Accuracy of its AI"] == "0.750"


@pytest.mark.parametrize("name", list(METHODS))
def test_no_setting_has_the_name_of_a_field_of_every_run(
    name: str, empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", method="correctness")
    keys = {
        w.key
        for kind in ("selectbox", "slider", "number_input", "text_input")
        for w in app.get(kind)
    }
    assert not keys & {setting.name for setting in METHODS[name].settings}
