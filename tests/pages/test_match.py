"""The screen on which the columns of an upload are matched before it is read."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.library.store import Library
from core.matching.roles import LABELS, Role
from core.reading.options import ReadOptions
from core.reading.read import read_files
from tests.pages.conftest import Open, texts
from tests.pages.on_screen import misleading
from tests.pages.test_data import offer, read
from tests.unit.reading.test_matched import READERS, READS, csv

pytestmark = pytest.mark.slow

WIDE = [("reads.csv", csv(READS), "text/csv")]
NO_TRUTH = [("reads.csv", csv(READS.drop(columns="Pathology")), "text/csv")]
Start = Callable[..., object]


@pytest.fixture
def start(empty_home: Path, open_page: Open) -> Start:
    """Opens the page and has files read, up to the screen."""

    def start_(files, button: str = "upload_read"):
        app = read(offer(open_page("data"), files), button)
        assert app.title[0].value == "Match the columns"
        assert not app.exception
        return app

    return start_


def figures(app) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def role(app, column: int, table: int = 0):
    (found,) = (s for s in app.selectbox if s.key.endswith(f"_{table}_{column}_role"))
    return found


def column(name: str) -> int:
    return list(READS.columns).index(name)


def editor(app, name: str) -> str:
    """The key of an editor, which the screen's own frame of it is kept under."""
    key: str = app.session_state["upload_match"]._frames[name][0]
    return key


def set_role(app, name: str, to: Role) -> None:
    role(app, column(name)).select(LABELS[to]).run()
    assert not app.exception


def store(app):
    """Reads the data set, and stores it although something is asked."""
    app = read(app, "match_read")
    return read(app, "upload_store") if "upload_store" in {b.key for b in app.button} else app


def stored():
    (entry,) = Library().entries()
    return entry, Library().load(entry.content_hash)


def test_figures_follow_the_roles_and_the_set_is_as_they_say(start) -> None:
    app = start(WIDE)
    given = {name: int((READS[name] != "").sum()) for name in READERS}
    shown = figures(app)
    assert shown["Cases"] == "60"
    assert shown["Answers"] == str(sum(given.values()))
    assert shown["Ground truth"] == "for all"
    assert shown["Features"] == "1"
    assert Library().entries() == []

    set_role(app, "Reader 3", Role.IGNORE)
    set_role(app, "Size", Role.IGNORE)
    shown = figures(app)
    assert (shown["Readers"], shown["Features"]) == ("2", "0")
    assert shown["Answers"] == str(given["Reader 1"] + given["Reader 2"])
    (name,) = (t for t in app.text_input if t.key.endswith(f"_{column('Reader 1')}_name"))
    name.input("Dr Ng").run()
    assert f"Dr Ng ({given['Reader 1']})" in texts(app)

    store(app)
    entry, dataset = stored()
    assert app.title[0].value == "Data"
    assert app.selectbox(key="data").value == entry.content_hash
    assert entry.name == "reads"
    assert dataset.experts == ("Dr Ng", "Reader 2")
    assert dataset.inputs is None
    assert int(dataset.annotated.sum()) == given["Reader 1"] + given["Reader 2"]


def test_without_changes_the_set_is_the_guessed_one(start) -> None:
    store(start(WIDE))
    assert stored()[1].content_hash == read_files({"reads.csv": csv(READS)})[0].content_hash


def test_nothing_is_read_without_a_ground_truth(start) -> None:
    app = start(NO_TRUTH)
    assert figures(app)["Ground truth"] == "none"
    assert app.button(key="match_read").disabled
    assert "right class of each case" in app.warning[0].value

    # A file with it is added; the reader who was left out stays out.
    without = list(READS.drop(columns="Pathology").columns)
    role(app, without.index("Reader 2")).select(LABELS[Role.IGNORE]).run()
    truth = csv(READS[["Study No.", "Pathology"]])
    app = read(offer(app, [("truth.csv", truth, "text/csv")]))
    assert figures(app)["Ground truth"] == "for all"
    assert figures(app)["Readers"] == "2"
    store(app)
    assert stored()[1].experts == ("Reader 1", "Reader 3")


