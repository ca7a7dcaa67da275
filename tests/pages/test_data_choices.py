"""An upload that asks and forgives: choices beside problems, files that stay, words for missing."""

from pathlib import Path

import pytest

from app.data import upload_files
from core.base import limits
from core.library.store import Library
from tests.pages.conftest import Open, texts
from tests.pages.test_data import ANNOTATIONS, BUNDLE, CASES, offer, read, upload

NEAR = [BUNDLE[0], ("annotations.csv", ANNOTATIONS.replace("\nc", "\nC"), "text/csv")]
TWICE = [BUNDLE[0], ("annotations.csv", f"{ANNOTATIONS}c1,Ada,well\n", "text/csv")]


def control(app):
    (radio,) = (r for r in app.radio if r.key.startswith("upload_choice_"))
    return radio


def report_of_the_set() -> str:
    (entry,) = Library().entries()
    problems = Library().report(entry.content_hash).problems
    return " | ".join(p.sentence() for p in problems)


def test_an_error_waits_for_a_choice_and_is_read_with_it(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), NEAR)
    assert "differ from listed ones in capitals only" in app.error[0].value
    assert control(app).value is None
    assert len(control(app).options) == 2
    read(app)  # nothing was chosen, so nothing changes
    assert Library().entries() == []
    control(app).set_value(0).run()
    read(app)
    assert [e.cases for e in Library().entries()] == [40]
    assert "read with these choices: case ids that are nearly the same: joined" in (
        report_of_the_set()
    )
    assert not app.exception


def test_a_choice_of_several_counts(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), TWICE)
    assert len(control(app).options) == 3
    control(app).set_value(1).run()
    read(app)
    (entry,) = Library().entries()
    data = Library().load(entry.content_hash)
    said = data.annotations[data.case_ids.tolist().index("c1"), data.experts.index("Ada")]
    assert data.classes[said] == "well"


def asks(open_page: Open):
    """A set whose annotations of unlisted cases are left out, though these are nearly listed."""
    app = upload(open_page("data"), [BUNDLE[0], ("annotations.csv", mixed(), "text/csv")])
    control(app).set_value(1).run()
    return read(app)


def mixed() -> str:
    return ANNOTATIONS.replace("\nc1,Ben", "\nC1,Ben")


def test_a_set_with_choices_is_stored_when_they_are_confirmed(
    empty_home: Path, open_page: Open
) -> None:
    app = asks(open_page)
    assert Library().entries() == []
    assert "40 cases, 2 experts, 2 classes, 59 annotations" in texts(app)
    assert control(app).value == 0  # what was done
    assert "upload_read" not in {b.key for b in app.button}
    read(app, "upload_store")
    (entry,) = Library().entries()
    assert Library().load(entry.content_hash).annotated.sum() == 59
    assert app.selectbox(key="data").value == entry.content_hash


def test_another_choice_is_stored_at_once(empty_home: Path, open_page: Open) -> None:
    app = asks(open_page)
    control(app).set_value(1).run()
    read(app, "upload_store")
    (entry,) = Library().entries()
    assert Library().load(entry.content_hash).annotated.sum() == 60


def test_what_was_confirmed_holds_for_these_files_only(empty_home: Path, open_page: Open) -> None:
    app = offer(asks(open_page), [BUNDLE[1]])
    assert "upload_store" not in {b.key for b in app.button}
    assert "have changed since" in texts(app)
    read(app)
    assert [e.cases for e in Library().entries()] == [40]


def test_choices_can_be_forgotten(empty_home: Path, open_page: Open) -> None:
    app = asks(open_page)
    app.button(key="upload_forget").click().run()
    assert "Chosen so far" not in texts(app)
    read(app)
    assert app.error
    assert control(app).value is None


def test_only_the_wrong_file_is_given_again(empty_home: Path, open_page: Open) -> None:
    bad = CASES.replace("c7,train", "c7,nowhere") + "c1,train,ill,3\n"
    worse = ANNOTATIONS + "c1,Ada,ill;well\n"
    app = upload(
        open_page("data"), [("cases.csv", bad, "text/csv"), ("annotations.csv", worse, "text/csv")]
    )
    said = " ".join(e.value for e in app.error)
    assert all(word in said for word in ("ill;well", "nowhere", "listed twice"))
    offer(app, [BUNDLE[0]])
    read(app)
    assert "ill;well" in app.error[0].value
    assert len(app.error) == 1
    offer(app, [BUNDLE[1]])
    read(app)
    assert len(Library().entries()) == 1
    # Then there is nothing left in the uploader.
    assert not [b for b in app.button if b.key.startswith("upload_")]
    assert app.session_state["upload_files"] == {}


