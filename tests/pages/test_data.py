import io
import json
import zipfile
from pathlib import Path

import pytest

from core.data.library import Library
from core.data.samples import load_sample
from tests.pages.conftest import Open, texts

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
    for name, text, kind in files:
        content = text.encode() if isinstance(text, str) else text
        app.file_uploader(key="upload").upload(name, content, kind)
    app.run()
    return app.button(key="upload_read").click().run()


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


def test_each_expert_has_share_annotated_and_accuracy(empty_home: Path, open_page: Open) -> None:
    data, _ = load_sample("fna_panel")
    table = open_page("data", data="fna_panel").dataframe[0].value
    assert list(table["Expert"]) == list(data.experts)
    made = data.annotated[:, 0]
    right = (data.annotations[:, 0] == data.truth)[made].mean()
    assert table["Share annotated"][0] == pytest.approx(100 * made.mean())
    assert table["Accuracy"][0].startswith(f"{100 * right:.1f}\u202f% (")


def test_the_expert_chart_has_an_alternative_text(empty_home: Path, open_page: Open) -> None:
    app = open_page("data", data="fna_panel")
    (chart,) = app.get("plotly_chart")
    assert "Accuracy of 4 experts with 95 % intervals" in chart.proto.alt
    drawn = json.loads(chart.proto.spec)["data"][0]
    assert drawn["type"] == "scatter"


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
    bad = ANNOTATIONS.replace("c7,Ada,ill", "c7,Ada,banana")
    app = upload(open_page("data"), [BUNDLE[0], ("annotations.csv", bad, "text/csv")])
    assert "banana" in app.error[0].value
    assert "Found" in app.error[0].value
    assert "What to do" in app.error[0].value
    assert "Nothing was stored" in texts(app)
    assert Library().entries() == []
    # What was shown before is still there.
    assert app.selectbox(key="data").value == "digits_trio"


def test_a_file_is_named_as_it_is_written(empty_home: Path, open_page: Open) -> None:
    app = upload(open_page("data"), BUNDLE[:1])
    assert app.error[0].value.startswith("**annotations.csv is missing**")


def test_the_success_is_said_only_while_the_upload_is_chosen(
    empty_home: Path, open_page: Open
) -> None:
    app = upload(open_page("data"), BUNDLE)
    assert "chosen on the left" in texts(app)
    app.selectbox(key="data").select("fna_panel").run()
    assert "chosen on the left" not in texts(app)


def test_labels_only_are_described_and_say_what_is_missing(
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
    assert "to_train" not in {b.key for b in app.button}


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
    app = open_page("data")
    for name, rows in named.items():
        app.file_uploader(key="upload").upload(name, json.dumps(rows).encode(), "application/json")
    app.run()
    app.selectbox(key="upload_rate").select("0.5").run()
    app.button(key="upload_read").click().run()
    assert {m.label: m.value for m in app.metric}["Annotations"] == "7"


def test_a_link_to_a_set_that_is_gone_opens_the_first_sample(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("data", data="feedfacefeedface")
    assert app.selectbox(key="data").value == "digits_trio"
    assert not app.exception