def test_an_error_stands_under_the_figures_and_keeps_the_button_shut(start) -> None:
    app = start(WIDE)
    set_role(app, "Study No.", Role.IGNORE)
    assert "no column" in app.error[0].value
    assert app.button(key="match_read").disabled
    set_role(app, "Study No.", Role.CASE)
    assert not app.error
    assert not app.button(key="match_read").disabled


def test_what_was_matched_is_offered_next_time(start) -> None:
    app = start(WIDE)
    set_role(app, "Reader 2", Role.IGNORE)
    store(app)
    app = start(WIDE)
    assert figures(app)["Readers"] == "2"
    assert "Matched as on" in texts(app)
    app.button(key="match_guess").click().run()
    assert figures(app)["Readers"] == "3"
    assert role(app, column("Reader 2")).value == LABELS[Role.ANSWER]


def test_roles_are_kept_while_another_page_is_open(start) -> None:
    app = start(WIDE)
    set_role(app, "Reader 2", Role.IGNORE)
    app.switch_page("../pages/home.py").run()
    app.switch_page("../pages/data.py").run()
    assert figures(app)["Readers"] == "2"
    assert role(app, column("Reader 2")).value == LABELS[Role.IGNORE]


def test_cancelling_leaves_the_files(start) -> None:
    app = start(WIDE)
    app.button(key="match_cancel").click().run()
    assert app.title[0].value == "Data"
    assert [*app.session_state["upload_files"]] == ["reads.csv"]
    assert Library().entries() == []


def test_spellings_become_classes(start) -> None:
    odd = READS.copy()
    odd.loc[odd["Reader 1"] == "benign", "Reader 1"] = "clear"
    app = start([("reads.csv", csv(odd), "text/csv")])
    assert "clear" in app.warning[0].value
    (frame,) = (d.value for d in app.dataframe if "Spelling" in d.value.columns)
    row = frame["Spelling"].tolist().index("clear")
    assert frame["Answers"][row] == (odd["Reader 1"] == "clear").sum()
    key = editor(app, "spellings")
    edits = {"edited_rows": {row: {"Class": "benign"}}, "added_rows": [], "deleted_rows": []}
    app.session_state[key] = edits
    app.run()
    assert not app.warning
    store(app)
    assert stored()[1].content_hash == read_files({"reads.csv": csv(READS)})[0].content_hash


def test_scores_are_cut_where_the_slider_stands(start) -> None:
    scores = READS.copy()
    for name in READERS:
        scores[name] = np.random.default_rng(1).random(len(READS)).round(2)
    app = start([("reads.csv", csv(scores), "text/csv")])
    (slider,) = (s for s in app.slider if s.label == "Cut")
    assert slider.value == 0.5
    slider.set_value(0.7).run()
    above = int((scores[list(READERS)] >= 0.7).to_numpy().sum())
    assert f"from 0.7 on: **{above}**" in texts(app)
    assert json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["shapes"][0]["x0"] == 0.7
    store(app)
    wanted = read_files({"reads.csv": csv(scores)}, options=ReadOptions(cut=0.7))[0]
    assert stored()[1].content_hash == wanted.content_hash


def test_words_of_the_split_are_chosen_before_reading(start) -> None:
    odd = READS.assign(Set=["home"] * 40 + ["away"] * 10 + ["old"] * 10)
    app = start([("reads.csv", csv(odd), "text/csv")])
    set_role(app, "Set", Role.SPLIT)
    assert app.button(key="match_read").disabled
    for word, split in {"home": "train", "away": "test", "old": "unused"}.items():
        (box,) = (s for s in app.selectbox if s.key.endswith(f"_split_{word}"))
        box.set_value(split).run()
    store(app)
    assert np.bincount(stored()[1].split).tolist() == [40, 0, 10]


def test_folds_are_chosen_as_a_whole(start) -> None:
    app = start([("reads.csv", csv(READS.assign(Set=np.arange(60) % 5)), "text/csv")])
    set_role(app, "Set", Role.SPLIT)
    (tests,) = (m for m in app.multiselect if m.label == "Test folds")
    assert tests.value == ["4"]
    tests.set_value(["0", "1"]).run()
    store(app)
    assert np.bincount(stored()[1].split).tolist() == [36, 0, 24]