def test_files_name_and_choices_survive_another_page(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), NEAR)
    control(app).set_value(0).run()
    app.text_input(key="upload_name").input("Ward 3").run()
    app.switch_page("../pages/home.py").run()
    app.switch_page("../pages/data.py").run()
    assert "upload_remove_cases.csv" in {b.key for b in app.button}
    assert control(app).value == 0
    read(app)
    assert [e.name for e in Library().entries()] == ["Ward 3"]
    offer(app, BUNDLE)
    assert app.text_input(key="upload_name").value == ""


def test_a_new_session_says_that_the_files_are_gone(empty_home: Path, open_page: Open) -> None:
    app = offer(open_page("data"), BUNDLE)
    assert app.query_params["upload"] == "waiting"
    app = open_page("data", upload="waiting")
    assert "Choose them again" in app.info[0].value
    offer(app, BUNDLE)
    assert "Choose them again" not in texts(app)
    assert not [i for i in app.info if "Choose them" in i.value]


def test_files_of_other_types_are_left_out_with_a_remedy(empty_home: Path, open_page: Open) -> None:
    app = offer(open_page("data"), [*BUNDLE, ("cases.sav", b"x", ""), ("README.md", "x", "")])
    assert "cases.sav cannot be read" in app.warning[0].value
    assert "save the table as CSV" in app.warning[0].value
    assert set(app.session_state["upload_files"]) == {"cases.csv", "annotations.csv"}
    read(app)
    assert len(Library().entries()) == 1


def test_an_upload_has_a_limit_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_UPLOAD", 10)
    kept, report = upload_files.take([("b.csv", b"12345678")], {"a.csv": b"1234"})
    assert kept == {"a.csv": b"1234"}
    assert "at most 300,000 files" in report.errors[0].expected
    kept, report = upload_files.take([("a.csv", b"12345678")], {"a.csv": b"1234"})
    assert kept == {"a.csv": b"12345678"}
    assert not report.problems


def test_words_for_missing_are_shown_and_can_be_changed(empty_home: Path, open_page: Open) -> None:
    said = ANNOTATIONS.replace("c7,Ada,ill", "c7,Ada,lost").replace("c9,Ada,well", "c9,Ada,NA")
    app = offer(open_page("data"), [BUNDLE[0], ("annotations.csv", said, "text/csv")])
    words = app.text_area(key="upload_words")
    assert "unknown" in words.value.split(", ")
    read(app)
    assert any("lost" in w.value for w in app.warning)
    app.text_area(key="upload_words").set_value(f"{words.value}, Lost").run()
    read(app)
    if not Library().entries():
        read(app, "upload_store")
    (entry,) = Library().entries()
    assert Library().load(entry.content_hash).annotated.sum() == 58
    assert "words for missing" in report_of_the_set()


def test_many_files_are_listed_in_short(empty_home: Path, open_page: Open) -> None:
    images = [(f"{i}.png", b"x" * 2048, "image/png") for i in range(30)]
    app = offer(open_page("data"), [*images, *BUNDLE])
    listed = [b.label for b in app.button if b.key.startswith("upload_remove_")]
    assert listed[0].startswith("annotations.csv")
    assert len(listed) == 13
    assert listed[-1] == "Remove all 32 files"
    assert "and 20 more files (40.0 KiB)" in texts(app)
    app.button(key="upload_remove_all").click().run()
    assert "upload_read" not in {b.key for b in app.button}


def test_a_fold_is_chosen_as_the_test_cases(empty_home: Path, open_page: Open) -> None:
    head, *rows = CASES.splitlines()
    split = head.split(",").index("split")

    def line(cells: list[str], last: str) -> str:
        return ",".join([*cells[:split], *cells[split + 1 :], last])

    cases = [line(head.split(","), "fold")]
    cases += [line(r.split(","), str(i // 2 % 4)) for i, r in enumerate(rows)]
    files = [("cases.csv", "\n".join(cases), "text/csv"), BUNDLE[1]]
    app = upload(open_page("data"), files)
    (folds,) = (
        s for s in app.selectbox
        if s.key.startswith("upload_choice_") and any("on fold 3" in o for o in s.options)
    )  # fmt: skip
    assert len(folds.options) == 5
    folds.set_value(4).run()
    read(app, "upload_store")
    (entry,) = Library().entries()
    data = Library().load(entry.content_hash)
    assert (data.split == 2).sum() == sum(i // 2 % 4 == 3 for i in range(len(rows)))
    assert not app.exception
