from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.base.report import DataError, Report
from core.base.shares import wilson
from core.consensus import checks
from core.consensus.answers import answers_of, winners
from core.consensus.checks import check_methods
from core.consensus.dawid_skene import fit_dawid_skene
from core.consensus.fill import with_consensus
from core.consensus.labels import labels_of
from core.consensus.methods import Method, in_full, possible
from core.dataset.annotation_set import AnnotationSet
from core.dataset.consensus import scoring
from core.dataset.truth_source import part_of_truth
from core.insight import accuracy, how_many
from core.insight.accuracy import by_class
from core.insight.describe import describe, expert_accuracy
from core.insight.first_checks import first_checks
from core.library.store import Library


def panel(seed: int = 0, cases: int = 200) -> AnnotationSet:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, cases).astype(np.int32)
    said = np.where(
        rng.random((cases, 4)) < (0.9, 0.8, 0.7, 0.8),
        truth[:, None],
        (truth[:, None] + rng.integers(1, 3, (cases, 4))) % 3,
    ).astype(np.int32)
    there = rng.random((cases, 4)) < 0.7
    there[np.arange(cases), rng.integers(0, 4, cases)] = True
    return AnnotationSet(
        name="panel",
        case_ids=np.array([f"c{i}" for i in range(cases)]),
        split=(np.arange(cases) % 3).astype(np.int8),
        inputs=(rng.normal(size=(cases, 3)) + 2 * np.eye(3)[truth]).astype(np.float32),
        truth=truth,
        annotations=np.where(there, said, 0).astype(np.int32),
        annotated=there,
        classes=("a", "b", "c"),
        experts=("A", "B", "C", "D"),
        groups={"group_site": np.where(np.arange(cases) % 2, "x", "y")},
    )


def test_ties_go_to_the_class_that_is_answered_more_often() -> None:
    said = np.array([[0, 1], [1, 1], [2, 0], [0, 2]], np.int32)
    answers = answers_of(said, np.ones((4, 2), bool), 3)
    labels, others = labels_of(answers, "majority")
    # 0 and 1 are answered three times, 2 twice; 0 comes first in the set's order.
    assert labels.tolist() == [0, 1, 0, 0]
    assert others.reshape(4, 2).tolist() == [[1, 0], [1, 1], [0, 2], [2, 0]]
    assert winners(np.array([[0.5, 0.5]]), np.array([1, 2])).tolist() == [1]


def test_classes_keep_their_names_even_if_em_starts_with_them_exchanged() -> None:
    data = panel()
    answers = answers_of(data.annotations, data.annotated, 3)
    usual = fit_dawid_skene(answers).posterior.argmax(axis=1)
    start = 0.9 * np.roll(np.eye(3)[usual], 1, axis=1) + 0.05
    assert (fit_dawid_skene(answers, start).posterior.argmax(axis=1) == usual).mean() > 0.98
    assert (usual == data.truth).mean() > 0.85


@pytest.mark.parametrize("method", ["majority", "dawid-skene", "crowdlab"])
def test_a_known_truth_stays_and_the_rest_is_filled(method: str) -> None:
    data = panel()
    unknown = np.arange(200) % 4 > 0
    noise = replace(data, truth=np.where(unknown, 0, data.truth).astype(np.int32))
    report = Report()
    found = with_consensus(noise, method, unknown, report)  # type: ignore[arg-type]
    assert found.consensus is not None
    assert (found.truth[~unknown] == data.truth[~unknown]).all()
    assert (found.truth == data.truth).mean() > 0.85
    assert (found.consensus.filled == unknown).all()
    assert (found.consensus.confidence[~unknown] == 1).all()
    # Calibrated: as often right as it says.
    sure = found.consensus.confidence[unknown].mean()
    assert abs(sure - (found.truth == data.truth)[unknown].mean()) < 0.06
    assert found.consensus.summary()["cases"] == 150
    # Checked by a consensus that did not know the truth.
    assert found.consensus.checked == 50
    assert 40 <= found.consensus.agreed <= 50
    assert any("150 of 200" in p.found for p in report.warnings)
    known = scoring(found, np.flatnonzero(~unknown))
    assert (known.made == data.annotated[~unknown]).all()
    assert (known.truth[known.made] == np.repeat(data.truth[~unknown], known.made.sum(1))).all()


def test_an_expert_is_not_measured_by_its_own_answer() -> None:
    data = panel()
    found = with_consensus(data, "dawid-skene", np.ones(200, bool), Report())
    changed = data.annotations.copy()
    only = np.flatnonzero(data.annotated[:, 0])[0]
    changed[only, 0] = (changed[only, 0] + 1) % 3
    other = with_consensus(
        replace(data, annotations=changed), "majority", np.ones(200, bool), Report()
    )
    before = with_consensus(data, "majority", np.ones(200, bool), Report())
    assert before.consensus is not None
    assert other.consensus is not None
    assert before.consensus.others[only, 0] == other.consensus.others[only, 0]
    # Nobody else answered: nothing is measured.
    alone = np.flatnonzero(data.annotated.sum(1) == 1)
    assert len(alone)
    assert not scoring(found).made[alone].any()


