"""The report's sections, in the order in which they are read."""

import pandas as pd

from app import results, words
from app.charts import classes as class_charts
from app.charts import curve as curve_charts
from app.charts import point as point_charts
from app.charts import rules as rule_charts
from app.report import markup, settings
from app.report.contents import Contents
from app.results import (
    against,
    class_words,
    compare,
    one_class,
    point_words,
    references,
    side_by_side,
)
from core.results.curve import singles
from core.results.over_seeds import FITTED

_MOST_MIX_UPS = 40
_MEASURED = (
    "All figures are on test cases, which chose nothing: networks are trained on training cases, "
    "prices and stopping are fitted on validation cases.",
    "A missing annotation is never counted as right or wrong and never filled in. Each agent is "
    "measured on the cases handed to it that it did annotate; the team's accuracy is their mean, "
    "weighted by workload. An expert that annotated some but fewer than five of its cases is "
    "measured on all test cases it annotated; with none at all the team's accuracy is unknown and "
    "said to be.",
    "That is unbiased when annotations are missing completely at random. Where experts skipped "
    "the hard cases, it is not.",
    "Sensitivity and specificity use the same weights: each scored decision stands for as many "
    "cases of the same agent as were handed over. Without missing annotations they are those of "
    "the plain confusion matrix.",
    "Brackets hold 95 % intervals: Wilson's for shares (with the effective number of cases where "
    "they are weighted), a bootstrap over test cases for the team's accuracy, Student's t over "
    "seeds where that is wider. Differences are paired by test case; “not distinguishable” means "
    "that the interval of the difference includes zero. " + compare.ONE_BY_ONE,
)


def html(contents: Contents) -> str:
    """The whole report as one HTML document."""
    title = f"{contents.run_name}: {words.rule_name(contents.rule)}, {_where(contents)}"
    body = "".join(
        [
            f"<header><h1>{markup.escape(contents.run_name)}</h1>\n",
            markup.paragraph(
                f"Caseload report of {contents.made}: who should decide which case, the AI or "
                "which human expert?",
                "note",
            ),
            "</header>\n",
            _trained(contents),
            _curve(contents),
            _point(contents),
            _class_in_focus(contents),
            _classes(contents),
            _rules(contents),
            markup.section("How accuracy is measured", markup.points(_MEASURED)),
            markup.section("Settings", markup.pairs(settings.asked(contents.result.config))),
            _versions(contents),
        ]
    )
    return markup.page(title, body)


def _trained(contents: Contents) -> str:
    result = contents.result
    warned = list(result.warnings)
    if result.dataset.simulated:
        warned.insert(0, "The experts of this data set are simulated.")
    return markup.section(
        "What was trained on what",
        markup.pairs(settings.trained(result, contents.dataset, contents.run_id)),
        markup.heading("Warnings"),
        markup.points(warned, "warning") or markup.paragraph("None."),
    )


def _curve(contents: Contents) -> str:
    result, rule = contents.result, contents.rule
    points, mean = results.curve_points(result, rule), results.curve_mean(result, rule)
    parts = [markup.paragraph(words.RULES[rule].text)] if rule in words.RULES else []
    if mean.empty:
        parts.append(markup.paragraph("Accuracy could not be measured at any point."))
    else:
        everyone = singles(result, rule)
        random = references.random_line(result, rule)
        oracle = references.oracle_line(result, rule)
        parts.append(
            markup.figure(
                lambda theme: curve_charts.curve(
                    points, mean, everyone, rule=rule, theme=theme, random=random, oracle=oracle
                ),
                "Team accuracy against the share of cases that the AI takes; the numbers are in "
                "the table below.",
            )
        )
        said = [references.RANDOM_WORDS] if len(random) else []
        said.append(references.oracle_words(result))
        parts.append(markup.paragraph(" ".join(said), "note"))
        shown = pd.DataFrame(
            {
                "The AI takes": [words.percent(r.coverage) for r in mean.itertuples()],
                "Asked for": [words.percent(r.target) for r in mean.itertuples()],
                "Accuracy of the team": [
                    words.with_interval(r.accuracy, None if r.low != r.low else (r.low, r.high))
                    for r in mean.itertuples()
                ],
            }
        )
        parts.append(markup.table(shown, "The curve in numbers"))
        alone = pd.DataFrame(
            {
                "Decides alone": [s.name for s in everyone],
                "Accuracy": [words.with_interval(s.accuracy, s.interval) for s in everyone],
            }
        )
        parts.append(markup.table(alone, "Everyone alone, on test cases"))
    if not result.is_bounded:
        areas = results.areas(result)
        first = words.rule_name(areas["rule"].iloc[0])
        shown = pd.DataFrame(
            {
                "How each case finds its agent": areas["rule"].map(words.rule_name),
                "Area under the curve": results.area_texts(result),
                f"Against “{first}”": areas["verdict"].replace("", words.UNKNOWN),
            }
        )
        parts.append(
            markup.table(
                shown,
                compare.AREA
                + (compare.OVER_SEEDS if len(result.seeds) > 1 else compare.OVER_CASES),
            )
        )
    return markup.section("Accuracy against coverage", *parts)


