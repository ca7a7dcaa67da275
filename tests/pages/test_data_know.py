"""What the Data page says before training: what to check first, the AI, dates, how many more."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.data import external_ai, know_charts
from core.base.clusters import Mean
from core.base.report import Report
from core.consensus.fill import with_consensus
from core.dataset.annotation_set import AnnotationSet
from core.insight.accuracy import by_class
from core.insight.calibration import Calibration
from core.insight.how_many import cases_for, half_width
from core.insight.overall import overall
from core.library.samples import load_sample
from core.library.store import Library
from tests.pages.conftest import Open, texts
from tests.pages.test_data_parts import alts, charts, made


@pytest.fixture
def part(empty_home: Path, open_page: Open):
    def open_(view: str, data: AnnotationSet | str = "fna_panel", **query: str) -> AppTest:
        chosen = data if isinstance(data, str) else Library().add(data, Report())
        app = open_page("data", data=chosen, view=view, **query)
        assert not app.exception
        assert not app.error
        return app

    return open_


def with_ai(data: AnnotationSet) -> AnnotationSet:
    """The same with an AI that is always 98 % sure and right in half the cases, and with dates."""
    n, c = len(data.truth), len(data.classes)
    given = np.full((n, c), 0.02 / (c - 1), np.float32)
    given[np.arange(n), (data.truth + np.arange(n) % 2) % c] = 0.98
    dates = (np.datetime64("2023-01-01") + np.arange(n)).astype(str)
    return dataclasses.replace(data, ai_probabilities=given, groups={"group_date": dates})


def test_findings_stand_under_their_weight_with_what_to_do(part) -> None:
    data = made(np.ones((400, 3), bool))
    data.annotated[20:, 2] = False
    said = texts(part("first", data))
    assert "Deal with these before training" in said
    assert "Reader 2 annotated" in said
    assert "group_date" in said  # how to keep dates


def test_agreement_of_all_is_said(part) -> None:
    data, _ = load_sample("fna_panel")
    value = overall(data).value
    assert f"Krippendorff's α is **{value:.2f}**" in texts(part("agreement"))
    assert "Fleiss' κ" in texts(part("agreement", made(np.ones((40, 3), bool))))


def test_who_read_with_whom_is_counted(part) -> None:
    data, _ = load_sample("fna_panel")
    app = part("pattern")
    both = data.annotated.T.astype(int) @ data.annotated.astype(int)
    assert charts(app)[1]["data"][1]["text"] == [f"{n:,}" for n in both.ravel()]
    many = part("pattern", made(np.kron(np.eye(2, dtype=bool), np.ones((30, 25), bool))))
    table = many.dataframe[0].value
    assert table["Partners"].tolist() == [24] * 50
    assert table["Shared"].tolist() == [30] * 50
    assert "625 of 1,225 pairs never read the same case" in texts(many)


def test_accuracy_per_expert_and_class_is_a_matrix_or_a_table(part) -> None:
    data = made(np.ones((60, 3), bool))
    app = part("experts", data)
    cells = next(c for c, a in zip(charts(app), alts(app), strict=True) if "every class" in a)
    right = (data.annotations == data.truth[:, None])[data.truth == 1, 2].mean()
    assert cells["data"][1]["text"][5] == f"{100 * right:.0f}"
    many = made(np.ones((60, 30), bool))
    table = part("experts", many).dataframe[1].value
    own = (many.annotations == many.truth[:, None])[many.truth == 0, 7].mean()
    assert table["class 0"][7] == pytest.approx(100 * own)


def test_the_external_ai_has_a_reliability_curve(part) -> None:
    data = with_ai(made(np.ones((200, 2), bool)))
    app = part("ai", data)
    assert "too high" in texts(app)
    assert "98.0\u202f%" in alts(app)[0]
    brier, ece = app.metric[-2:]
    assert brier.value == f"{0.98**2:.3f}"  # every test case is one that the AI gets wrong
    assert ece.value == "98.0 points"
    assert "ai" not in part("ai").session_state["view"]  # a set without an AI has no such tab


def test_dates_give_a_curve_over_time(part) -> None:
    data = with_ai(made(np.ones((200, 2), bool)))
    app = part("time", data, time_expert="Reader 1")
    assert "Accuracy of Reader 1 per" in alts(app)[0]
    assert [t["name"] for t in charts(app)[0]["data"]] == ["Reader 1", "external AI"]


@pytest.mark.parametrize("of", ["team", "expert", "class"])
def test_how_many_more_are_counted_for_the_wanted_width(part, of: str) -> None:
    data = made(np.ones((60, 2), bool))
    app = part("more", data, more_of=of, more_half="4")
    right = data.annotations == data.truth[:, None]
    if of == "team":
        test = data.split == 2
        share = round(100 * right[test].mean()) / 100
        n, have = cases_for(share, 0.04), int(test.sum())
    else:
        rows = data.truth == 0 if of == "class" else np.ones(60, bool)
        n, have = cases_for(right[rows, 0].mean(), 0.04), int(rows.sum())
    assert f"{n:,}: **{n - have:,} more" in texts(app)
    if of != "team":
        table = app.dataframe[0].value.set_index("Expert")
        assert table.loc["Reader 0", "More"] == n - have
    (figure,) = charts(app)
    assert [t["text"] for t in figure["data"][1:]] == [[f"today: {have}"], [f"wanted: {n:,}"]]


@pytest.mark.parametrize("view", ["first", "ai", "time", "more"])
@pytest.mark.parametrize(
    "data",
    [
        made(np.ones((24, 2), bool), inputs=None, feature_names=()),
        made(np.zeros((24, 2), bool)),
        made(np.ones((24, 1), bool)),
        made(np.random.default_rng(0).random((300, 5)) < 0.5, classes=60),
        made(np.random.default_rng(0).random((80, 3)) < 0.5, experts=("<b>*x*", "$a$", "_u_")),
        made(np.ones((24, 2), bool), split=np.zeros(24, np.int8)),
    ],
    ids=["labels only", "no annotations", "one expert", "sixty classes", "odd names", "no test"],
)
def test_every_part_stands_every_set(part, view: str, data: AnnotationSet) -> None:
    assert all(alts(part(view, with_ai(data))))


def with_cad(data: AnnotationSet) -> AnnotationSet:
    """The same, whose last expert is an AI."""
    return dataclasses.replace(data, machines=data.experts[-1:])


def test_further_ais_are_called_so_and_left_out_of_agreement(part) -> None:
    data = with_cad(made(np.ones((200, 4), bool)))
    app = part("experts", data)
    assert {m.label: m.value for m in app.metric}["Experts"] == "3"
    assert app.dataframe[0].value["Expert"].tolist()[-1] == "Reader 3 (AI)"
    assert "Reader 3 (AI)" in json.dumps(charts(app))
    app = part("agreement", data)
    assert len(app.dataframe[0].value) == 3
    assert "Reader 3" not in json.dumps(charts(app))
    assert "Reader 3, an AI, is left out" in texts(app)
    # Who read what with whom is about people, too.
    both = charts(part("pattern", data))[1]["data"][1]["text"]
    assert both == ["200"] * 9


def test_the_tab_of_the_external_ai_has_a_row_per_ai(part) -> None:
    data = with_cad(with_ai(made(np.ones((200, 4), bool))))
    app = part("ai", data)
    rows = app.dataframe[0].value
    assert rows["AI"].tolist() == ["The AI that coverage counts", "Reader 3"]
    test = data.split == 2
    right = (data.annotations[:, 3] == data.truth)[test].mean()
    assert rows["Accuracy"][1].startswith(f"{100 * right:.1f}")
    # Without an AI that has probabilities, the others are still shown.
    app = part("ai", with_cad(made(np.ones((200, 4), bool))))
    assert app.dataframe[0].value["AI"].tolist() == ["Reader 3"]
    assert not charts(app)


def test_the_sentence_on_calibration_agrees_with_the_ece() -> None:
    def found(off: float, ece: float) -> str:
        excess = Mean(off, off - 0.02, off + 0.02)
        return external_ai.sentence(
            Calibration(pd.DataFrame(), Mean(0, 0, 0), ece, 0.05, excess, 100, "test"), None
        )

    assert "too high" in found(0.03, 0.06)
    assert "ECE" not in found(0.03, 0.06)
    # Too high on average, though its ECE alone would be within chance: both are said.
    assert "too low" in found(-0.03, 0.04)
    assert "ECE does not show it" in found(-0.03, 0.04)
    assert "in parts of its range" in found(0.01, 0.06)
    assert "distinguishable" not in found(0.01, 0.06)
    assert "distinguishable" in found(0.01, 0.04)


def test_figures_of_a_set_by_consensus_say_what_they_are_against(part) -> None:
    data = made(np.ones((120, 4), bool))
    found = with_consensus(data, "dawid-skene", np.arange(120) % 3 > 0, Report())
    app = part("experts", found)
    cells = next(c for c, a in zip(charts(app), alts(app), strict=True) if "every class" in a)
    own = by_class(found, 2)["accuracy"]
    assert cells["data"][1]["text"][4:6] == [f"{100 * a:.0f}" for a in own]
    titles = [c["layout"]["yaxis"].get("title", {}).get("text") for c in charts(app)]
    assert "Others' consensus" in titles
    assert "Ground truth" not in titles
    app = part("experts", data)
    titles = [c["layout"]["yaxis"].get("title", {}).get("text") for c in charts(app)]
    assert "Ground truth" in titles


def test_the_team_needs_more_cases_where_annotations_are_missing(part) -> None:
    mask = np.random.default_rng(0).random((400, 2)) < 0.6
    data = made(mask)
    app = part("more", data, more_of="team", more_half="4", more_expected="80")
    test = data.split == 2
    missing, have = 1 - mask[test].mean(), int(test.sum())
    n = math.ceil(cases_for(0.8, 0.04) / (1 - missing))
    said = texts(app)
    first, then = f"takes {n:,}: **{n - have:,} more", f"takes {cases_for(0.8, 0.04):,}: "
    assert 0 < said.index("as they are") < said.index(first)
    assert said.index(first) < said.index("Without missing") < said.index(then)
    (figure,) = charts(app)
    assert [t["text"] for t in figure["data"][1:]] == [[f"today: {have}"], [f"wanted: {n:,}"]]
    # The curve goes through today's width.
    width = float(half_width(0.8, have * (1 - missing)))
    assert f"± {100 * width:.1f} points" in said
    none = part("more", made(mask & (data.split != 2)[:, None]), more_of="team")
    assert "cannot be measured yet" in texts(none)


@pytest.mark.parametrize("today", [(40, 0.12), (60, 0.1), (61, 0.099)])
def test_the_labels_of_today_and_wanted_lie_on_both_sides_of_the_curve(
    today: tuple[float, float],
) -> None:
    cases = np.geomspace(5, 200, 50)
    figure = know_charts.width(
        cases, 0.8 / np.sqrt(cases), today=today, wanted=(60, 0.1), x="Cases", theme="light"
    )
    where = {t.name: t.textposition for t in figure.data[1:]}
    assert set(where.values()) == {"top right", "bottom left"}
    assert where["wanted"] == ("top right" if today[1] < 0.1 else "bottom left")
