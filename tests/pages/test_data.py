import io
import json
import time
import zipfile
from pathlib import Path

from core.library.samples import load_sample
from core.library.store import Library
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, on, stored_run

CASES = "case_id,split,label,size\n" + "".join(
    f"c{i},{'train' if i < 30 else 'test'},{'ill' if i % 3 else 'well'},{i % 7}\n"
    for i in range(40)
)
ANNOTATIONS = "case_id,expert,label\n" + "".join(
    f"c{i},{who},{'ill' if i % 3 else 'well'}\n"
    for i in range(40)
    for who in ("Ada", "Ben")
    if who == "Ada" or i % 2
)
BUNDLE = [("cases.csv", CASES, "text/csv"), ("annotations.csv", ANNOTATIONS, "text/csv")]


def upload(app, files: list[tuple[str, str | bytes, str]]):
    return read(offer(app, files))


def offer(app, files: list[tuple[str, str | bytes, str]]):
    """Puts files into the uploader, whose key changes whenever it has handed some over."""
    (uploader,) = (u for u in app.file_uploader if u.key.startswith("upload"))
    for name, text, kind in files:
        content = text.encode() if isinstance(text, str) else text
        uploader.upload(name, content, kind)
    return app.run()


def read(app, button: str = "upload_read"):
    """Has the files read and waits for what comes of it, as the page's own timer does."""
    app.button(key=button).click().run()
    until = time.monotonic() + 60
    while "upload_reading" in app.session_state and time.monotonic() < until:
        app.session_state["upload_reading"][1].wait(5)
        app.run()
    return app


def test_figures_of_a_sample_are_those_of_the_data(empty_home: Path, open_page: Open) -> None:
    data, _ = load_sample("fna_panel")
    app = open_page("data", data="fna_panel")
    shown = {m.label: m.value for m in app.metric}
    assert shown["Cases"] == f"{len(data.case_ids):,}"
    assert shown["Experts"] == "4"
    assert shown["Classes"] == "2"
    assert shown["Annotations"] == f"{data.annotated.sum():,}"
    assert shown["Missing"] == f"{100 * (1 - data.annotated.mean()):.1f}\u202f%"
    assert not app.exception


def test_an_uploaded_bundle_is_stored_chosen_and_described(
    empty_home: Path, open_page: Open
) -> None:
    app = upload(open_page("data"), BUNDLE)
    (entry,) = Library().entries()
    assert app.selectbox(key="data").value == entry.content_hash
    shown = {m.label: m.value for m in app.metric}
    assert shown["Cases"] == "40"
    assert shown["Annotations"] == "60"
    assert shown["Missing"] == "25.0\u202f%"


def test_patients_are_counted_where_they_are_known(empty_home: Path, open_page: Open) -> None:
    rows = (f"c{i},{('train', 'test')[i // 20]},{i % 2},{i % 7},p{i // 4}" for i in range(40))
    cases = "case_id,split,label,size,patient_id\n" + "\n".join(rows)
    said = "case_id,expert,label\n" + "\n".join(f"c{i},Ann,{i % 2}" for i in range(40))
    app = upload(
        open_page("data"), [("cases.csv", cases, "text/csv"), ("annotations.csv", said, "text/csv")]
    )
    assert any("10 patients" in caption.value for caption in app.caption)
    app = open_page("data", data="fna_panel")
    assert not any("patient" in caption.value for caption in app.caption)


def test_a_zip_is_read_like_its_files(empty_home: Path, open_page: Open) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text, _ in BUNDLE:
            archive.writestr(name, text)
    app = upload(open_page("data"), [("clinic.zip", packed.getvalue(), "application/zip")])
    assert [entry.cases for entry in Library().entries()] == [40]
    assert not app.error


def test_a_bad_upload_is_explained_beside_the_uploader_and_stores_nothing(
    empty_home: Path, open_page: Open
) -> None:
    bad = ANNOTATIONS.replace("c7,Ada,ill", "c7,Ada,ill;well")
    app = upload(open_page("data"), [BUNDLE[0], ("annotations.csv", bad, "text/csv")])
    assert "ill;well" in app.error[0].value
    assert "Found" in app.error[0].value
    assert "What to do" in app.error[0].value
    assert "Nothing was stored" in texts(app)
    assert Library().entries() == []
    # What was shown before is still there.
    assert app.selectbox(key="data").value == "digits_trio"


def test_a_file_is_named_as_it_is_written(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), [("cases.csv", "case_id,label,x\n", "text/csv"), BUNDLE[1]])
    assert app.error[0].value.startswith("**cases.csv has no rows**")


def test_the_remedy_of_a_wrong_upload_says_what_to_add(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), BUNDLE[:1])
    assert "annotations.csv" in app.error[0].value.partition("What to do")[2]


def test_two_files_of_one_name_are_not_guessed_between(empty_home: Path, open_page: Open) -> None:
    other = CASES.replace("ill", "sick")
    app = offer(open_page("data"), [*BUNDLE, ("cases.csv", other, "text/csv")])
    assert app.error[0].value.startswith("**Files have the same name**")
    assert "cases.csv" in app.error[0].value
    # Given alone it replaces the first.
    app = offer(app, [("cases.csv", other, "text/csv")])
    assert not app.error
    assert app.session_state["upload_files"]["cases.csv"] == other.encode()