def test_figures_of_experts_are_against_the_others() -> None:
    data = panel()
    found = with_consensus(data, "dawid-skene", np.ones(200, bool), Report())
    own = expert_accuracy(found)
    true = expert_accuracy(data)
    assert max(abs(own[e]["accuracy"] - true[e]["accuracy"]) for e in data.experts) < 0.06
    assert own["A"]["interval"][0] < own["A"]["accuracy"] < own["A"]["interval"][1]
    assert accuracy.by_class(found, 0)["annotations"].sum() == scoring(found).of(0).made.sum()
    assert accuracy.confusion(found, 0).sum() == scoring(found).of(0).made.sum()
    assert len(accuracy.by_group(found, "group_site")) == 2
    assert describe(found, Report())["consensus"]["method"] == "dawid-skene"
    assert "consensus" not in describe(data, Report())
    assert part_of_truth(found) == ()


def test_what_an_expert_lacks_is_counted_against_the_others() -> None:
    data = panel(cases=600)
    none = np.ones(len(data.truth), bool)
    known = how_many.wanted(data, 0.04)
    data = with_consensus(data, "dawid-skene", none, Report())
    found = how_many.wanted(data, 0.04)
    for m, own in enumerate(expert_accuracy(data).values()):
        share = how_many.accuracy_of(data, m)
        assert share.share == found.share[m] == own["accuracy"]
        low, high = own["interval"]
        assert found.half[m] == pytest.approx((high - low) / 2)
        # As many cases as are needed do give the wanted width, and one less does not.
        assert share.half(found.needed[m]) <= 0.04 < share.half(found.needed[m] - 1)
        of_class = by_class(data, m)["accuracy"]
        assert how_many.accuracy_of(data, m, 1).share == pytest.approx(of_class[1])
    assert (found.needed > known.needed).all()  # a truth that may be wrong tells less
    together = how_many.measured(data).share
    assert together < (data.annotations == data.truth[:, None])[data.annotated].mean()


def test_a_stored_set_keeps_its_consensus_and_one_without_keeps_its_hash(tmp_path: Path) -> None:
    data = panel()
    library = Library(tmp_path)
    found = with_consensus(data, "majority", np.ones(200, bool), Report())
    assert found.content_hash != replace(found, consensus=None).content_hash
    again = library.load(library.add(found, Report()))
    assert again.consensus is not None
    assert found.consensus is not None
    assert again.consensus.summary() == found.consensus.summary()
    for name, array in found.consensus.arrays().items():
        assert (again.consensus.arrays()[name] == array).all()
    del again.__dict__["content_hash"]
    assert again.content_hash == found.content_hash
    assert library.load(library.add(data, Report())).consensus is None


def test_crowdlab_needs_something_to_predict_from_and_two_answers() -> None:
    data = panel()
    with pytest.raises(DataError, match="no features"):
        with_consensus(replace(data, inputs=None), "crowdlab", np.ones(200, bool), Report())
    one = data.annotated & (data.annotated.cumsum(axis=1) == 1)
    with pytest.raises(DataError, match="two answers"):
        with_consensus(replace(data, annotated=one), "crowdlab", np.ones(200, bool), Report())
    scores = np.eye(3, dtype=np.float32)[data.truth] * 0.7 + 0.1
    found = with_consensus(
        replace(data, inputs=None, ai_probabilities=scores),
        "crowdlab",
        np.ones(200, bool),
        Report(),
    )
    assert (found.truth == data.truth).mean() > 0.93
    assert possible(predictable=False) == ("dawid-skene", "majority")


def test_answers_that_are_no_class_are_no_truth() -> None:
    data = panel()
    said = data.annotations.copy()
    said[data.annotated[:, 2], 2] = 3
    hedged = replace(data, annotations=said, extra_answers=("unsure",))
    keep = (hedged.annotated & (said < 3)).any(axis=1)
    for method in ("majority", "dawid-skene", "crowdlab"):
        found = with_consensus(hedged, method, np.ones(200, bool), Report())  # type: ignore[arg-type]
        assert found.truth.max() < 3
        assert (found.truth == data.truth)[keep].mean() > 0.75
        assert expert_accuracy(found)["C"]["accuracy"] in (None, 0.0)


