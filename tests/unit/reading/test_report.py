import pytest

from core.base.report import DataError, Problem, Report, clip, listed, refuse


def test_sentence_holds_found_expected_remedy_and_places() -> None:
    problem = Problem("error", "bad labels", "'x'", "'a' or 'b'", "correct them", 9, ("row 3",))
    assert problem.sentence() == (
        "bad labels: found 'x', expected 'a' or 'b'. Correct them. First of 9: row 3."
    )


def test_sentence_is_one_line_whatever_the_file_holds() -> None:
    line = Problem("error", "bad", "a\nb\x1b[31m\u202ec").sentence()
    assert line.isprintable()
    assert line == "bad: found a b⟨U+001B⟩[31m⟨U+202E⟩c."


def test_error_of_several_problems_names_the_first_and_counts_the_rest() -> None:
    report = Report()
    report.error("first")
    report.warn("only a warning")
    report.error("second")
    report.error("third")
    with pytest.raises(DataError) as caught:
        report.stop()
    assert str(caught.value) == "first. (and 2 more problems)"
    assert caught.value.report is report


def test_warnings_do_not_stop() -> None:
    report = Report()
    report.warn("odd")
    report.stop()
    assert [p.what for p in report.warnings] == ["odd"]


def test_only_the_first_five_places_are_kept() -> None:
    report = Report()
    report.error("bad", count=9, examples=[f"row {i}" for i in range(9)])
    assert report.errors[0].examples == ("row 0", "row 1", "row 2", "row 3", "row 4")


def test_report_survives_json() -> None:
    report = Report()
    report.warn("odd", found="x", count=3, examples=["row 1"])
    report.note("done")
    assert Report.from_list(report.to_list()) == report


def test_refuse_keeps_earlier_problems() -> None:
    report = Report()
    report.warn("earlier")
    with pytest.raises(DataError) as caught:
        refuse("now", report=report)
    assert [p.what for p in caught.value.report.problems] == ["earlier", "now"]


def test_clip_cuts_long_text() -> None:
    assert clip("x" * 500, 10) == "x" * 9 + "…"


def test_listed_counts_what_it_leaves_out() -> None:
    assert listed(["a", "b", "c"], 2) == "'a', 'b' and 1 more"
