import re
from datetime import UTC, datetime, timedelta

import pytest

from app.shared import views, words
from core.methods.registry import METHODS
from core.scenarios.amount import Amount
from core.scenarios.settings import Scenario


def test_a_share_with_its_interval_reads_as_agreed() -> None:
    assert words.with_interval(0.7123, (0.68, 0.741)) == "71.2\u202f% (68.0–74.1)"


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf")])
def test_what_is_not_known_is_a_dash(nothing: float | None) -> None:
    assert words.percent(nothing) == "–"


def test_every_method_of_the_registry_has_plain_words() -> None:
    assert all(spec.label and spec.text for spec in METHODS.values())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "less than a second"), (45, "45 s"), (200, "3 min"), (4800, "1 h 20 min"), (None, "–")],
)
def test_durations_are_said_as_people_say_them(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


def test_a_moment_is_said_as_time_since_then() -> None:
    now = datetime(2025, 11, 20, 12, tzinfo=UTC)
    assert words.ago(now - timedelta(seconds=20), now) == "just now"
    assert words.ago((now - timedelta(minutes=5)).isoformat(), now) == "5 min ago"
    assert words.ago(now - timedelta(days=3), now) == "3 days ago"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "Training · estimating the time left"),
        (0.4, "Training · less than a second left"),
        (8.0, "Training · about 8 s left"),
    ],
)
def test_the_time_left_is_about_a_number_only(seconds: float | None, text: str) -> None:
    assert words.progress_text("train", seconds) == text


def test_a_breach_is_said_in_points_and_forgiven_within_the_allowance() -> None:
    assert words.breach(0.45, 0.1, 0.4) == "5.0 points above its maximum"
    assert words.breach(0.05, 0.1, 0.4) == "5.0 points below its minimum"
    assert words.breach(0.41, 0.1, 0.4, allowance=0.02) == ""


@pytest.mark.parametrize("name", [":smile:", "a :material/home: b", ":red[x]", "10:30:15", "a@b.c"])
def test_no_name_is_read_as_a_picture(name: str) -> None:
    escaped = views.escape(name)
    assert not re.search(r":[A-Za-z0-9+-]", escaped.replace("\\", ""))
    # Nothing is seen of what keeps them apart.
    assert escaped.replace("\\", "").replace("\u2060", "") == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("- A", "\\- A"),
        ("12. A", "12\\. A"),
        ("> A", "\\> A"),
        ("83.1 % (76.9)", "83.1 % (76.9)"),
        ("-5", "-5"),
        ("A\n\n# B", "A  \\# B"),
        ("&#8238;A", "\\&\\#8238;A"),
        ("www.a.bc", "www\u2060.a.bc"),
        ("דנה 1", "\u2068דנה\u2069 1"),
    ],
)
def test_no_name_begins_a_list_or_holds_markup(name: str, shown: str) -> None:
    assert views.escape(name) == shown


def test_bounds_are_said_by_their_kind() -> None:
    assert words.bounds_text(0.0, 1.0) == "any share"
    assert words.bounds_text(0.3, 0.3) == "exactly 30.0\u202f%"
    assert words.bounds_text(0.2, 0.4) == "20.0–40.0\u202f%"


def test_long_lists_are_cut_with_a_count() -> None:
    assert words.listing(["A", "B", "C"]) == "A, B and C"
    assert words.listing(list("ABCDEFG"), most=3) == "A, B and 5 more"


def test_a_sentence_begins_with_a_capital_but_for_a_name() -> None:
    assert words.sentence("the AI never decides.", ["seat1"]) == "The AI never decides."
    assert words.sentence("seat1 does not read", ["seat1"]) == "seat1 does not read."
    assert words.sentence("seat1's least", ["seat1"]) == "seat1's least."
    assert words.sentence("seats are taken", ["seat"]) == "Seats are taken."


def test_a_difference_has_a_true_minus_and_no_minus_zero() -> None:
    assert words.signed(-0.52) == "−0.5"
    assert words.signed(1.25, 2) == "+1.25"
    assert words.signed(-0.04) == "0.0"


def test_an_accuracy_nobody_measured_has_no_interval() -> None:
    assert words.with_interval(float("nan"), (float("nan"), float("nan"))) == words.UNKNOWN


def test_bounds_keep_their_units_in_a_range() -> None:
    def said(**bounds: Amount | None) -> str:
        scenario = Scenario.usual(["Ann", "AI"]).with_terms("Ann", **bounds)
        return words.range_words(scenario, scenario.terms[0])

    cases, share = Amount(60, "cases"), Amount(0.3)
    assert said() == "any share"
    assert said(maximum=cases) == "at most 60 cases a day"
    assert said(maximum=share) == "at most 30.0\u202f%"
    assert said(minimum=share) == "at least 30.0\u202f%"
    assert said(minimum=share, maximum=share) == "exactly 30.0\u202f%"
    assert said(minimum=share, maximum=Amount(0.4)) == "30.0–40.0\u202f%"
    assert said(minimum=Amount(20, "cases"), maximum=cases) == "20–60 cases a day"
    assert said(minimum=share, maximum=cases) == "30.0\u202f% to 60 cases a day"
