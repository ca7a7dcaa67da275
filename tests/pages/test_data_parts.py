"""The parts of the Data page: every number is told again from the data."""

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, confusion_matrix
from streamlit.testing.v1 import AppTest

from core.base.percents import percent
from core.base.report import Report
from core.base.shares import wilson
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.missingness import drop_annotations
from core.library.samples import load_sample
from core.library.store import Library
from tests.pages.conftest import Open, texts

NARROW = "\u202f%"
Part = Callable[..., AppTest]


@pytest.fixture
def part(empty_home: Path, open_page: Open) -> Part:
    """Opens a part of the page over a sample, or over a set that is stored first."""

    def open_(view: str, data: AnnotationSet | str = "fna_panel", **query: str) -> AppTest:
        chosen = data if isinstance(data, str) else Library().add(data, Report())
        app = open_page("data", data=chosen, view=view, **query)
        assert not app.exception
        assert not app.error
        return app

    return open_


def made(mask: np.ndarray, classes: int = 2, **changes: Any) -> AnnotationSet:
    """A set of features annotated where `mask` says, three quarters of it rightly."""
    rng = np.random.default_rng(0)
    n, m = mask.shape
    truth = (np.arange(n) % classes).astype(np.int32)
    other = (truth[:, None] + rng.integers(1, classes, (n, m))) % classes
    said = np.where(rng.random((n, m)) < 0.75, truth[:, None], other)
    data = AnnotationSet(
        name="made",
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=np.where(np.arange(n) % 4 == 3, Split.TEST, Split.TRAIN).astype(np.int8),
        inputs=rng.random((n, 3)).astype(np.float32),
        truth=truth,
        annotations=np.where(mask, said, 0).astype(np.int32),
        annotated=mask,
        classes=tuple(f"class {c}" for c in range(classes)),
        experts=tuple(f"Reader {i}" for i in range(m)),
        feature_names=("a", "b", "c"),
    )
    return dataclasses.replace(data, **changes)


def charts(app: AppTest) -> list[Any]:
    return [json.loads(c.proto.spec) for c in app.get("plotly_chart")]


def alts(app: AppTest) -> list[str]:
    return [c.proto.alt for c in app.get("plotly_chart")]


def test_counts_per_class_and_split(part: Part) -> None:
    data, _ = load_sample("fna_panel")
    classes, splits = (d.value for d in part("overview").dataframe)
    for c, label in enumerate(data.classes):
        row = classes.set_index("Class").loc[label]
        assert row["Training"] == ((data.truth == c) & (data.split == Split.TRAIN)).sum()
        assert row["Test"] == ((data.truth == c) & (data.split == Split.TEST)).sum()
        assert row["Share"] == pytest.approx(100 * (data.truth == c).mean())
    test = splits.set_index("Split").loc["Test"]
    assert test["Annotations"] == data.annotated[data.split == Split.TEST].sum()


def test_groups_have_counts_and_accuracy_with_intervals(part: Part) -> None:
    mask = np.ones((40, 2), bool)
    data = made(mask, groups={"group_site": np.array(["A"] * 10 + ["B"] * 30)})
    table = part("overview", data, group_expert="Reader 1").dataframe[2].value.set_index("Group")
    assert table.index.tolist() == ["B", "A"]
    right = int((data.annotations == data.truth[:, None])[10:, 1].sum())
    low, high = wilson(right, 30)
    assert table.loc["B", "Accuracy"] == (
        f"{100 * right / 30:.1f}{NARROW} ({100 * low:.1f}–{100 * high:.1f})"
    )


def test_no_test_annotations_are_said(part: Part) -> None:
    data = made(np.ones((40, 2), bool))
    blind = dataclasses.replace(data, annotated=(data.split == Split.TRAIN)[:, None].repeat(2, 1))
    assert "No expert annotated a test case" in part("overview", blind).warning[0].value


def test_problems_have_places_and_remedies_and_can_be_taken_away(
    empty_home: Path, open_page: Open
) -> None:
    report = Report()
    report.warn("labels differ", found="'x'", remedy="correct them", examples=["a.csv line 3"])
    report.note("all was scaled")
    chosen = Library().add(made(np.ones((8, 2), bool)), report)
    app = open_page("data", data=chosen, view="problems")
    assert "1 warning: " in texts(app)
    assert "1 note on routine changes" in texts(app)
    assert "What to do: correct them" in app.warning[0].value
    assert "a.csv line 3" in app.warning[0].value
    assert {b.label for b in app.get("download_button")} >= {"Report as CSV", "Report as JSON"}


