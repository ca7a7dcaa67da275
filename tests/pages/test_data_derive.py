"""Deriving a set on the Data page."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.base.report import Report
from core.dataset.annotation_set import AnnotationSet
from core.deriving.derive import derive
from core.deriving.recipe import Recipe
from core.deriving.registry import KINDS
from core.library.samples import load_sample
from core.library.store import Library
from tests.pages.conftest import Open, texts
from tests.unit.deriving.sets import made, one


@pytest.fixture
def opened(empty_home: Path, open_page: Open) -> AppTest:
    app = open_page("data", data="fna_panel")
    return app.button(key="derive").click().run()


def stored() -> AnnotationSet:
    (entry,) = Library().entries()
    return Library().load(entry.content_hash)


def choose(app: AppTest, kind: str) -> AppTest:
    (box,) = (b for b in app.selectbox if (b.key or "").endswith("_kind"))
    app = box.set_value(kind).run()
    assert not app.exception
    return app


def control(app: AppTest, elements: str, field: str):
    (found,) = (e for e in getattr(app, elements) if (e.key or "").endswith(f"_{field}"))
    return found


def results(app: AppTest):
    (frame,) = (d.value for d in app.dataframe if "Expected accuracy" in d.value)
    return frame.set_index("Expert")


def test_a_team_of_ten_takes_two_clicks(opened: AppTest) -> None:
    parent, _ = load_sample("fna_panel")
    expected = derive(parent, Recipe.read({"keep_experts": [], "steps": [{"kind": "team"}]}), 0)
    shown = results(opened)
    assert list(shown.index) == [f"Reader {i}" for i in range(1, 11)]
    for expert in expected.experts:
        row = shown.loc[expert.name]
        assert row["Expected accuracy"] == pytest.approx(100 * expert.expected)
        assert row["As drawn"] == pytest.approx(100 * expert.accuracy)
        np.testing.assert_allclose(
            row[["Expected on benign", "Expected on malignant"]].astype(float),
            100 * expert.per_class,
        )
        np.testing.assert_allclose(
            row[["As drawn on benign", "As drawn on malignant"]].astype(float),
            100 * expert.drawn_per_class,
        )
    assert Library().entries() == []
    app = opened.button(key="derive_create").click().run()
    assert not app.exception
    assert stored().content_hash == expected.dataset.content_hash
    assert app.selectbox(key="data").value == expected.dataset.content_hash
    assert "Derived from Breast fine-needle aspirates, four experts (seed 0)" in texts(app)
    assert not any(d for d in app.dataframe if "Expected accuracy" in d.value)  # the dialog is gone


def test_the_parent_is_one_click_away(opened: AppTest) -> None:
    app = opened.button(key="derive_create").click().run()
    app = app.button(key="to_parent").click().run()
    assert app.selectbox(key="data").value == "fna_panel"
    assert not [b for b in app.button if b.key == "to_parent"]


def test_the_table_follows_every_control(opened: AppTest) -> None:
    before = results(opened)
    app = control(opened, "slider", "worst").set_value(90).run()
    after = results(app)
    assert after["Expected accuracy"].iloc[-1] > before["Expected accuracy"].iloc[-1] + 20
    app.number_input(key="derive_seed").set_value(5).run()
    again = results(app)
    np.testing.assert_array_equal(again["Expected accuracy"], after["Expected accuracy"])
    assert (again["As drawn"] != after["As drawn"]).any()


def test_steps_follow_one_another_and_can_be_removed(opened: AppTest) -> None:
    app = control(opened, "number_input", "size").set_value(3).run()
    app = app.button(key="derive_add").click().run()
    app = control(choose(app, "remove_random"), "slider", "rate").set_value(50).run()
    train = (load_sample("fna_panel")[0].split == 0).sum()
    assert results(app)["Training"].tolist() == pytest.approx([train / 2] * 3, abs=1)
    app = app.text_input(key="derive_name").set_value("Three").run()
    app = app.button(key="derive_create").click().run()
    assert not app.exception
    assert (stored().name, len(stored().experts)) == ("Three", 3)
    assert [s["kind"] for s in stored().derived.recipe["steps"]] == ["team", "remove_random"]
    app = app.button(key="derive").click().run()  # starts afresh
    app = app.button(key="derive_add").click().run()
    app = app.button(key="derive_remove_0").click().run()
    assert not [b for b in app.button if b.key == "derive_remove_0"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_step_has_a_form(kind: str, empty_home: Path, open_page: Open) -> None:
    key = Library().add(made(200), Report())
    app = open_page("data", data=key).button(key="derive").click().run()
    app = choose(app, kind)
    assert not app.error
    assert not [w for w in app.warning if "choose" in w.value.lower()]
    app = app.button(key="derive_create").click().run()
    assert not app.exception
    (child,) = (e for e in Library().entries() if e.content_hash != key)
    assert Library().load(child.content_hash).derived.recipe["steps"][0]["kind"] == kind


def test_what_is_missing_in_a_form_is_said_and_nothing_can_be_stored(opened: AppTest) -> None:
    app = control(choose(opened, "class_skill"), "multiselect", "classes").set_value([]).run()
    assert "Choose one class or more" in texts(app)
    assert not [b for b in app.button if b.key == "derive_create"]
    app = control(choose(app, "remove_random"), "slider", "rate").set_value(0).run()
    assert "changes nothing" in texts(app)
    assert not [b for b in app.button if b.key == "derive_create"]


def test_steps_are_offered_where_the_set_has_what_they_need(
    empty_home: Path, open_page: Open
) -> None:
    labels = made(200, inputs=None, feature_names=(), groups={})
    app = open_page("data", data=Library().add(labels, Report()))
    app = app.button(key="derive").click().run()
    (box,) = (b for b in app.selectbox if (b.key or "").endswith("_kind"))
    missing = {step.label for step in KINDS.values()} - set(box.options)
    assert missing == {KINDS["feature_skill"].label, KINDS["group_skill"].label}


def test_a_recipe_comes_from_a_file(opened: AppTest) -> None:
    recipe = one("team", size=4).model_copy(update={"keep_experts": ("Senior", "Junior")})
    (upload,) = (u for u in opened.file_uploader if u.key.startswith("derive_file"))
    upload.upload("recipe.json", recipe.model_dump_json().encode(), "application/json")
    app = opened.run()
    assert not app.exception
    names = ["Senior", "Junior", *(f"Reader {i}" for i in range(1, 5))]
    assert sorted(results(app).index) == sorted(names)
    app = app.button(key="derive_create").click().run()
    assert sorted(stored().experts) == sorted(names)


def test_a_file_that_is_no_recipe_is_refused(opened: AppTest) -> None:
    (upload,) = (u for u in opened.file_uploader if u.key.startswith("derive_file"))
    upload.upload("recipe.json", b'{"steps": [{"kind": "x"}]}', "application/json")
    app = opened.run()
    assert "This recipe cannot be used" in texts(app)
    assert len(results(app)) == 10
    other = one("team").model_copy(update={"keep_experts": ("Zoe",)})
    (upload,) = (u for u in app.file_uploader if u.key.startswith("derive_file"))
    upload.upload("recipe.json", other.model_dump_json().encode(), "application/json")
    app = app.run()
    assert "Zoe" in texts(app)


def test_a_parent_that_is_gone_is_said(empty_home: Path, open_page: Open) -> None:
    data = dataclasses.replace(load_sample("fna_panel")[0], name="Mine")
    data = dataclasses.replace(data, case_ids=np.array([f"z{i}" for i in range(len(data.truth))]))
    parent = Library().add(data, Report())
    recipe = Recipe.read({"steps": [{"kind": "remove_random", "rate": 0.3}]})
    derived = Library().add(derive(data, recipe, 0, "Fewer").dataset, Report())
    gone = "The original set is no longer here"
    assert gone not in texts(open_page("data", data=derived))
    Library().remove(parent)
    app = open_page("data", data=derived)
    assert not app.exception
    assert gone in texts(app)
    assert not [b for b in app.button if b.key == "to_parent"]