def _point(contents: Contents) -> str:
    result, rule, point = contents.result, contents.rule, contents.point
    table = pd.concat([point.agents.tail(1), point.agents.head(-1)])
    unknown = point_words.unknown(point)
    outside = [f"{text}." for text in point.breaches]
    if why := point_words.why_outside(rule, point):
        outside.append(why)
    key = [
        ("Accuracy of the team", words.percent(point.accuracy), _interval(point.interval)),
        ("The AI takes", words.percent(point.coverage), _interval(point.coverage_interval)),
        (
            "Could be measured",
            words.percent(point.measured),
            f"of {result.cases.test:,} test cases",
        ),
    ]
    boxes = "".join(
        f"<div>{markup.escape(name)}<b>{markup.escape(value)}</b>"
        f"<span>{markup.escape(note)}</span></div>"
        for name, value, note in key
    )
    return markup.section(
        f"The chosen point: {_where(contents)}",
        markup.paragraph(f"{words.rule_name(rule)}; {_seeds(contents)}.", "note"),
        f'<div class="key">{boxes}</div>\n',
        markup.points(unknown, "warning"),
        markup.points(
            [
                *against.sentences(result, rule, point),
                *filter(None, [references.on_same_cases(result, rule, point.target)]),
            ]
        ),
        markup.heading("Workloads and bounds"),
        markup.figure(
            lambda theme: point_charts.workloads(point.agents, theme=theme),
            "Share of the cases per agent with its bounds; the numbers are in the table below.",
        ),
        markup.points(outside, "warning")
        or markup.paragraph("Every workload's interval reaches its bounds."),
        markup.paragraph(point_words.SHARE_INTERVAL[rule in FITTED], "note"),
        markup.table(
            point_words.agents_shown(table), "Agents at this point", numbers=("Measured cases",)
        ),
        markup.paragraph(elsewhere, "note") if (elsewhere := point_words.elsewhere(table)) else "",
    )


def _class_in_focus(contents: Contents) -> str:
    compared, label = contents.compared, contents.label
    parts = [
        markup.paragraph(class_words.TERMS, "note"),
        markup.points(class_words.sentences(label, contents.found, contents.left, contents.rates)),
    ]
    if note := class_words.measured_part(contents.point):
        parts.append(markup.paragraph(note, "note"))
    if compared is None:
        parts.append(
            markup.paragraph("The AI alone and the experts alone could not be told here.", "note")
        )
    else:
        shares = contents.point.agents.set_index("agent")["share"]
        drawn = one_class.busiest(compared, shares, class_charts.MOST_WHO)
        parts += [
            markup.figure(
                lambda theme: class_charts.one_class(drawn, theme=theme),
                "Sensitivity and specificity of the team and of everyone alone; the numbers are "
                "in the table below.",
            ),
            markup.points(
                [class_words.beside(row, label) for row in compared.iloc[1:2].itertuples()]
            ),
            markup.table(
                class_words.shown_table(compared),
                f"“{label}” against the rest, and the team's difference in points, paired",
                numbers=("Measured, of the class", "Measured, of the rest"),
            ),
        ]
    return markup.section(f"One class against the rest: {label}", *parts)


def _classes(contents: Contents) -> str:
    result, point = contents.result, contents.point
    classes = list(result.classes)
    mix_ups = point_words.mix_ups(point)
    parts = [
        markup.table(
            point_words.classes_shown(point, result.test_cases_per_class),
            "Sensitivity and specificity of the team per class",
            numbers=("Test cases", "Measured cases"),
        ),
        markup.heading("Confusion"),
        markup.figure(
            lambda theme: point_charts.confusion(point.confusion, classes, theme=theme),
            "Decisions of the team (columns) against ground truth (rows), in cases.",
        ),
        markup.paragraph(
            f"Measured test cases, summed over the seeds shown. {point_words.counted(point)}",
            "note",
        ),
    ]
    if len(mix_ups):
        most = mix_ups.head(_MOST_MIX_UPS)
        shown = pd.DataFrame(
            {
                "Ground truth": most["truth"],
                "Decided": most["decided"],
                "Cases": most["cases"],
                "Of that class": [words.percent(s) for s in most["share"]],
            }
        )
        which = "All" if len(most) == len(mix_ups) else f"The {len(most)} most common"
        parts.append(markup.table(shown, f"{which} mix-ups", numbers=("Cases",)))
    return markup.section("Every class", *parts)


def _rules(contents: Contents) -> str:
    found = side_by_side.points(contents.result, contents.point)
    if len(found) < 2:
        return ""
    table, order = side_by_side.table(contents.result, contents.point), list(found)
    workloads = side_by_side.workloads(found)
    shown = pd.DataFrame({"Agent": workloads["agent"]})
    for rule in order:
        shown[words.rule_name(rule)] = [words.percent(s) for s in workloads[rule]]
    return markup.section(
        f"The rules side by side, {_where(contents)}",
        markup.table(side_by_side.shown(table), "The same models, three ways to decide"),
        markup.points(side_by_side.collapses(table), "warning"),
        markup.figure(
            lambda theme: rule_charts.workloads(workloads, order, theme=theme),
            "Workload per agent under each rule; the numbers are in the table below.",
        ),
        markup.table(shown, "Share of the test cases per agent"),
    )


def _versions(contents: Contents) -> str:
    trained = contents.result.versions
    text = ", ".join(f"{name} {version}" for name, version in trained.items())
    made = ", ".join(f"{name} {version}" for name, version in contents.versions.items())
    return markup.section(
        "Versions",
        markup.pairs(
            [
                ("Trained with", text),
                ("Report made with", made),
            ]
        ),
    )


def _where(contents: Contents) -> str:
    target = contents.point.target
    return "own bounds" if target is None else f"the AI asked to take {words.percent(target)}"


def _seeds(contents: Contents) -> str:
    seeds = contents.point.seeds
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"mean of {len(seeds)} seeds"


def _interval(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    return f"95 % interval {100 * interval[0]:.1f}–{words.percent(interval[1])}"