def test_the_same_content_again_keeps_its_name_unless_another_is_given(
    empty_home: Path, open_page: Open
) -> None:
    app = upload(open_page("data"), BUNDLE)
    (entry,) = Library().entries()
    Library().rename(entry.content_hash, "Clinic")
    app = upload(open_page("data"), BUNDLE)
    assert [e.name for e in Library().entries()] == ["Clinic"]
    assert "already here as “Clinic”" in app.success[0].value
    app = offer(app, BUNDLE)
    app.text_input(key="upload_name").input("Ward 3").run()
    read(app)
    assert [e.name for e in Library().entries()] == ["Ward 3"]
    assert app.selectbox(key="data").options[-1] == "Ward 3"


def test_two_sets_of_one_name_can_be_told_apart(empty_home: Path, open_page: Open) -> None:
    other = [BUNDLE[0], ("annotations.csv", ANNOTATIONS.replace("Ada", "Eve"), "text/csv")]
    upload(open_page("data"), BUNDLE)
    app = upload(open_page("data"), other)
    hashes = {e.content_hash[:6] for e in Library().entries()}
    assert set(app.selectbox(key="data").options[2:]) == {f"uploaded set ({h})" for h in hashes}


def test_a_set_is_renamed(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), BUNDLE)
    app.button(key="rename").click().run()
    assert app.text_input(key="rename_to").value == "uploaded set"
    app.text_input(key="rename_to").input("  ")
    app.button(key="rename_now").click().run()
    assert "name is blank" in app.error[0].value
    app.text_input(key="rename_to").input("Clinic *2025*")
    app.button(key="rename_now").click().run()
    assert [e.name for e in Library().entries()] == ["Clinic *2025*"]
    assert "Clinic *2025*" in app.selectbox(key="data").options


def test_a_set_is_deleted_after_confirmation(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), BUNDLE)
    app.button(key="delete").click().run()
    assert "its 40 cases will be removed" in texts(app)
    app.button(key="delete_not").click().run()
    assert "will be removed" not in texts(app)
    assert len(Library().entries()) == 1
    app.button(key="delete").click().run()
    app.button(key="delete_now").click().run()
    assert Library().entries() == []
    assert app.selectbox(key="data").value == "digits_trio"
    assert not app.warning
    assert not app.exception
    # The way back: the same files again.
    app = upload(app, BUNDLE)
    assert len(Library().entries()) == 1


def used_by(state: str, home: Path) -> str:
    """A run in some state on the one set of the library."""
    (entry,) = Library().entries()
    return stored_run(
        on(make_result(), entry.name, entry.content_hash), "Night shift", state=state, home=home
    )


def test_a_set_that_a_run_waits_for_is_not_deleted(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), BUNDLE)
    used_by("queued", empty_home)
    app.button(key="delete").click().run()
    assert "1 run on it is waiting or running" in app.error[0].value
    assert "Night shift" in app.error[0].value
    assert "delete_now" not in {b.key for b in app.button}


def test_runs_of_a_deleted_set_keep_their_curve(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), BUNDLE)
    run_id = used_by("finished", empty_home)
    app.button(key="delete").click().run()
    assert "1 run used it: Night shift." in app.warning[0].value
    app.button(key="delete_now").click().run()
    assert Library().entries() == []
    curve = open_page("tradeoffs", run=run_id)
    assert not curve.exception
    assert not curve.error
    assert curve.get("plotly_chart")


def test_samples_are_neither_renamed_nor_deleted(empty_home: Path, open_page: Open) -> None:
    app = open_page("data", data="fna_panel")
    assert {"rename", "delete"}.isdisjoint({b.key for b in app.button})


def test_the_success_is_said_only_while_the_upload_is_chosen(
    empty_home: Path, open_page: Open
) -> None:
    app = upload(open_page("data"), BUNDLE)
    assert "selected on the left" in texts(app)
    app.selectbox(key="data").select("fna_panel").run()
    assert "selected on the left" not in texts(app)


def test_labels_only_are_described_and_say_what_they_allow(
    empty_home: Path, open_page: Open
) -> None:
    def manifest(split: str, count: int) -> str:
        return json.dumps([{"file": f"{split}/{i}.png", "label": i % 2} for i in range(count)])

    files = [
        (f"{name}.json", manifest(split, 12 if split == "train" else 6), "application/json")
        for split in ("train", "test")
        for name in (split, f"label_A_{split}")
    ]
    app = upload(open_page("data"), files)
    assert {m.label: m.value for m in app.metric}["Cases"] == "18"
    assert "holds labels only" in app.info[0].value
    assert "to_train" in {b.key for b in app.button}


def test_manifest_variants_can_be_chosen(empty_home: Path, open_page: Open) -> None:
    truth = [{"file": f"{i}.png", "label": i % 2} for i in range(10)]
    fewer = [{"file": f"{i}.png", "label": -1 if i < 5 else i % 2} for i in range(10)]
    named = {
        "train.json": truth,
        "test.json": [{"file": "t0.png", "label": 0}, {"file": "t1.png", "label": 1}],
        "label_A_train.json": truth,
        "label_A_train_0.5.json": fewer,
        "label_A_test.json": [{"file": "t0.png", "label": 0}, {"file": "t1.png", "label": 1}],
    }
    app = offer(
        open_page("data"),
        [(name, json.dumps(rows), "application/json") for name, rows in named.items()],
    )
    app.selectbox(key="upload_rate").select("0.5").run()
    read(app)
    assert {m.label: m.value for m in app.metric}["Annotations"] == "7"


def test_a_link_to_a_set_that_is_gone_opens_the_first_sample(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("data", data="feedfacefeedface")
    assert app.selectbox(key="data").value == "digits_trio"
    assert "not here: it was deleted" in app.warning[0].value
    assert not app.exception
