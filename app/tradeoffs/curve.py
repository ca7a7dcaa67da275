"""The curve of one run: the decision rule, the figure and its area."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.shared import curve_chart as curve_charts
from app.shared import curve_tables, state, words
from app.shared.operating_point import OperatingPoint
from app.tradeoffs import labelled, picker, reference_words
from core.base.names import isolated
from core.dataset.annotation_set import AI
from core.experiment.collapse import AFFECTED, sentence
from core.results.curve import Single
from core.results.models import RunResult
from core.results.over_seeds import FITTED

_DEFAULT = "rule_default"
_HEIGHT = 390  # with the conclusion above it, the whole curve fits a small screen
BESIDE = {
    "alone": "who decides alone",
    "random": curve_charts.RANDOM,
    "best": curve_charts.ORACLE,
}


def pick_rule(found: Sequence[str], default: str) -> str:
    """The decision rule, in plain words.

    Args:
      found: rules to choose from.
      default: what is shown unless the link or somebody here has chosen.
    """
    if len(found) == 1:
        st.caption(words.RULES[found[0]].text if found[0] in words.RULES else found[0])
        return found[0]
    # A default gives way when other runs are shown, for which another rule says more.
    last = st.session_state.get(_DEFAULT)
    if last != default and st.session_state.get("rule") == last and state.news("rule") is None:
        state.choose("rule", default)
    st.session_state[_DEFAULT] = default
    state.option("rule", found, default)
    rule = st.segmented_control(
        "How each case finds its agent",
        found,
        format_func=words.rule_name,
        key="rule",
        required=True,
        help="  \n".join(f"**{words.rule_name(r)}**: {_rule_text(r, True)}" for r in found),
        persist_state="session",
    )
    rule = rule or default
    state.publish("rule", rule, default)
    return rule


def curve(result: RunResult, rule: str, point: OperatingPoint) -> None:
    """The coverage–accuracy curve, or the one point of a run with own bounds."""
    points, mean = curve_tables.curve_points(result, rule), curve_tables.curve_mean(result, rule)
    if mean.empty:
        st.info(
            "Accuracy could not be measured at any point: no chosen expert annotated a test case."
        )
        return
    place = st.container()  # the figure comes first, what it holds is chosen below it
    folded = st.expander("What the lines are, and which are drawn", icon=":material/legend_toggle:")
    everyone = curve_tables.everyone(result, rule)
    with folded:
        beside = _pick_beside()
        named = _pick_named(result, everyone) if "alone" in beside else []
    random = reference_words.random_line(result, rule)
    oracle = reference_words.oracle_line(result, rule)
    figure = curve_charts.curve(
        points,
        mean,
        everyone if "alone" in beside else [],
        rule=rule,
        theme=state.theme(),
        height=_HEIGHT,
        random=random if "random" in beside else None,
        oracle=oracle if "best" in beside else None,
        named=named,
        chosen=picker.ringed(point),
    )
    key = f"curve_{rule}"
    bounded = result.is_bounded
    with place:
        labelled.chart(
            figure,
            key,
            on_select="ignore" if bounded else lambda: picker.on_click(key),
            selection_mode="points",
            alt=_spoken(rule, mean, everyone, random, oracle, picker.ringed_words(point)),
        )
        st.caption(_briefly(result, rule))
    with folded:
        _explained(result, rule, len(everyone), beside, random)


def _pick_beside() -> list[str]:
    """Which lines are drawn beside the curve, in the URL."""

    def read(text: str) -> list[str]:
        known = [name for name in text.split(",") if name in BESIDE]
        if not known and text != "none":
            raise ValueError(text)
        return known

    state.adopt("beside", list(BESIDE), read=read)
    found = st.pills(
        "Drawn beside the curve",
        list(BESIDE),
        selection_mode="multi",
        format_func=BESIDE.__getitem__,
        key="beside",
        persist_state="session",
    )
    chosen = [name for name in BESIDE if name in (found or [])]
    state.publish("beside", ",".join(chosen) or "none", ",".join(BESIDE))
    return chosen


def _pick_named(result: RunResult, everyone: Sequence[Single]) -> list[str]:
    """Experts whose lines are named where there are too many to name all; in the URL by place."""
    known = [s.name for s in everyone if s.name != AI]
    if len(known) <= curve_charts.MOST_LINES:
        return []

    names = [words.marked(name, result.dataset.machines) for name in result.experts]
    by_place = {str(place): name for place, name in enumerate(names)}

    def read(text: str) -> list[str]:
        return [by_place[place] for place in text.split("-") if place in by_place]

    nobody: list[str] = []
    state.adopt("named", nobody, read=read, valid=lambda names: set(names) <= set(known))
    found = st.multiselect(
        "Experts to name beside the curve",
        known,
        format_func=isolated,
        key="named",
        placeholder="the most and the least accurate are named",
        persist_state="session",
    )
    state.publish("named", "-".join(str(names.index(name)) for name in found) or None)
    return list(found)


def _rule_text(rule: str, term: bool = False) -> str:
    if rule not in words.RULES:
        return ""
    return words.RULES[rule].help if term else words.RULES[rule].text


def _briefly(result: RunResult, rule: str) -> str:
    """The decision rule, the area, and what a click does."""
    text = _rule_text(rule)
    parts = [f"{words.rule_name(rule)}: {text[:1].lower()}{text[1:]}"] if text else []
    if not result.is_bounded:
        found = result.auc_cac[rule]
        if found.mean is not None:
            over = "over seeds" if len(result.seeds) > 1 else "over test cases"
            area = words.area(found.mean, found.interval)
            shown = f"{area[:-1]}, 95\u00a0% interval {over})." if found.interval else f"{area}."
            parts.append(f"Area under the coverage–accuracy curve (AUC-CAC × 100): {shown}")
        if rule in AFFECTED and sentence(result.training):
            parts.append("Training diverged, so this area says nothing about the method.")
        parts.append("Click a point to see its figures.")
    return " ".join(parts)


def _spoken(
    rule: str,
    mean: pd.DataFrame,
    everyone: Sequence[Single],
    random: pd.DataFrame,
    oracle: pd.DataFrame,
    ringed: str,
) -> str:
    """The figure in words, for screen readers."""
    first, last, best = mean.iloc[0], mean.iloc[-1], mean.loc[mean["accuracy"].idxmax()]
    parts = [
        f"Team accuracy against the share of cases the AI takes, rule {words.rule_name(rule)}: "
        f"{words.percent(first['accuracy'])} where the AI takes "
        f"{words.percent(first['coverage'])}, {words.percent(last['accuracy'])} where it takes "
        f"{words.percent(last['coverage'])}, highest {words.percent(best['accuracy'])} at "
        f"{words.percent(best['coverage'])}."
    ]
    parts += [f"{s.name} alone {words.percent(s.accuracy)}." for s in everyone]
    if len(random):
        parts.append(
            f"Random deferral: {words.percent(random['accuracy'].iloc[0])} without the AI to "
            f"{words.percent(random['accuracy'].iloc[-1])} with the AI alone."
        )
    if len(oracle):
        parts.append(
            f"Best any rule could do: {words.percent(oracle['accuracy'].min())} to "
            f"{words.percent(oracle['accuracy'].max())}."
        )
    return " ".join([*parts, ringed]).rstrip()


def _explained(
    result: RunResult,
    rule: str,
    alone: int,
    beside: list[str],
    random: pd.DataFrame,
) -> None:
    """What the lines are and how sure they are."""
    n, bounded = len(result.seeds), result.is_bounded
    line, band = ("point", "bar") if bounded else ("line", "band")
    text = (f"The {line} is the mean of {n} seeds; the" if n > 1 else "One seed; the") + (
        f" {band} is the 95 % interval over test cases (bootstrap)"
    )
    parts = [text + (", or over seeds (Student t) where that is wider." if n > 1 else ".")]
    parts[0] += words.by_patient(result.cases.patients)
    if rule not in FITTED and not bounded:
        parts.append(
            "This rule does not hold the workloads, so points are drawn at the AI's actual share."
        )
    if "alone" in beside:
        parts.append(
            "Level lines: accuracy of the AI and of each expert who decides every case alone."
        )
        if alone > curve_charts.MOST_LINES + 1:
            parts.append(
                "Of the experts, the most and the least accurate on test cases and those chosen "
                "above have a line; the ticks at the right edge are all of them."
            )
    if "random" in beside and len(random):
        parts.append(reference_words.RANDOM_WORDS)
    if "best" in beside:
        parts.append(reference_words.oracle_words(result))
    st.caption(" ".join(parts))
