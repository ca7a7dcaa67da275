"""The report of a run: its curve, a chosen point, a class in focus, every class, its rules."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from app.shared import (
    against,
    comparison_words,
    curve_tables,
    one_class,
    report_settings,
    words,
    workload_bars,
)
from app.shared import curve_chart as curve_charts
from app.shared import point_chart as point_charts
from app.shared.operating_point import OperatingPoint
from app.shared.report_frame import Plot, document, plot
from app.tradeoffs import class_charts as class_charts
from app.tradeoffs import class_words, point_words, reference_words, side_by_side
from app.tradeoffs import rules_chart as rule_charts
from core.results.against_rest import Rates
from core.results.figure import Figure
from core.results.models import RunResult
from core.results.over_seeds import FITTED

_MOST_MIX_UPS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A run, a point of it, and what was asked about the point.

    Attributes:
      result: of the run.
      run_id: of the run. run_name: what people call it. dataset: what its data set is called.
      rule: of the point.
      point: the chosen one.
      label: the class in focus.
      found: the team's sensitivity for it. left: its specificity.
      rates: misses and wrong calls.
      compared: the team beside everyone alone (`one_class.frame`), None where not measured.
      versions: of the program and the libraries that make the report.
      made: when, as text.
    """

    result: RunResult
    run_id: str
    run_name: str
    dataset: str
    rule: str
    point: OperatingPoint
    label: str
    found: Figure
    left: Figure
    rates: Rates
    compared: pd.DataFrame | None
    versions: dict[str, str]
    made: str


class _Curve(NamedTuple):
    plot: Plot
    lines: str
    points: pd.DataFrame
    alone: pd.DataFrame


class _OneClass(NamedTuple):
    plot: Plot
    beside: list[str]
    table: pd.DataFrame


class _Rules(NamedTuple):
    table: pd.DataFrame
    collapses: list[str]
    plot: Plot
    workloads: pd.DataFrame


def html(contents: Contents) -> str:
    """The whole report as one HTML document."""
    result, rule = contents.result, contents.rule
    rule_name, where = words.rule_name(rule), _where(contents)
    simulated = ["The experts of this data set are simulated."] * result.dataset.simulated
    return document(
        "tradeoffs/run_report",
        title=f"{contents.run_name}: {rule_name}, {where}",
        of=contents,
        rule=rule_name,
        where=where,
        trained=report_settings.trained(result, contents.dataset, contents.run_id),
        warnings=[
            *simulated,
            *(text for _, text in report_settings.by_consensus(result)),
            *result.warnings,
        ],
        rule_text=words.RULES[rule].text if rule in words.RULES else "",
        curve=_curve(result, rule),
        areas=None if result.is_bounded else _areas(result),
        area_words=comparison_words.AREA
        + (comparison_words.OVER_SEEDS if len(result.seeds) > 1 else comparison_words.OVER_CASES),
        **_point(contents),
        class_terms=class_words.TERMS,
        class_sentences=class_words.sentences(
            contents.label, contents.found, contents.left, contents.rates
        ),
        class_measured=class_words.measured_part(contents.point),
        one_class=_one_class(contents),
        **_classes(contents),
        rules=_rules(contents),
        one_by_one=comparison_words.ONE_BY_ONE,
        patients=result.cases.patients,
        asked=report_settings.asked(result.config),
        versions=[
            ("Trained with", _versions(result.versions)),
            ("Report made with", _versions(contents.versions)),
        ],
    )


def _curve(result: RunResult, rule: str) -> _Curve | None:
    points, mean = curve_tables.curve_points(result, rule), curve_tables.curve_mean(result, rule)
    if mean.empty:
        return None
    everyone = curve_tables.everyone(result, rule)
    random, oracle = (
        reference_words.random_line(result, rule),
        reference_words.oracle_line(result, rule),
    )
    lines = [reference_words.RANDOM_WORDS] if len(random) else []
    return _Curve(
        plot=plot(
            lambda theme: curve_charts.curve(
                points, mean, everyone, rule=rule, theme=theme, random=random, oracle=oracle
            )
        ),
        lines=" ".join([*lines, reference_words.oracle_words(result)]),
        points=pd.DataFrame(
            {
                "The AI takes": [words.percent(r.coverage) for r in mean.itertuples()],
                "Asked for": [words.percent(r.target) for r in mean.itertuples()],
                "Accuracy of the team": [
                    words.with_interval(r.accuracy, None if r.low != r.low else (r.low, r.high))
                    for r in mean.itertuples()
                ],
            }
        ),
        alone=pd.DataFrame(
            {
                "Decides alone": [s.name for s in everyone],
                "Accuracy": [words.with_interval(s.accuracy, s.interval) for s in everyone],
            }
        ),
    )


