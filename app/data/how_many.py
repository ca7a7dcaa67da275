"""How many more annotations an interval of a wanted width takes, and of whom."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.data import know_charts, know_queries, names
from app.shared import state, views, words
from core.insight.how_many import PRIOR, Needed, Share, as_annotated, needed

_WHAT = {
    "team": "Accuracy of the team",
    "expert": "An expert's accuracy",
    "class": "An expert's sensitivity for a class",
}
_MOST_HALF = 25  # points
HELP = (
    "Wilson's 95 % interval at the share observed so far. Where several cases are of one patient, "
    "they count for less: the number grows by the design effect. A case that its expert did not "
    "annotate is not measured: missing annotations are counted as if experts chosen at random got "
    "all test cases; those that the AI decides are always measured."
)


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """What is to be known how well, the number that it takes, and a curve."""
    options = list(_WHAT) if facts["experts"] else ["team"]
    state.option("more_of", options, "team")
    what = st.segmented_control(
        "What is to be known",
        options,
        format_func=_WHAT.__getitem__,
        key="more_of",
        required=True,
        persist_state="session",
    )
    state.publish("more_of", what, "team")
    left, middle, right = st.columns(3, gap="large", vertical_alignment="bottom")
    with left:
        half = _half()
    expert = label = None
    with middle:
        if what == "team":
            expected = _expected(know_queries.known(data_id, None, None))
        else:
            expert = views.pick_one(
                "Expert",
                facts["experts"],
                "more_expert",
                format_func=partial(names.marked, facts=facts),
            )
    if what == "class":
        with right:
            label = views.pick_one("Class", facts["classes"], "more_class")
    share = know_queries.known(data_id, expert, label)
    if what == "team":
        complete = share._replace(share=expected)
        missing = facts["missing_rate_by_split"].get("test") or 0.0
        share = complete if missing == 1 else as_annotated(complete, missing)
        found = needed(share, half)
        lines = _team(complete, found, half, missing)
    else:
        found = needed(share, half)
        assert expert is not None
        lines = _expert(data_id, share, found, half, expert, label, facts)
    st.markdown(" ".join(lines), help=HELP)
    unit = "Test cases" if what == "team" else "Annotated cases"
    _chart(share, found, half, f"{unit} of {label}" if label else unit)
    if facts.get("consensus") and what != "team":
        st.caption(
            "An expert is measured against the consensus of the others. That is wrong at times, so "
            "it takes more annotations than with a known truth; cases that nobody else annotated "
            "do not count."
        )
    if what != "team":
        _everybody(data_id, half, label, facts)


def _half() -> float:
    points = state.whole("more_half", 5, 1, _MOST_HALF)
    points = st.slider(
        "Wanted: ± points",
        1,
        _MOST_HALF,
        key="more_half",
        persist_state="session",
        help="Half the width of the 95 % interval. ± 5 points at 80 % means about 75 to 85 %.",
    )
    state.publish("more_half", points, 5)
    return points / 100


def _expected(share: Share) -> float:
    default = min(max(round(100 * share.share), 50), 99)
    value = state.whole("more_expected", default, 1, 99)
    value = st.number_input(
        "Expected accuracy, %",
        1,
        99,
        key="more_expected",
        persist_state="session",
        help="Nobody knows the team's accuracy before training. The default is that of the "
        "experts together, or of the external AI if that is higher. Lower is safer: intervals "
        "are widest at 50 %.",
    )
    state.publish("more_expected", value, default)
    return float(value) / 100


def _team(complete: Share, found: Needed, half: float, missing: float) -> list[str]:
    """What is needed with the annotations as they are, then without missing ones."""
    cases = f"**{words.count(complete.cases, 'test case')}**"
    accuracy = words.percent(complete.share, 0)
    whole = needed(complete, half)
    if not missing:
        return [
            f"With the {cases} of this set, an accuracy of {accuracy} will be known to "
            f"**± {100 * found.half:.1f} points**.",
            _more_cases(found, half, "**", ", annotated by the experts"),
            _design(complete),
        ]
    if missing == 1:
        lines = ["No test case is annotated, so the team's accuracy cannot be measured yet."]
    else:
        lines = [
            f"With the {cases} of this set and the annotations as they are, of which "
            f"{words.percent(missing)} are missing, an accuracy of {accuracy} will be known to "
            f"**± {100 * found.half:.1f} points**.",
            _more_cases(found, half, "**", " with as many annotations missing"),
        ]
    lines.append(
        f"Without missing annotations, the same test cases would give ± {100 * whole.half:.1f} "
        f"points. {_more_cases(whole, half, '', ' annotated by every expert')}"
    )
    return [*lines, _design(complete)]


def _more_cases(found: Needed, half: float, mark: str, how: str) -> str:
    """How many test cases the wanted width takes."""
    if not found.more:
        return f"{found.cases:,} would be enough for ± {100 * half:.0f} points."
    more = f"{mark}{words.count(found.more, 'more test case')}{mark}{how}"
    return f"For ± {100 * half:.0f} points it takes {found.cases:,}: {more}."


def _expert(
    data_id: str,
    share: Share,
    found: Needed,
    half: float,
    expert: str,
    label: str | None,
    facts: Mapping[str, Any],
) -> list[str]:
    name = views.escape(names.marked(expert, facts))
    of = f" of {views.escape(label)}" if label else ""
    what = "sensitivity" if label else "accuracy"
    by_others = bool(facts.get("consensus"))
    if not share.cases:
        no_case = f"annotated no case{of}"
        if by_others:
            no_case += " whose class the others' answers show"
        return [
            f"{name} {no_case}. If the {what} is {words.percent(PRIOR, 0)}, "
            f"± {100 * half:.0f} points take **{words.count(found.cases, 'annotation')}**."
        ]
    lines = [
        f"{name} annotated **{words.count(share.cases, 'case')}{of}** and was right on "
        f"{words.percent(share.share)}{', as far as the others agree' if by_others else ''}: the "
        f"{what} is known to **± {100 * found.half:.1f} points**."
    ]
    if not found.more:
        lines.append(f"{found.cases:,} would be enough for ± {100 * half:.0f} points.")
        return [*lines, _design(share)]
    lines.append(
        f"For ± {100 * half:.0f} points it takes {found.cases:,}: "
        f"**{found.more:,} more{of}** by {name}."
    )
    all_wanted = know_queries.wanted(data_id, half, label)
    row = list(facts["experts"]).index(expert)
    unread = int(all_wanted.unread[row])
    enough = "enough" if unread >= found.more else "not enough"
    lines.append(
        f"The set has {words.count(unread, 'case')}{of} that {name} has not annotated: "
        f"{enough} for that."
    )
    if label and int(all_wanted.to_read[row]) > found.more:
        share_of = found.more / max(int(all_wanted.to_read[row]), 1)
        lines.append(
            f"If new cases are read as they come, about {words.percent(share_of)} are{of}: that is "
            f"about **{int(all_wanted.to_read[row]):,} cases to read**."
        )
    return [*lines, _design(share)]


def _design(share: Share) -> str:
    if share.design < 1.05:
        return ""
    return (
        f"Cases of one patient are alike: {share.design:.1f} of them tell as much as one "
        "independent case, which is counted in."
    )


def _chart(share: Share, found: Needed, half: float, x: str) -> None:
    most = max(2.5 * found.cases, 2.5 * share.cases, 50)
    cases = np.geomspace(5, most, 200)
    st.plotly_chart(
        know_charts.width(
            cases,
            share.half(cases),
            today=(share.cases, found.half) if share.cases >= 5 else None,
            wanted=(max(found.cases, 5), half),
            x=x,
            theme=state.theme(),
        ),
        theme=None,
        key="width",
        config=views.PLOT,
        alt=f"Half the width of the 95 % interval against the number of cases: today "
        f"{share.cases:,} cases give ± {100 * found.half:.1f} points, {found.cases:,} give "
        f"± {100 * half:.0f}.",
    )


def _everybody(data_id: str, half: float, label: str | None, facts: Mapping[str, Any]) -> None:
    found = know_queries.wanted(data_id, half, label)
    what = f"sensitivity for {views.escape(label)}" if label else "accuracy"
    lacking = int((found.more > 0).sum())
    st.markdown(
        f"**All experts**: for {lacking:,} of {len(found.more):,} the {what} is not yet known to "
        f"± {100 * half:.0f} points; together they lack "
        f"**{words.count(int(found.more.sum()), 'annotation')}**."
    )
    frame = pd.DataFrame(
        {
            "Expert": [names.marked(name, facts) for name in facts["experts"]],
            "Annotated": found.cases,
            "Right": 100 * found.share,
            "Known to ±": 100 * found.half,
            "Needed": found.needed,
            "More": found.more,
            "Not yet read": found.unread,
        }
    )
    config: dict[str, Any] = {
        name: st.column_config.NumberColumn(format="localized", help=help)
        for name, help in (
            (
                "Annotated",
                "Cases that the expert annotated, in any split"
                + (", and somebody else as well." if facts.get("consensus") else "."),
            ),
            ("Needed", "Annotated cases that the wanted interval takes in all."),
            ("More", "Needed less those annotated already."),
            ("Not yet read", "Cases in the set that the expert has not annotated."),
        )
    }
    if label:
        frame["To read"] = found.to_read
        config["To read"] = st.column_config.NumberColumn(
            format="localized", help="New cases, as they come, until enough are of this class."
        )
    st.dataframe(
        frame.sort_values("More", ascending=False, kind="stable"),
        hide_index=True,
        height="content" if len(frame) <= 12 else 420,
        column_config=config
        | {
            "Right": st.column_config.NumberColumn(format="%.1f %%"),
            "Known to ±": st.column_config.NumberColumn(
                format="%.1f points", help="Half the width of today's 95 % interval."
            ),
        },
        alt=f"Annotations that every expert lacks until {what} is known well enough",
    )