def test_findings_become_data_sets_named_together(start) -> None:
    gold = pd.DataFrame(
        {f: [str((i // k) % 2) for i in range(60)] for f, k in (("AF", 1), ("MI", 3))}
    )
    files = [(n, csv(gold), "text/csv") for n in ("gold.csv", "Ann.csv", "Bob.csv")]
    app = start(files)
    (which,) = (s for s in app.selectbox if s.label == "Finding")
    assert which.options == ["AF", "MI"]
    app.text_input(key="upload_name").input("ECG").run()
    next(t for t in app.toggle if "all 2 findings" in t.label).set_value(True).run()
    store(app)
    assert {e.name for e in Library().entries()} == {"ECG · AF", "ECG · MI"}
    assert "ECG · MI" in app.success[0].value


def test_a_table_is_switched_off(start) -> None:
    more = csv(READS[["Study No."]].assign(Weight=np.arange(60)))
    app = start([*WIDE, ("more.csv", more, "text/csv")])
    assert figures(app)["Features"] == "2"
    toggles = [t for t in app.toggle if t.label == "Use this table"]
    toggles[1].set_value(False).run()
    assert figures(app)["Features"] == "1"
    store(app)
    assert stored()[1].feature_names == ("Size",)


def test_many_features_are_folded_into_a_table(start) -> None:
    wide = READS.assign(**{f"f{i}": np.arange(60) + i for i in range(30)})
    app = start([("reads.csv", csv(wide), "text/csv")])
    assert figures(app)["Features"] == "31"
    assert sum(s.key.endswith("_role") for s in app.selectbox) == 6
    (frame,) = (d.value for d in app.dataframe if "Role" in d.value.columns)
    row = frame["Column"].tolist().index("f7")
    key = editor(app, "fold0")
    edits = {row: {"Role": LABELS[Role.IGNORE]}}
    app.session_state[key] = {"edited_rows": edits, "added_rows": [], "deleted_rows": []}
    app.run()
    assert figures(app)["Features"] == "30"


def graded(**changes: object) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    truth = rng.integers(1, 6, 60)
    frame = READS[["Study No."]].assign(Pathology=truth)
    for name in READERS:
        frame[name] = np.clip(truth + rng.integers(-1, 2, 60), 1, 5)
    return frame.assign(**changes)


def bars(app) -> dict[str, list[float]]:
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    return {trace["name"]: list(trace["y"]) for trace in spec["data"]}


def test_grades_are_kept_or_cut_where_the_slider_stands(start) -> None:
    table = graded()
    app = start([("g.csv", csv(table), "text/csv")])
    use = next(b for b in app.segmented_control if b.key.endswith("grades_use"))
    assert not app.select_slider
    use.set_value("Cut them into two classes").run()
    (slider,) = app.select_slider
    assert slider.options == ["2", "3", "4", "5"]
    slider.set_value("4").run()
    truth, said = table["Pathology"], table[list(READERS)].to_numpy()
    assert f"{(truth >= 4).sum()} cases, {(said >= 4).sum()} answers" in texts(app)
    assert f"grade >= 4 ({(truth >= 4).sum()})" in texts(app)
    assert json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["shapes"][0]["x0"] == 2.5
    assert bars(app)["Ground truth"][4] == pytest.approx((truth == 5).mean())
    store(app)
    wanted = read_files({"g.csv": csv(table)}, options=ReadOptions(cut=4))[0]
    assert stored()[1].content_hash == wanted.content_hash

    app = start([("g.csv", csv(table), "text/csv")])  # remembered for the same columns
    assert app.select_slider[0].value == "4"
    next(b for b in app.segmented_control if b.key.endswith("grades_use")).set_value(
        "Keep them as classes"
    ).run()
    assert app.session_state["upload_match"].final.cut is None


def test_ratings_in_words_are_cut_as_grades(start) -> None:
    table = graded(Pathology=READS["Pathology"].to_numpy())
    for name in READERS:
        table[name] = "BI-RADS " + table[name].astype(str)
    app = start([("g.csv", csv(table), "text/csv")])
    (slider,) = app.select_slider
    slider.set_value("BI-RADS 3").run()
    assert list(bars(app)) == ["Readers"]
    store(app)
    wanted = read_files({"g.csv": csv(table)}, options=ReadOptions(cut=3))[0]
    assert stored()[1].content_hash == wanted.content_hash


def test_a_browser_that_mounts_late_says_what_is_shown(start: Start) -> None:
    app = start(WIDE)
    app.run()
    assert misleading(app) == []