def test_a_set_without_remarks_says_so(part: Part) -> None:
    app = part("problems", made(np.ones((8, 2), bool)))
    assert "No problems" in app.success[0].value


def test_the_picture_holds_every_annotation_once(part: Part) -> None:
    data = made(np.random.default_rng(1).random((60, 4)) < 0.6)
    app = part("pattern", data)
    figure = charts(app)[0]
    cells = np.array(_decoded(figure["data"][0]["z"])).ravel()
    right = data.annotated & (data.annotations == data.truth[:, None])
    assert (cells == 0).sum() == (~data.annotated).sum()
    assert (cells == 1).sum() == right.sum()
    assert (cells == 2).sum() == (data.annotated & ~right).sum()
    assert [t["name"] for t in figure["data"][1:]] == [
        "right annotation",
        "wrong annotation",
        "missing",
    ]
    assert "As if at random" in texts(app)
    assert percent(1 - data.annotated.mean()) in alts(app)[0]


def _decoded(values: Any) -> Any:
    """A figure's numbers: plotly writes arrays as base64."""
    import base64

    if not isinstance(values, dict):
        return values
    flat = np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"]))
    return flat.reshape([int(n) for n in str(values["shape"]).split(",")])


def test_blocks_are_told_in_words(part: Part) -> None:
    app = part("pattern", made(np.kron(np.eye(3, dtype=bool), np.ones((20, 2), bool))))
    assert "fall into 3 groups that share no case" in texts(app)
    assert "exactly 2 annotations" in texts(app)


def test_a_complete_table_is_told_in_words(part: Part) -> None:
    assert "every expert annotated every case" in texts(
        part("pattern", made(np.ones((20, 3), bool)))
    )


def test_a_large_picture_is_put_together(part: Part) -> None:
    rng = np.random.default_rng(0)
    app = part("pattern", made(rng.random((2000, 150)) < 0.3), sort="class")
    figure = charts(app)[0]
    assert np.array(_decoded(figure["data"][0]["z"])).shape == (75, 400)
    assert figure["layout"]["xaxis"]["ticktext"] == ["class 0", "class 1"]
    assert "combines 2 experts and 5 cases" in texts(app)


def test_each_expert_has_share_annotated_and_accuracy(part: Part) -> None:
    data, _ = load_sample("fna_panel")
    app = part("experts")
    table = app.dataframe[0].value
    assert list(table["Expert"]) == list(data.experts)
    for m in range(len(data.experts)):
        given = data.annotated[:, m]
        right = (data.annotations[:, m] == data.truth)[given]
        low, high = wilson(right.sum(), given.sum())
        assert table["Share annotated"][m] == pytest.approx(100 * given.mean())
        assert table["Accuracy"][m] == pytest.approx(100 * right.mean())
        assert table["95 % interval"][m] == f"{100 * low:.1f}–{100 * high:.1f}{NARROW}"
    assert "Accuracy of 4 experts with 95 % intervals" in alts(app)[0]


def test_experts_who_are_part_of_the_truth_are_marked(part: Part) -> None:
    data = made(np.ones((60, 2), bool))
    assert "Ground truth" not in part("experts", data).dataframe[0].value
    said = data.annotations.copy()
    said[:, 1] = data.truth
    app = part("experts", dataclasses.replace(data, annotations=said), expert="Reader 1")
    assert app.dataframe[0].value["Truth"].tolist() == ["", "part of it"]
    assert "Reader 1" in app.warning[0].value
    assert "(part of the truth)" in texts(app)


def test_the_chosen_expert_has_accuracy_per_class_and_confusion(part: Part) -> None:
    data, _ = load_sample("fna_panel")
    app = part("experts", expert="Strict")
    m = data.experts.index("Strict")
    given = data.annotated[:, m]
    counts = confusion_matrix(data.truth[given], data.annotations[given, m])
    table = app.dataframe[1].value.set_index("Class")
    for c, label in enumerate(data.classes):
        low, high = wilson(counts[c, c], counts[c].sum())
        assert table.loc[label, "Annotated"] == counts[c].sum()
        assert table.loc[label, "Accuracy"] == (
            f"{100 * counts[c, c] / counts[c].sum():.1f}{NARROW} ({100 * low:.1f}–{100 * high:.1f})"
        )
    assert charts(app)[2]["data"][1]["text"] == [f"{n:,}" for n in counts.ravel()]
    assert "Annotations of Strict against ground truth" in alts(app)[2]


