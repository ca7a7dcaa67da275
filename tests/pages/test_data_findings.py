"""The part of the Data page that compares the findings of one upload."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.data import findings
from core.insight.findings import compare
from core.library.store import Library
from tests.pages.conftest import Open
from tests.unit.reading.test_findings import EXPERTS, FILES, FINDINGS, GOLD, SAID, N, sets


@pytest.fixture
def keys(empty_home: Path) -> list[str]:
    return Library().add_findings(sets())


def table(app):
    (frame,) = (d.value for d in app.dataframe if "Finding" in d.value.columns)
    return frame


def panels(app) -> list[dict]:
    return json.loads(app.get("plotly_chart")[0].proto.spec)["data"]


def test_a_row_and_a_panel_per_finding(keys: list[str], open_page: Open) -> None:
    app = open_page("data", data=keys[0], view="findings")
    assert not app.exception
    assert not app.error
    frame = table(app)
    assert frame["Finding"].tolist() == list(FINDINGS)
    assert frame["Cases"].tolist() == [N] * 3
    assert frame["Experts"].tolist() == [len(EXPERTS)] * 3
    for row, trace, finding in zip(frame.itertuples(), panels(app), FINDINGS, strict=True):
        truth = GOLD[finding]
        assert row.Prevalence.startswith(f"{100 * truth.mean():.1f}")
        for i, name in enumerate(EXPERTS):
            right = (SAID[name][finding] == truth)[truth == 1].mean()
            assert getattr(row, f"expert{i}").startswith(f"{100 * right:.1f}")
            assert trace["x"][i] == pytest.approx(right)
            assert trace["error_x"]["array"][i] > 0


@pytest.mark.parametrize("measure", ["specificity", "accuracy"])
def test_another_measure_is_shown(measure: str, keys: list[str], open_page: Open) -> None:
    app = open_page("data", data=keys[0], view="findings")
    app.segmented_control(key="finding_measure").set_value(measure).run()
    of = {"specificity": GOLD["MI"] == 0, "accuracy": GOLD["MI"] >= 0}[measure]
    right = (SAID["Bob"]["MI"] == GOLD["MI"])[of].mean()
    assert table(app)["expert1"][1].startswith(f"{100 * right:.1f}")
    assert panels(app)[1]["x"][1] == pytest.approx(right)


def test_findings_of_several_grades_show_accuracy(empty_home: Path, open_page: Open) -> None:
    graded = {name: frame + frame["MI"].to_numpy()[:, None] for name, frame in FILES.items()}
    found = sets(graded)
    keys = Library().add_findings(found)
    app = open_page("data", data=keys[0], view="findings")
    assert not app.exception
    assert "finding_measure" not in {c.key for c in app.segmented_control}
    row = compare("AF", found[0].dataset)
    assert panels(app)[0]["x"][0] == pytest.approx(row["experts"]["Ann"]["accuracy"])


def test_a_set_by_itself_has_no_such_part(keys: list[str], open_page: Open) -> None:
    library = Library()
    for key in keys[1:]:
        library.remove(key)
    app = open_page("data", data=keys[0], view="findings")
    assert not app.exception
    assert not any(t.label.startswith("Findings") for t in app.tabs)
    assert not any("Finding" in d.value.columns for d in app.dataframe)


@pytest.mark.parametrize("trained", [(1,), (0, 2), (2, 1, 0)])
def test_the_newest_run_of_every_finding_is_compared(
    trained: tuple[int, ...], keys: list[str], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        SimpleNamespace(dataset_hash=keys[i], run_id=f"{age}{i}")
        for age in ("new", "old")
        for i in trained
    ]
    went: list[dict[str, str]] = []
    monkeypatch.setattr(findings.run_queries, "runs", lambda **_: records)
    monkeypatch.setattr(
        findings.st, "switch_page", lambda page, query_params: went.append(query_params)
    )
    app = open_page("data", data=keys[0], view="findings")
    app.button(key="findings_runs").click().run()
    assert not app.exception
    if len(trained) == 1:
        assert "Fewer than two" in app.info[-1].value
        assert not went
    else:
        first, *others = [f"new{i}" for i in sorted(trained)]
        assert went == [{"run": first, "runs": ",".join(others)}]