def test_every_consensus_is_checked_without_the_truths_it_is_compared_with() -> None:
    data = panel(1, 300)
    known = np.where(np.arange(300) % 3 == 0, data.truth, -1)
    answers = answers_of(data.annotations, data.annotated, 3, known)
    found = check_methods(data, answers, "crowdlab")
    assert [c.method for c in found] == ["crowdlab", "majority", "dawid-skene"]
    assert {c.cases for c in found} == {100}
    blind = answers_of(data.annotations, data.annotated, 3)
    labels, _ = labels_of(blind, "dawid-skene")
    assert found[2].agreed == int((labels == known)[known >= 0].sum())
    # Other truths change what is right, not what a consensus says.
    other = replace(answers, known=np.where(known >= 0, (known + 1) % 3, -1))
    votes, _ = labels_of(blind, "majority")
    assert check_methods(data, other, "majority")[0].agreed == int((votes == other.known).sum())
    labels, _ = labels_of(blind, "dawid-skene")
    again = {c.method: c.agreed for c in check_methods(data, other, "majority")}
    assert again["dawid-skene"] == int((labels == other.known).sum())


def test_a_check_goes_by_patient_where_patients_are_known() -> None:
    data = panel(1, 300)
    known = np.arange(300) % 2 == 0
    report = Report()
    alone = with_consensus(data, "majority", ~known, report).consensus
    assert alone is not None
    assert "by case" in " ".join(p.what for p in report.notes)
    assert "checked_worth" not in alone.summary()
    right = known & (with_consensus(data, "majority", known, Report()).truth == data.truth)
    # A patient's cases are right or wrong together: such cases are worth fewer.
    whose = np.where(right, np.arange(300) // 60, 5 + np.arange(300) // 60).astype(str)
    of_few = replace(data, groups={"group_patient": whose})
    found = with_consensus(of_few, "majority", ~known, report := Report()).consensus
    assert found is not None
    assert (found.checked, found.agreed) == (alone.checked, alone.agreed)
    assert found.checked_worth is not None
    assert found.checked_worth < 0.2 * found.checked
    assert "by patient" in in_full(found.summary())
    assert "by patient" in " ".join(p.what for p in report.notes)
    low, high = (100 * end for end in wilson(found.agreed / 150 * found.checked_worth,
                                             found.checked_worth))  # fmt: skip
    assert f"({low:.1f}–{high:.1f}, by patient)" in in_full(found.summary())


def test_the_only_answer_to_a_case_is_no_consensus() -> None:
    data = panel()
    one = data.annotated & (data.annotated.cumsum(axis=1) == 1)
    data = replace(data, annotated=one, annotations=np.where(one, data.annotations, 0))
    found = with_consensus(data, "majority", np.ones(200, bool), report := Report())
    assert any("the only answer" in p.what for p in report.warnings)
    serious = [check.kind for check in first_checks(found) if check.serious]
    assert "only_answer" in serious
    assert "only_answer" not in {check.kind for check in first_checks(data)}
    two = with_consensus(panel(), "majority", np.ones(200, bool), report := Report())
    assert not any("the only answer" in p.what for p in report.warnings)
    assert "only_answer" not in {check.kind for check in first_checks(two)}


def test_it_is_said_that_crowdlab_is_left_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    data, unknown = panel(1, 300), np.arange(300) % 3 > 0

    def said(method: Method, data: AnnotationSet = data) -> tuple[str, list[object]]:
        with_consensus(data, method, unknown, report := Report())
        (asked,) = [p for p in report.warnings if p.choices]
        notes = " ".join(p.what for p in report.notes)
        return notes, [c.value for c in asked.choices if "not checked" in c.words]

    assert said("majority")[1] == []
    assert "not checked" not in said("majority")[0]
    monkeypatch.setattr(checks, "_MOST_PREDICTED", 100)
    notes, offered = said("majority")
    assert "CROWDLAB was not checked" in notes
    assert offered == ["crowdlab"]
    assert "not checked" not in said("crowdlab")[0]
    # Where it is not possible, nothing is missing.
    assert said("majority", replace(data, inputs=None, feature_names=()))[1] == []


def test_a_classifier_of_misleading_features_shows_in_the_check() -> None:
    """Features that say something else than the truth pull CROWDLAB away from it."""
    data = panel(2, 400)
    known = np.arange(400) % 4 == 1
    misled = replace(data, inputs=np.eye(3, dtype=np.float32)[(data.truth + known) % 3])
    report = Report()
    with_consensus(misled, "crowdlab", ~known, report)
    (asked,) = [p for p in report.warnings if p.choices]
    assert [c.value for c in asked.choices] == ["crowdlab", "majority", "dawid-skene"]
    shares = [float(c.words.split("\u202f%")[0].split()[-1]) for c in asked.choices]
    assert shares[0] < shares[2]
    assert all("of 100 cases with known truth" in c.words for c in asked.choices)
    assert any("Dawid–Skene in " in p.what for p in report.notes)


def test_without_a_known_truth_it_says_that_nothing_can_be_checked() -> None:
    report = Report()
    with_consensus(panel(), "majority", np.ones(200, bool), report)
    assert not [p for p in report.warnings if p.choices]
    assert any("cannot be checked" in p.what for p in report.notes)