def test_an_answer_that_is_no_class_has_a_column_in_the_confusion(part: Part) -> None:
    data = made(np.ones((40, 2), bool), extra_answers=("HEDGE",))
    data.annotations[:7, 0] = 2
    app = part("experts", data, expert="Reader 0")
    matrix = charts(app)[2]["data"][1]["text"]
    assert len(matrix) == 2 * 3
    assert int(matrix[2]) + int(matrix[5]) == 7
    assert "7 annotations of no class (HEDGE)" in texts(app)
    right = (data.annotations[:, 0] == data.truth).mean()
    assert app.dataframe[0].value.set_index("Expert")["Accuracy"]["Reader 0"] == 100 * right


def test_marking_a_row_chooses_the_expert(part: Part) -> None:
    app = part("experts")
    app.session_state["expert_rows"] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    app.run()
    assert app.selectbox(key="expert").value == "Senior"
    # The box may then say something else, though the row stays marked.
    app.selectbox(key="expert").select("Junior").run()
    assert app.selectbox(key="expert").value == "Junior"
    assert app.query_params.get("expert", ["Junior"]) in ("Junior", ["Junior"])


def test_kappa_of_every_pair_is_that_of_scikit_learn(part: Part) -> None:
    data, _ = load_sample("fna_panel")
    app = part("agreement")
    table = app.dataframe[0].value
    assert len(table) == 6
    for row in table.itertuples():
        i, j = (data.experts.index(name) for name in (row.Expert, row[2]))
        both = data.annotated[:, i] & data.annotated[:, j]
        kappa = cohen_kappa_score(data.annotations[both, i], data.annotations[both, j])
        assert row[4] == both.sum()
        assert row[3].startswith(f"{kappa:.2f} (")
    figure = charts(app)[0]
    written = figure["data"][1]["text"]
    assert len([w for w in written if w]) == 12  # both triangles, nothing on the diagonal
    assert "Cohen's kappa of every pair" in alts(app)[0]


def test_many_experts_are_listed_with_those_that_share_too_little(part: Part) -> None:
    mask = np.kron(np.eye(2, dtype=bool), np.ones((30, 10), bool))
    app = part("agreement", made(mask))
    assert "The median κ of 90 pairs" in texts(app)
    assert "100 pairs of 190 share no case at all" in texts(app)
    kappas = [float(v.split()[0].replace("\u2212", "-")) for v in app.dataframe[0].value["κ"]]
    assert len(kappas) == 90
    assert kappas == sorted(kappas, reverse=True)
    few = part("agreement", made(mask), pairs="few", pairs_of="Reader 3")
    assert set(few.dataframe[0].value["κ"]) == {"too few shared cases"}
    assert len(few.dataframe[0].value) == 10


def test_constant_labels_are_said_instead_of_a_number(part: Part) -> None:
    data = made(np.ones((30, 3), bool))
    same = np.zeros((30, 3), np.int32)
    same[::2, 2] = 1
    table = part("agreement", dataclasses.replace(data, annotations=same)).dataframe[0].value
    said = {(row.Expert, row[2]): row[3] for row in table.itertuples()}
    assert said["Reader 0", "Reader 1"].startswith("undefined")
    assert said["Reader 0", "Reader 2"].startswith("always 0.00")


def test_one_expert_has_nobody_to_agree_with(part: Part) -> None:
    data = made(np.ones((20, 1), bool))
    assert "needs two experts" in part("agreement", data).info[0].value
    assert len(part("experts", data).dataframe[0].value) == 1
    assert "One expert" not in texts(part("pattern", data))


@pytest.mark.parametrize("rate", [0, 50])
def test_the_missing_rate_is_counted_before_training(part: Part, rate: int) -> None:
    data, _ = load_sample("fna_panel")
    train = data.index(Split.TRAIN)
    left = drop_annotations(data.annotated[train], rate / 100, 0)
    app = part("missing", missing=str(rate))
    experts, classes = (d.value for d in app.dataframe)
    assert experts["Left"].tolist() == left.sum(axis=0).tolist()
    assert experts["Now"].tolist() == data.annotated[train].sum(axis=0).tolist()
    assert classes["Left"].tolist() == [int(left[data.truth[train] == c].sum()) for c in (0, 1)]
    nobody = int((~left.any(axis=1)).sum())
    said = texts(app)
    assert f"**{left.sum():,}**" in said or not rate
    assert f"{nobody} cases**" in said if rate else f"{nobody} of {len(train)} training" in said


