"""Figures where several cases are of one patient."""

from dataclasses import replace

import numpy as np
import pytest

from core.base.clusters import effective, share_interval, worth
from core.base.report import Report
from core.base.shares import wilson
from core.dataset.annotation_set import Split
from core.dataset.patients import clusters, patient_numbers
from core.evaluation.areas import cases_key
from core.evaluation.intervals import BootstrapWeights, percentile_interval
from core.evaluation.oracle import best_possible
from core.evaluation.random_deferral import random_line
from core.insight.accuracy import by_class, by_group
from core.insight.agreement import pair_kappas
from core.insight.describe import describe
from tests.unit.results.test_measure import entry_of, panel
from tests.unit.training.problems import tiny_set

WHOSE = np.repeat(np.arange(40), 5)


def weights(resamples: int = 200) -> BootstrapWeights:
    return BootstrapWeights(200, resamples, patients=tuple(WHOSE))


def width(interval: tuple[float, float] | list[float] | None) -> float:
    assert interval is not None
    return interval[1] - interval[0]


def test_a_patients_cases_are_drawn_together() -> None:
    counts = weights().counts.reshape(200, 40, 5)
    assert (counts == counts[:, :, :1]).all()
    # (40 − 1)(1.96/2.02)², and with few patients all the fewer.
    np.testing.assert_array_equal(counts[:, :, 0].sum(1), 37)
    few = [BootstrapWeights(p, 3, patients=tuple(range(p))).drawn[0] for p in (2, 5, 12)]
    assert few == [1, 2, 9]


def test_one_patient_is_no_surer_than_one_case() -> None:
    weights = BootstrapWeights(40, 200, patients=(0,) * 40)
    right = np.arange(40) % 2
    assert percentile_interval(weights.totals(right[:, None])[:, 0] / weights.drawn) == (0, 1)


def test_resamples_of_unequal_patients_differ_in_size() -> None:
    whose = (0,) * 150 + tuple(range(1, 51))
    drawn = BootstrapWeights(200, 100, patients=whose)
    assert np.ptp(drawn.drawn) > 100
    cell = np.arange(200) % 3
    columns = (cell[:, None] == np.arange(3)).astype(float)
    np.testing.assert_array_equal(drawn.cells(cell, 3), drawn.totals(columns))


def test_more_draws_than_16_bits_hold_are_counted() -> None:
    whose = (0,) * 30_000 + tuple(range(1, 11))
    drawn = BootstrapWeights(30_010, 40, patients=whose)
    assert drawn.drawn.max() > 2**16
    np.testing.assert_array_equal(drawn.cells(np.zeros(30_010, int), 1)[:, 0], drawn.drawn)


def test_without_patients_the_draws_are_those_of_cases() -> None:
    plain = BootstrapWeights(200)
    assert BootstrapWeights.by_patient(200, None) == plain
    assert BootstrapWeights.by_patient(200, WHOSE) != plain


def test_cases_of_different_patients_are_independent() -> None:
    groups = {"group_patient": np.array(["a", "b", "", "", "c"])}
    assert clusters(groups) is None
    assert clusters({"site": groups["group_patient"]}) is None
    twice = {"group_patient": np.array(["b", "a", "", "", "b"])}
    number = clusters(twice)
    assert number is not None
    assert number[0] == number[4]
    assert len(set(number)) == 4
    assert clusters(twice, np.arange(4)) is None
    assert patient_numbers({}) is None


def test_worth_is_cochrans_variance_of_a_ratio() -> None:
    right, made = np.array([3, 0, 5, 2]), np.array([3, 4, 6, 2])
    share = 10 / 15
    variance = 4 / 3 * ((right - share * made) ** 2).sum() / 15**2
    t = 3.182446305 / 1.959963985
    assert worth(right, made) == pytest.approx(share * (1 - share) / variance / t**2)


def test_patients_all_alike_count_as_one_case_each() -> None:
    right, every = np.repeat(np.arange(40) < 30, 5), np.ones(200, bool)
    number = effective(right, every, WHOSE)
    assert 35 < number < 40  # Student's t takes some
    assert effective(every, every, WHOSE) == 40
    assert share_interval(every, every, WHOSE) == pytest.approx(wilson(40, 40))
    assert share_interval(right, every, None) == wilson(150, 200)
    assert effective(right, every, np.zeros(200, int)) == 1


