"""The list behind the figures: what is found, in which order, and what it says."""

from dataclasses import replace

import numpy as np
import pytest

from core.scenarios.case_list import ORDERS, CaseList, Wanted, case_list
from core.scenarios.explain import explain
from core.scenarios.scores import Scores
from core.scenarios.settings import ReadByExpert
from core.scenarios.solution import solve
from tests.unit.scenarios.synthetic import CLASSES, day, scores_of


def listed(scores: Scores | None = None, before: bool = True, **more) -> CaseList:
    scores = scores_of() if scores is None else scores
    solution = solve(day(**more), scores)
    told = explain(solution, scores.test, scores.classes, solution.chosen)
    return case_list(told, scores, np.full(len(scores.truth), 3) if before else None)


@pytest.fixture(scope="module")
def cases() -> CaseList:
    return listed(AI={"maximum": 0.3})


def test_right_and_wrong_are_only_told_where_the_chosen_one_annotated(cases: CaseList) -> None:
    scores, chosen = cases.scores, cases.explained.chosen
    ai = chosen == 3
    assert (cases.measured == np.where(ai, True, scores.annotated[range(400), chosen % 3])).all()
    # The experts of this set are always right.
    want = np.where(ai, scores.test.ai_answer == scores.truth, True)
    assert (cases.right[cases.measured] == want[cases.measured]).all()
    assert set(cases.right[~cases.measured]) == {2}


def test_each_filter_finds_what_it_says_and_together_they_cut(cases: CaseList) -> None:
    scores, chosen = cases.scores, cases.explained.chosen
    said = scores.annotated & (scores.annotations == 2)
    north = scores.test.groupings["site"].values.index("north")
    masks = {
        "goes_to": (3, chosen == 3),
        "ai_says": (1, scores.test.ai_answer == 1),
        "said": (2, said.any(1)),
        "truth": (0, scores.truth == 0),
        "right": ("wrong", cases.measured & ~cases.correct),
        "moved": (True, chosen != 3),
        "group": (("site", north), scores.test.groups["site"] == "north"),
    }
    for name, (value, mask) in masks.items():
        assert (cases.find(Wanted(**{name: value})) == np.flatnonzero(mask)).all()
        assert mask.any()
    both = cases.find(Wanted(goes_to=3, truth=0))
    assert (both == np.flatnonzero((chosen == 3) & (scores.truth == 0))).all()


def test_experts_who_disagree_or_say_nothing_are_found() -> None:
    scores = scores_of()
    annotated = np.zeros((400, 3), bool)
    annotated[0, :2] = annotated[1, :2] = annotated[2, 0] = True
    annotations = scores.annotations.copy()
    annotations[0, :2], annotations[1, :2] = (0, 1), (2, 2)
    annotations[3:] = [0, 1, 2]  # under a missing mask: must not count
    found = listed(replace(scores, annotated=annotated, annotations=annotations))
    assert found.find(Wanted(said="disagree")).tolist() == [0]
    assert found.find(Wanted(said="nobody")).tolist() == list(range(3, 400))
    assert found.find(Wanted(said=2)).tolist() == [1]


def test_most_at_stake_is_the_greatest_margin(cases: CaseList) -> None:
    margin = cases.explained.margin[cases.find(Wanted(), "stake")]
    assert (np.diff(margin) <= 0).all()
    assert (
        np.diff(cases.explained.margin[cases.find(Wanted(), "stake", descending=True)]) >= 0
    ).all()


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_holds_every_case_once(cases: CaseList, order) -> None:
    for descending in (False, True):
        found = cases.find(Wanted(), order, descending=descending)
        assert sorted(found) == list(range(400))


def test_without_a_baseline_that_hands_cases_out_nothing_changes_hands() -> None:
    found = listed(before=False)
    assert found.moved is None
    assert len(found.find(Wanted(moved=True))) == 400
    assert "changed_hands" not in found.table(np.arange(3))


def test_the_table_says_what_was_found(cases: CaseList) -> None:
    rows = np.array([5, 2])
    table = cases.table(rows)
    assert table["case_id"].tolist() == ["case 5", "case 2"]
    assert table["goes_to"].tolist() == [
        cases.scores.agents[k] for k in cases.explained.chosen[rows]
    ]
    assert table["reason"].tolist() == cases.explained.reasons(rows)
    assert table["truth"].tolist() == [CLASSES[c] for c in cases.scores.truth[rows]]
    for i, case in enumerate(rows):
        for m, expert in enumerate(cases.scores.agents[:-1]):
            made = cases.scores.annotated[case, m]
            assert (table[f"said {expert}"][i] == "") == (not made)
        assert (table["right"][i] == "") == (not cases.measured[case])
        assert (table["decision"][i] == "") == (not cases.measured[case])
    assert table["expected_right"].tolist() == pytest.approx(
        cases.explained.expected[rows].tolist()
    )


def test_a_case_nobody_may_take_is_neither_right_nor_wrong() -> None:
    scores = scores_of()
    solution = solve(day(), scores)
    rule = ReadByExpert(column="site", value="north")
    scenario = replace(day(A={"on_duty": False}, B={"on_duty": False}), guards=(rule,))
    scenario = scenario.with_terms("expert C", on_duty=False)
    chosen = np.where(scores.test.groups["site"] == "north", -1, 3)
    told = explain(replace(solution, scenario=scenario), scores.test, CLASSES, chosen)
    found = case_list(told, scores)
    nobody = found.find(Wanted(goes_to=-1))
    assert (nobody == np.flatnonzero(chosen < 0)).all()
    assert not found.measured[nobody].any()
    assert set(found.table(nobody)["goes_to"]) == {"nobody"}
    assert (found.explained.chosen[found.find(Wanted(), "stake")] >= 0).any()


def test_answers_of_no_class_are_found_named_and_wrong() -> None:
    scores = scores_of()
    annotations = scores.annotations.copy()
    annotations[:100] = 3
    scores = replace(scores, annotations=annotations, extra_answers=("hedge",))
    cases = listed(scores)
    hedged = (scores.annotated & (annotations == 3)).any(1)
    assert (cases.find(Wanted(said=3)) == np.flatnonzero(hedged)).all()
    table = cases.table(np.arange(100))
    by_expert = cases.measured[:100] & (cases.explained.chosen[:100] < 3)
    assert by_expert.any()
    assert set(table["decision"][by_expert]) == {"hedge"}
    assert set(table["right"][by_expert]) == {"no"}
    assert set(table["said expert A"]) == {"", "hedge"}
    assert set(table["ai_says"]) <= set(CLASSES)
