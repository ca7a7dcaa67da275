"""Agreement between experts beyond chance: Cohen's kappa as a matrix and a list of pairs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.data import answer_charts as charts
from app.data import know_queries, names
from app.shared import state, views, words
from app.shared.paint import short
from core.insight.agreement import MIN_SHARED, MOST_PAIRED, Agreement
from core.insight.overall import Overall

MOST_IN_MATRIX = 12
_LISTED = 200  # pairs in the table at once
_MOST_IN_CSV = 20_000  # pairs whose intervals are computed for a download
_LISTS = {
    "most": "Agree most",
    "least": "Agree least",
    "few": "Share too few cases",
}
_ANYBODY = "any expert"
HELP = (
    "Cohen's κ: the share of shared cases on which two experts gave the same label, beyond what "
    "chance would give them, κ = (p_o − p_e) / (1 − p_e). 1 is full agreement, 0 what chance "
    "gives. Interval: 95 %, asymptotic variance of Fleiss, Cohen & Everitt (1969) in a Wilson "
    "interval."
)
_OVERALL_HELP = (
    "1 is full agreement, 0 what chance gives. Fleiss' κ where every case has the same number of "
    "annotations, else Krippendorff's α for nominal data, which allows missing ones. Interval: "
    "95 %, by the jackknife over cases, or over patients where these are known."
)


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """A sentence, a matrix for a few experts, and a list for any number."""
    experts = names.people(facts)
    if len(experts) < 2:
        has = "one" if experts else "none"
        st.info(f"Agreement needs two experts; this set has {has}.", icon=":material/person:")
        return
    pairs = know_queries.pairs(data_id)
    known = np.flatnonzero(pairs.enough & np.isfinite(pairs.kappa))
    st.markdown(_overall(know_queries.overall_agreement(data_id)), help=_OVERALL_HELP)
    st.markdown(_sentence(data_id, pairs, known, len(experts)), help=HELP)
    if ais := names.machines(facts):
        who = views.escape(words.listing(ais))
        verb = "an AI, is" if len(ais) == 1 else "AIs, are"
        st.caption(f"This is agreement between people: {who}, {verb} left out.")
    every = np.arange(len(pairs.shared))
    if len(experts) <= MOST_IN_MATRIX:
        frame = know_queries.pair_rows(data_id, pairs, every)
        left, right = st.columns([5, 6], gap="large")
        with left:
            _matrix(frame, experts)
        with right:
            order = frame["kappa"].where(frame["enough"]).sort_values(ascending=False).index
            _table(frame.loc[order], len(frame), many=False)
    else:
        if len(known):
            _histogram(pairs.kappa[known])
        which = _choose(pairs, facts)
        shown = which[:_LISTED]
        _table(know_queries.pair_rows(data_id, pairs, shown), len(which), many=True)
    held = every
    if len(every) > _MOST_IN_CSV:
        held = np.sort(np.argsort(-pairs.shared, kind="stable")[:_MOST_IN_CSV])
    views.csv_button(
        "All pairs as CSV"
        if len(held) == len(every)
        else f"The {len(held):,} pairs with the most shared cases as CSV",
        lambda: know_queries.pair_rows(data_id, pairs, held),
        f"{facts['content_hash']}_agreement",
        "pairs_csv",
    )


def _overall(found: Overall) -> str:
    """Agreement of all experts together."""
    if found.value is None or found.low is None or found.high is None:
        return "Agreement of all experts together cannot be measured."
    name = "Fleiss' κ" if found.measure == "fleiss" else "Krippendorff's α"
    return (
        f"All experts together: {name} is **{_number(found.value)}** ({_number(found.low)} to "
        f"{_number(found.high)}) on {words.count(found.cases, 'case')} with at least two "
        "annotations."
    )


def _sentence(data_id: str, pairs: Agreement, known: np.ndarray, experts: int) -> str:
    few = int((~pairs.enough).sum())
    total = words.count(len(pairs.shared), "pair")
    if not len(known):
        return (
            f"None of the {total} of experts shares {MIN_SHARED} cases, so agreement cannot be "
            "measured."
            if few == len(pairs.shared)
            else f"For none of the {total} of experts can κ be computed."
        )
    text = ""
    if len(known) == 1:
        (only,) = know_queries.pair_rows(data_id, pairs, known).itertuples()
        text = f"κ = **{_kappa(only)}** on {words.count(only.shared, 'shared case')}."
    else:
        low, middle, high = np.quantile(pairs.kappa[known], [0.25, 0.5, 0.75])
        text = (
            f"The median κ of {words.count(len(known), 'pair')} is **{_number(middle)}**; half of "
            f"them lie between {_number(low)} and {_number(high)}."
        )
    if few:
        none = int((pairs.shared == 0).sum())
        share = "shares" if few == 1 else "share"
        said = (
            f"{share} no case at all"
            if none == few
            else f"{share} fewer than {MIN_SHARED} cases"
            + (f" ({none:,} of them none)" if none else "")
        )
        text += f" {words.count(few, 'pair')} of {len(pairs.shared):,} {said}: no κ is given for "
        text += "them."
    if experts > MOST_PAIRED:
        text += f" The {MOST_PAIRED:,} experts with the most annotations are compared."
    return text


def _matrix(pairs: pd.DataFrame, experts: list[str]) -> None:
    m = len(experts)
    place = {name: i for i, name in enumerate(experts)}
    shade = np.full((m, m), np.nan)
    written = np.full((m, m), "", dtype=object)
    hover = np.full((m, m), "", dtype=object)
    for pair in pairs.itertuples():
        i, j = place[pair.first], place[pair.second]
        said = f"{short(pair.first)} and {short(pair.second)}: {_value(pair)}"
        for a, b in ((i, j), (j, i)):
            drawn = pair.enough and np.isfinite(pair.kappa)
            shade[a, b] = max(pair.kappa, 0) if drawn else np.nan
            written[a, b] = _number(pair.kappa) if drawn else words.UNKNOWN
            hover[a, b] = f"{said}, {words.count(pair.shared, 'shared case')}"
    st.plotly_chart(
        charts.matrix(shade, written, hover, experts, experts, x="", y=None, theme=state.theme()),
        theme=None,
        key="agreement",
        config=views.PLOT,
        alt="Cohen's kappa of every pair of experts: "
        + "; ".join(f"{p.first} and {p.second} {_value(p)}" for p in pairs.itertuples()),
    )
    st.caption("Cohen's κ of every pair; a stronger colour means more agreement.")


def _histogram(kappas: np.ndarray) -> None:
    st.plotly_chart(
        charts.histogram(kappas, x="Cohen's κ", what="pairs of experts", theme=state.theme()),
        theme=None,
        key="agreement_spread",
        config=views.PLOT,
        alt=(
            f"How many of {len(kappas):,} pairs of experts have which kappa, from "
            f"{_number(kappas.min())} to {_number(kappas.max())}."
        ),
    )


def _choose(pairs: Agreement, facts: Mapping[str, Any]) -> np.ndarray:
    """The pairs to list, in order: the extremes of all, or of those of one expert."""
    left, right = st.columns(2, gap="large")
    with left:
        state.option("pairs", _LISTS, "most")
        which = st.segmented_control(
            "Which pairs",
            list(_LISTS),
            format_func=_LISTS.__getitem__,
            key="pairs",
            required=True,
            persist_state="session",
        )
        state.publish("pairs", which, "most")
    with right:
        who = views.pick_one("Pairs with", [_ANYBODY, *names.people(facts)], "pairs_of")
    fits = ~pairs.enough
    if which != "few":
        fits = pairs.enough & ~pairs.constant & np.isfinite(pairs.kappa)
    if who != _ANYBODY:
        mine = facts["experts"].index(who)
        fits = fits & ((pairs.first == mine) | (pairs.second == mine))
    found = np.flatnonzero(fits)
    if which == "least":
        return found[np.argsort(pairs.kappa[found], kind="stable")]
    by = pairs.shared if which == "few" else pairs.kappa
    return found[np.argsort(-by[found], kind="stable")]


def _table(shown: pd.DataFrame, total: int, *, many: bool) -> None:
    """Some pairs as a list."""
    if not len(shown):
        st.info("No pair matches.")
        return
    frame = pd.DataFrame(
        {
            "Expert": shown["first"],
            "and": shown["second"],
            "κ": [_value(p) for p in shown.itertuples()],
            "Shared": shown["shared"],
            "Same label": [
                words.percent(p.agreed) if p.shared else words.UNKNOWN for p in shown.itertuples()
            ],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= 14 else 440,
        column_config={
            # Beside the matrix a long name must not push the figures out of sight.
            "Expert": st.column_config.TextColumn(width=None if many else 140),
            "and": st.column_config.TextColumn(width=None if many else 140),
            "κ": st.column_config.TextColumn(help=HELP, width=124),
            "Shared": st.column_config.NumberColumn(
                format="localized", width=60, help="Cases that both annotated, in any split."
            ),
            "Same label": st.column_config.TextColumn(width=70, help="Of the shared cases."),
        },
        alt="Agreement of pairs of experts",
    )
    if total > len(shown):
        st.caption(
            f"The first {len(shown):,} of {total:,} pairs. The extremes of such a long list "
            "are partly chance; see the intervals."
        )


def _value(pair: Any) -> str:
    """κ with its interval, or why there is none."""
    if not pair.enough:
        return "too few shared cases"
    if not np.isfinite(pair.kappa):
        return "undefined: both always gave the same label"
    if pair.constant:
        return "always 0.00: one of them always gave the same label"
    return _kappa(pair)


def _kappa(pair: Any) -> str:
    return f"{_number(pair.kappa)} ({_number(pair.low)} to {_number(pair.high)})"


def _number(value: float) -> str:
    return words.signed(value, 2).removeprefix("+")