def _areas(result: RunResult) -> pd.DataFrame:
    areas = curve_tables.areas(result)
    first = words.rule_name(areas["rule"].iloc[0])
    return pd.DataFrame(
        {
            "How each case finds its agent": areas["rule"].map(words.rule_name),
            "Area under the curve": curve_tables.area_texts(result),
            f"Against “{first}”": areas["verdict"].replace("", words.UNKNOWN),
        }
    )


def _point(contents: Contents) -> dict[str, Any]:
    """The chosen point: its figures, its workloads, and what there is to say about them."""
    result, rule, point = contents.result, contents.rule, contents.point
    table = pd.concat([point.agents.tail(1), point.agents.head(-1)])  # the AI first
    same = reference_words.on_same_cases(result, rule, point.target)
    why = point_words.why_outside(rule, point)
    taken, of = _interval(point.coverage_interval), f"of {result.cases.test:,} test cases"
    seeds = point.seeds
    return {
        "seeds": f"seed {seeds[0]}" if len(seeds) == 1 else f"mean of {len(seeds)} seeds",
        "figures": [
            ("Accuracy of the team", words.percent(point.accuracy), _interval(point.interval), ""),
            ("The AI takes", words.percent(point.coverage), taken, ""),
            ("Could be measured", words.percent(point.measured), of, ""),
        ],
        "unknown": point_words.unknown(point),
        "against": [*against.sentences(result, rule, point), *([same] if same else [])],
        "bars": workload_bars.of_point(point),
        "outside": [*(f"{text}." for text in point.breaches), *([why] if why else [])],
        "share_interval": point_words.SHARE_INTERVAL[rule in FITTED],
        "agents": point_words.agents_shown(table),
        "elsewhere": point_words.elsewhere(table),
    }


def _one_class(contents: Contents) -> _OneClass | None:
    if (compared := contents.compared) is None:
        return None
    shares = contents.point.agents.set_index("shown")["share"]
    drawn = one_class.busiest(compared, shares, class_charts.MOST_WHO)
    return _OneClass(
        plot=plot(lambda theme: class_charts.one_class(drawn, theme=theme)),
        beside=[class_words.beside(row, contents.label) for row in compared.iloc[1:2].itertuples()],
        table=class_words.shown_table(compared),
    )


def _classes(contents: Contents) -> dict[str, Any]:
    """Every class, and what is mistaken for what."""
    result, point = contents.result, contents.point
    mix_ups = point_words.mix_ups(point)
    most = mix_ups.head(_MOST_MIX_UPS)
    which = "All" if len(most) == len(mix_ups) else f"The {len(most)} most common"
    return {
        "classes": point_words.classes_shown(point, result.test_cases_per_class),
        "confusion": plot(
            lambda theme: point_charts.confusion(point.confusion, list(result.answers), theme=theme)
        ),
        "counted": point_words.counted(point),
        "mix_ups": pd.DataFrame(
            {
                "Ground truth": most["truth"],
                "Decided": most["decided"],
                "Cases": most["cases"],
                "Of that class": [words.percent(s) for s in most["share"]],
            }
        ),
        "mix_ups_caption": f"{which} mix-ups",
    }


def _rules(contents: Contents) -> _Rules | None:
    found = side_by_side.points(contents.result, contents.point)
    if len(found) < 2:
        return None
    table, order = side_by_side.table(contents.result, contents.point), list(found)
    shares = side_by_side.workloads(found)
    shown = {words.rule_name(rule): [words.percent(s) for s in shares[rule]] for rule in order}
    return _Rules(
        table=side_by_side.shown(table),
        collapses=side_by_side.collapses(table),
        plot=plot(lambda theme: rule_charts.workloads(shares, order, theme=theme)),
        workloads=pd.DataFrame({"Agent": shares["agent"], **shown}),
    )


def _where(contents: Contents) -> str:
    target = contents.point.target
    return "own bounds" if target is None else f"the AI asked to take {words.percent(target)}"


def _interval(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    return f"95 % interval {100 * interval[0]:.1f}–{words.percent(interval[1])}"


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
