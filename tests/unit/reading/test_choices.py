"""Choices that problems offer, and the options they set."""

import shlex

import pytest
from pydantic import ValidationError

from core.base.report import Choice, Report
from core.cli.parser import parse, with_options
from core.reading.formats import ReadOptions

EVERY = {
    "ignore_unknown_cases": True,
    "truth_words": "class",
    "rate": "0.3",
    "answers": [("a", "b")],
    "ids": "alike",
    "repeats": "first",
    "keep_columns": ["a"],
    "leave_out_columns": ["a"],
    "patients": "ids",
    "split": "draw",
    "missing_words": [],
}


def report_with(*choices: Choice) -> Report:
    report = Report()
    report.error("a problem", choices=choices)
    return report


def test_choices_survive_the_way_through_json() -> None:
    report = report_with(Choice("ids", "alike", "join them"))
    assert Report.from_list(report.to_list()) == report
    report = report_with()
    assert "choices" not in report.to_list()[0]  # reports stored before had none
    assert Report.from_list(report.to_list()) == report


def test_a_column_is_kept_or_left_out_as_was_said_last() -> None:
    options = ReadOptions().choose("keep_columns", ["a", "b"]).choose("leave_out_columns", ["a"])
    assert options.keep_columns == ("b",)
    assert options.leave_out_columns == ("a",)


def test_choices_are_said_in_words() -> None:
    options = ReadOptions(ignore_unknown_cases=True, answers=(("hedge", ""),), repeats="last")
    assert options.chosen() == [
        "annotations of cases that are not listed are left out",
        "answers that are no class: 'hedge = no annotation'",
        "of several annotations of a case by one expert: the last counts",
    ]
    assert ReadOptions().chosen() == []
    assert all(ReadOptions.model_validate({name: value}).chosen() for name, value in EVERY.items())


def test_an_answer_means_what_was_said_last() -> None:
    options = ReadOptions().choose("answers", [["hedge", "yes"], ["unsure", ""]])
    options = options.choose("answers", [["hedge", "hedge"]])
    assert dict(options.answers) == {"hedge": "hedge", "unsure": ""}


@pytest.mark.parametrize(("option", "value"), [("paths", "x"), ("ids", "about"), ("answers", "x")])
def test_choices_that_do_not_exist_are_refused(option: str, value: str) -> None:
    with pytest.raises((ValidationError, ValueError)):
        ReadOptions().choose(option, value)


@pytest.mark.parametrize(
    ("choice", "option", "expected"),
    [
        (Choice("ids", "alike", ""), "ids", "alike"),
        (Choice("ignore_unknown_cases", True, ""), "ignore_unknown_cases", True),
        (Choice("answers", [["not sure", ""]], ""), "answers", [("not sure", "")]),
        (Choice("answers", [["a=b", "c"]], ""), "answers", [("a=b", "c")]),
        (Choice("leave_out_columns", ["x y", "z"], ""), "leave_out_columns", ["x y", "z"]),
    ],
)  # fmt: skip
def test_the_options_said_beside_a_problem_can_be_typed(
    choice: Choice, option: str, expected: object
) -> None:
    line = with_options(report_with(choice).errors[0])
    typed = line.partition("Options: ")[2].removesuffix(" ().")
    options = parse(["inspect", "sample:fna_panel", *shlex.split(typed)])
    assert getattr(options, option) == expected
