"""Tables, tests in words, ranks, and files."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import yaml

from core.bench import paired_tests, ranks, scores
from core.bench.findings import Findings, latex_table, remaking
from core.bench.spec import SweepSpec
from core.bench.sweep_store import Sweep
from core.dataset.annotation_set import AnnotationSet
from core.evaluation.intervals import student_t
from tests.unit.bench.benches import done

METHODS = ["pl2d", "naive", "correctness"]


def found_in(cells: list[scores.Done], **changes: object) -> Findings:
    plain = {"data": ["<i>a</i>"], "methods": METHODS, "seeds": 5, "name": "A & <b>B</b>"}
    sets = tuple(dict.fromkeys(one.cell.data for one in cells))
    sweep = Sweep(
        id="0" * 16, created=datetime.now(UTC), spec=SweepSpec.read(plain | changes), sets=sets
    )
    return Findings(sweep, cells, "priced", "pl2d")


@pytest.fixture
def found(small_set: AnnotationSet) -> Findings:
    return found_in(done(small_set, {"pl2d": 0.0, "naive": -0.1, "correctness": 0.0}))


def test_the_table_has_mean_and_t_interval_over_seeds(found: Findings) -> None:
    row = found.table().iloc[0]
    areas = found.done[0].result.auc_cac["priced"].per_seed
    mean, low, high = student_t([a for a in areas if a is not None])
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((mean, low, high))
    assert [row[f"seed_{s}"] for s in range(5)] == pytest.approx(list(areas))
    assert f"{mean:.1f} ± {mean - (low or 0.0):.1f}" in scores.crossed(found.areas).iloc[0, 1]


def test_a_method_without_the_rule_is_scored_under_its_own(found: Findings) -> None:
    assert [one.rule for one in found.areas] == ["priced", "priced", "value"]


def test_accuracy_is_that_at_a_realised_coverage(found: Findings) -> None:
    result = found.done[0].result
    points = sorted((p for p in result.of_rule("priced") if p.seed == 3), key=lambda p: p.coverage)
    line = np.interp(0.25, [p.coverage for p in points], [p.accuracy or 0.0 for p in points])
    assert scores.accuracy_at(result, "priced", 3, 0.25) == pytest.approx(100 * line)


def test_tests_say_what_differs_and_what_does_not(found: Findings) -> None:
    worse, other = found.compared
    assert worse.method == "naive"
    assert worse.verdict == "worse"
    assert worse.difference == pytest.approx(-10.0, abs=1.0)
    assert other.corrected is not None
    assert other.p is not None
    assert other.corrected >= other.p
    said = paired_tests.sentences(found.compared)
    assert "worse than pl2d in small (0 % removed)" in said[0]


def test_equal_methods_are_not_distinguishable(small_set: AnnotationSet) -> None:
    found = found_in(done(small_set, {"pl2d": 0.0, "naive": 0.0}))
    assert [one.verdict for one in found.compared] == ["not distinguishable"]


def test_few_sets_have_no_critical_difference(found: Findings) -> None:
    assert not found.ranking.usable
    assert "cannot be computed" in found.ranking.sentence()
    assert found.ranking.needed == 3
    assert found.plain()["ranking"]["critical_difference"] is None


def test_many_sets_have_one(small_set: AnnotationSet) -> None:
    shifts = {"pl2d": 0.0, "naive": -0.1, "correctness": 0.1}
    cells = [one for i in range(8) for one in done(small_set, shifts, f"set {i}")]
    found = ranks.ranking(scores.scores(cells, "priced", scores.AREA, 0.5))
    assert found.usable
    assert found.ranks == {"correctness": 1.0, "pl2d": 2.0, "naive": 3.0}
    # q · √(k(k + 1)/6N) = 2.343 · √(12/48)
    assert found.critical == pytest.approx(1.172, abs=2e-3)
    assert found.groups == [("correctness", "pl2d"), ("pl2d", "naive")]
    assert "differ" in found.sentence()


def test_methods_that_are_missing_somewhere_are_not_ranked(small_set: AnnotationSet) -> None:
    cells = done(small_set, {"pl2d": 0.0, "naive": 0.0}) + done(small_set, {"pl2d": 0.0}, "other")
    found = ranks.ranking(scores.scores(cells, "priced", scores.AREA, 0.5))
    assert found.left_out == ("naive",)


def test_every_text_in_latex_is_escaped() -> None:
    frame = pd.DataFrame({"Method": ["a_b & 50 %", "\\input{x}"], "A#": ["81.5 ± 0.4", "–"]})
    text = latex_table(frame, "Mean_{x}")
    assert r"a\_b \& 50 \% & 81.5 $\pm$ 0.4 \\" in text
    assert r"\textbackslash{}input\{x\}" in text
    assert text.count("\\toprule") == text.count("\\bottomrule") == 1


def test_names_in_the_report_are_escaped(found: Findings) -> None:
    page = found.html()
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in page
    assert "<i>a</i>" not in page
    assert "<b>B" not in page


def test_the_spec_that_remakes_it_is_read_back(found: Findings) -> None:
    spec = SweepSpec.read(yaml.safe_load(remaking(found.sweep)))
    assert spec.methods == found.sweep.spec.methods
    assert spec.content
