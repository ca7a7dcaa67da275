"""Five copies of every case, as cases of one patient, make no figure surer."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.intervals import BootstrapWeights
from core.scenarios.answer import Answer, answer
from core.scenarios.caps import cap_days
from core.scenarios.groups import GroupColumn
from core.scenarios.never_above import never_above
from core.scenarios.outcomes import ai_alone, as_recorded, equal
from core.scenarios.promise import coming
from core.scenarios.scores import Scores
from core.scenarios.solution import solve
from tests.unit.scenarios.panels import some
from tests.unit.scenarios.synthetic import day, scores_of

CASES = 120
SCENARIO = day(4, C={"maximum": 0.3}, cases_per_day=100)


def noisy() -> Scores:
    scores = scores_of(n_validation=600, n_test=CASES)
    rng = np.random.default_rng(9)
    wrong = rng.random(scores.annotations.shape) > scores.test.value[:, :-1]
    return replace(
        scores,
        annotations=(scores.annotations + wrong) % len(scores.classes),
        annotated=np.ones_like(scores.annotated),
    )


def copied(*, patients: bool) -> Scores:
    rows = np.repeat(np.arange(CASES), 5)
    scores = some(noisy(), rows)
    more = {"group_patient": rows.astype(str)} if patients else {}
    test = replace(scores.test, groups={**scores.test.groups, **more})
    return replace(scores, test=test, test_index=np.arange(5 * CASES))


def weights(scores: Scores, resamples: int = 300) -> BootstrapWeights:
    whose = scores.patients
    return BootstrapWeights(
        len(scores.test), resamples, patients=() if whose is None else tuple(whose.tolist())
    )


def told(scores: Scores) -> Answer:
    drawn = weights(scores)
    return answer(
        solve(SCENARIO, scores), scores, drawn, baseline=ai_alone(scores, drawn), class_index=1
    )


def group(found: Answer, name: str) -> GroupColumn:
    return next(column for column in found.groups if column.name == name)


def figures(found: Answer) -> dict[str, tuple[float, float] | None]:
    agent, site = found.agents[2], group(found, "site")
    assert found.change is not None
    return {
        "accuracy": found.accuracy.interval,
        "change": found.change.interval,
        "sensitivity": found.sensitivity.interval,
        "misses": found.misses.interval,
        "share": agent.share_interval,
        "agent": agent.accuracy.interval,
        "group": site.rows[0].accuracy.interval,
        "deferral": site.rows[0].deferral.interval,
        "cap": cap_days(found)[0].mean_interval,
    }


def width(interval: tuple[float, float] | None) -> float:
    assert interval is not None
    return interval[1] - interval[0]


def test_an_answer_is_as_sure_as_its_patients() -> None:
    once, by, plain = (told(s) for s in (noisy(), copied(patients=True), copied(patients=False)))
    wide, narrow = figures(by), figures(plain)
    for name, ends in figures(once).items():
        if name == "share":  # of the validation cases too, which were not copied
            assert width(wide[name]) > 1.3 * width(narrow[name])
            continue
        assert width(wide[name]) == pytest.approx(width(ends), rel=0.25), name
        assert width(narrow[name]) < 0.65 * width(ends), name
    assert by.accuracy.value == pytest.approx(plain.accuracy.value)
    sites = [group(found, "site").deferral.p for found in (once, by, plain)]
    assert sites[1] == pytest.approx(sites[0], abs=0.1)
    assert sites[2] < sites[0]


def test_upcoming_cases_vary_as_patients_do() -> None:
    by, plain = copied(patients=True), copied(patients=False)
    ends = [coming(solve(SCENARIO, s), s, 100)[2] for s in (by, plain)]
    assert width(tuple(ends[0])) > 1.5 * width(tuple(ends[1]))


def test_a_patients_own_group_is_about_its_cases() -> None:
    found = group(told(copied(patients=True)), "group_patient")
    assert all(row.cases == 5 for row in found.rows)
    sure = [row.deferral for row in found.rows if row.deferral.value in (0.0, 1.0)]
    assert width(sure[0].interval) < 0.5  # five cases, not one


def test_simulated_days_draw_from_resampled_patients() -> None:
    by, plain, once = copied(patients=True), copied(patients=False), noisy()
    found = [
        never_above(solve(SCENARIO, s), s, weights(s, 200), days=200) for s in (once, by, plain)
    ]
    first, wide, narrow = (width(one.accuracy.interval) for one in found)
    assert wide == pytest.approx(first, rel=0.25)
    assert narrow < 0.75 * first


def test_patients_of_unequal_size_can_be_resampled_for_days() -> None:
    scores = copied(patients=False)
    whose = np.repeat(["big", *map(str, range(100))], [500, *[1] * 100])
    scores = replace(scores, test=replace(scores.test, groups={"group_patient": whose}))
    found = never_above(solve(SCENARIO, scores), scores, weights(scores, 200), days=50)
    assert found.accuracy.interval is not None
    low, high = found.accuracy.interval
    assert 0 <= low < high <= 1


def test_baselines_are_as_sure_as_the_patients() -> None:
    by, plain = copied(patients=True), copied(patients=False)
    for made in (as_recorded, lambda s, w: equal(s, w, np.ones(3, bool))):
        wide, narrow = (made(s, weights(s)).of_class(1).sensitivity for s in (by, plain))
        assert wide.share == pytest.approx(narrow.share)
        # Without patients a case's annotators count as one, which is wider than it need be.
        assert width(wide.interval) > 1.2 * width(narrow.interval)
        wide, narrow = (made(s, weights(s)).accuracy for s in (by, plain))
        assert width(wide.interval) > 1.8 * width(narrow.interval)


def test_one_patient_is_no_surer_than_one_case() -> None:
    scores = copied(patients=False)
    whose = np.full(len(scores.test), "p")
    scores = replace(scores, test=replace(scores.test, groups={"group_patient": whose}))
    assert width(told(scores).accuracy.interval) > 0.9
    found = never_above(solve(SCENARIO, scores), scores, weights(scores, 200), days=50)
    assert width(found.accuracy.interval) > 0.9