def test_random_deferral_is_measured_on_resamples_of_any_size() -> None:
    whose = (0,) * 100 + tuple(range(1, 101))
    n, every = 200, np.ones((200, 1), bool)
    line = random_line(
        np.ones(n), np.zeros(n, int), np.zeros((n, 1), int), every, np.ones(1, bool),
        BootstrapWeights(n, 100, patients=whose),
    )  # fmt: skip
    assert line is not None
    assert line[-1].interval == pytest.approx((1.0, 1.0))


def five_times(data: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.repeat(part, 5, axis=0) for name, part in data.items()}


def test_copies_of_cases_make_no_figure_of_a_point_surer() -> None:
    data = panel(cases=80, rate=0.0)
    once, copied = entry_of(data), entry_of(five_times(data))
    known = entry_of(five_times(data), patients=np.repeat(np.arange(80), 5))
    assert "workload_cases" not in once
    for part, key in (("agent_accuracy", "ann"), ("recall", "a"), ("specificity", "b")):
        one, more, by = (found[part][key]["interval"] for found in (once, copied, known))
        assert width(more) < 0.6 * width(one)
        assert width(by) == pytest.approx(width(one), rel=0.1)
    assert known["workload_cases"]["AI"] == pytest.approx(80, rel=0.1)


def test_an_expert_with_few_annotations_is_as_sure_as_its_patients() -> None:
    data = panel(cases=80, rate=0.0)
    data["annotated"][:, 0] = (np.arange(80) % 3 == 0) & (data["chosen"] != 0)
    data["annotated"][np.flatnonzero(data["chosen"] == 0)[:4], 0] = True
    once, copied = five_times(data), five_times(data)
    for found in (once, copied):  # four of the cases assigned to it, all others elsewhere
        found["annotated"][:, 0] &= (found["chosen"] != 0) | (np.arange(400) % 5 == 0)
    plain = entry_of(once)["agent_accuracy"]["ann"]
    known = entry_of(copied, patients=np.repeat(np.arange(80), 5))["agent_accuracy"]["ann"]
    assert plain["measured_on"] == known["measured_on"] == "all annotated"
    assert width(known["interval"]) > 1.5 * width(plain["interval"])


def test_copies_of_cases_make_the_best_possible_no_surer() -> None:
    right = np.random.default_rng(0).random((60, 3)) < 0.6
    bounds = np.array([0.2, 0.2, 0.2]), np.array([0.5, 0.5, 0.5])
    once, copied = best_possible(right, *bounds), np.repeat(right, 5, axis=0)
    by = best_possible(copied, *bounds, np.repeat(np.arange(60), 5))
    assert by.accuracy == pytest.approx(once.accuracy, abs=1e-6)
    assert width(by.interval) == pytest.approx(width(once.interval), rel=0.1)
    assert width(best_possible(copied, *bounds).interval) < 0.6 * width(once.interval)


def test_copies_of_cases_make_no_figure_of_a_set_surer() -> None:
    data = tiny_set(cases=120)
    rows = np.repeat(np.arange(120), 5)
    copied = replace(
        data,
        case_ids=np.array([f"c{i}" for i in range(600)]),
        **{name: getattr(data, name)[rows] for name in
           ("split", "inputs", "truth", "annotations", "annotated")},
        groups={"group_patient": rows.astype(str), "group_half": (rows % 2).astype(str)},
    )  # fmt: skip
    data = replace(data, groups={"group_half": (np.arange(120) % 2).astype(str)})
    plain = replace(copied, groups={"group_half": copied.groups["group_half"]})
    sets = (data, copied, plain)
    facts = [describe(one, Report()) for one in sets]
    assert [f.get("patients") for f in facts] == [None, 120, None]
    expert = data.experts[0]
    pairs = [pair_kappas(one, np.array([0]), np.array([1])) for one in sets]
    found = {
        "describe": [f["expert_accuracy"][expert]["interval"] for f in facts],
        "class": [by_class(one, 0).loc[0, ["low", "high"]].tolist() for one in sets],
        "group": [by_group(one, "group_half", 0).loc[0, ["low", "high"]].tolist() for one in sets],
        "kappa": [(float(k.low[0]), float(k.high[0])) for k in pairs],
    }
    for name, (once, by, more) in found.items():
        assert width(more) < 0.65 * width(once), name
        assert width(by) == pytest.approx(width(once), rel=0.12), name
    assert cases_key(copied) != cases_key(plain)


def test_splits_of_one_patient_each_have_no_clusters() -> None:
    data = tiny_set(cases=60)
    names = np.array([f"p{i}" for i in range(60)])
    data = replace(data, groups={"group_patient": names})
    assert clusters(data.groups, data.index(Split.TEST)) is None