def test_the_missing_rate_goes_along_to_training(part: Part) -> None:
    app = part("missing", missing="50")
    app.button(key="train_missing").click().run()
    assert app.slider(key="missing").value == 50
    assert app.selectbox(key="data").value == "fna_panel"


def test_cases_can_be_filtered_by_disagreement_and_class(part: Part) -> None:
    data, _ = load_sample("fna_panel")
    app = part("cases", said="disagree", truth="1", split="test")
    votes = [set(a[m]) for a, m in zip(data.annotations, data.annotated, strict=True)]
    fits = np.array([len(v) > 1 for v in votes]) & (data.truth == 1) & (data.split == Split.TEST)
    assert f"**{fits.sum()} cases** of 569" in texts(app)
    table = app.dataframe[0].value
    assert set(table["Ground truth"]) == {data.classes[1]}
    assert set(table["Split"]) == {"Test"}
    assert set(table["Case"]) <= set(data.case_ids[fits])


def test_a_marked_case_is_shown_in_full(part: Part) -> None:
    app = part("cases")
    app.session_state["case_rows"] = {"selection": {"rows": [3], "columns": [], "cells": []}}
    app.run()
    data, _ = load_sample("fna_panel")
    given = np.flatnonzero(data.annotated[3])
    table = app.dataframe[1].value.set_index("Expert")
    assert set(table.index) == {data.experts[m] for m in given}
    for m in given:
        right = "right" if data.annotations[3, m] == data.truth[3] else "wrong"
        assert table.loc[data.experts[m], "Right or wrong"] == right
    assert len(app.dataframe[2].value) == len(data.feature_names)


def test_images_are_shown_with_who_said_what(part: Part) -> None:
    app = part("cases", "digits_trio", said="wrong")
    data, _ = load_sample("digits_trio")
    right = data.annotated & (data.annotations == data.truth[:, None])
    wrong = (data.annotated.any(axis=1) & ~right.any(axis=1)).sum()
    assert f"**{wrong} cases** of 1,797" in texts(app)
    assert len(app.get("image")) == 12
    assert ":material/close:" in app.caption[-1].value


def test_filters_that_nothing_fits_say_so(part: Part) -> None:
    app = part("cases", made(np.ones((20, 2), bool)), said="nobody")
    assert "No case fits" in app.info[0].value


def test_a_click_on_a_tab_opens_it_again_and_again(part: Part) -> None:
    app = part("overview")
    for title, view in (("Problems", "problems"), ("Agreement", "agreement"), ("Cases", "cases")):
        app.session_state["view_tabs"] = title
        app.run()
        assert app.query_params["view"] in (view, [view])
    app.session_state["view_tabs"] = "Overview"
    app.run()
    assert "view" not in app.query_params


def test_which_part_is_open_stands_in_the_url(part: Part) -> None:
    app = part("agreement")
    app.session_state["view_tabs"] = "Experts"
    assert app.run().query_params["view"] in ("experts", ["experts"])
    app.session_state["view_tabs"] = "Overview"
    assert "view" not in app.run().query_params
    assert part("no such part").session_state["view"] == "overview"


VIEWS = ("overview", "problems", "pattern", "experts", "agreement", "missing", "cases")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "data",
    [
        made(np.ones((24, 2), bool), inputs=None, feature_names=()),
        made(np.arange(24)[:, None] % 3 > 0),
        made(np.zeros((24, 2), bool)),
        made(np.random.default_rng(0).random((300, 5)) < 0.5, classes=60),
        made(np.random.default_rng(0).random((80, 3)) < 0.5, experts=("<b>*x*", "$a$", "_u_")),
    ],
    ids=["labels only", "one expert", "no annotations", "sixty classes", "odd names"],
)
def test_every_part_stands_every_set(part: Part, view: str, data: AnnotationSet) -> None:
    app = part(view, data)
    assert all(alts(app))


def test_downloads_are_safe_for_spreadsheets() -> None:
    from app.data.remarks import _table
    from core.base.export import csv_text

    report = Report()
    report.warn("odd", found="=1+1", examples=["a", "b"])
    table = pd.read_csv(io.StringIO(csv_text(_table(report))))
    assert table["found"][0] == "'=1+1"
    assert table["examples"][0] == "a; b"
