"""Balanced against free experts: what equal shares cost, and how the work is spread."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import data_queries, run_queries, settings_link, state, views, words
from app.shared.comparison_words import area_difference_text, pairing_text
from app.tradeoffs import comparison_chart as charts
from app.tradeoffs import curve_queries, labelled, sharing
from app.tradeoffs.chosen_run import policy_text
from app.tradeoffs.comparison import line, spoken
from core.results.curve import deferred
from core.results.models import RunResult

if TYPE_CHECKING:
    from core.record.record import RunRecord


def policies(record: "RunRecord", result: RunResult, rule: str) -> None:
    """A folded part with this run and its twin; empty where there is no work to share.

    Args:
      record: the run.
      result: what came out of it.
      rule: the decision rule.
    """
    if result.is_bounded or len(result.included_experts) < 2:
        return
    state.adopt("policies", False, read="true".__eq__)
    folded = st.expander(
        "Balanced against free: how the experts share the work",
        key="policies",
        on_change="rerun",
        icon=":material/balance:",
    )
    state.publish("policies", "true" if folded.open else None)
    if not folded.open:
        return
    with folded:
        mine = record.config.humans
        twin = curve_queries.twin(record)
        if twin is None:
            _without_twin(record, result, rule)
            return
        other = run_queries.result(twin.run_id)
        sides = {
            mine: (record.run_id, result, rule),
            twin.config.humans: (twin.run_id, other, other.rule_of(rule)),
        }
        _both({policy: sides[policy] for policy in ("free", "balanced")})


def _both(sides: Mapping[str, tuple[str, RunResult, str]]) -> None:
    """Both curves, the cost of balance, and both ways the work is spread."""
    titles = {policy: f"{policy.capitalize()}: {words.HUMANS[policy].label.lower()}"
              for policy in sides}  # fmt: skip
    lines = [
        line(run, run_id, titles[policy], rule, style)
        for style, (policy, (run_id, run, rule)) in enumerate(sides.items())
    ]
    free, balanced = sides["free"], sides["balanced"]
    found = curve_queries.area_difference((balanced[0], balanced[2]), (free[0], free[2]))
    st.markdown(
        f"Area under the curve, balanced less free: **{area_difference_text(found)}** "
        f":gray[(95 % interval, paired by {pairing_text(found)})]"
    )
    labelled.chart(
        charts.compare(lines, [], theme=state.theme(), height=360),
        "policies_curves",
        alt="Curves with free and with balanced experts. " + " ".join(map(spoken, lines)),
    )
    _spread({titles[policy]: (run, rule) for policy, (_, run, rule) in sides.items()})


def _spread(panels: Mapping[str, tuple[RunResult, str]]) -> None:
    """Each expert's share of the deferred cases, a panel each."""
    shares = {title: deferred(run, rule) for title, (run, rule) in panels.items()}
    st.plotly_chart(
        charts.sharing({t: sharing.frame(s) for t, s in shares.items()}, theme=state.theme()),
        theme=None,
        key="policies_sharing",
        config=views.PLOT,
        alt="Each expert's share of the deferred cases along the curve. "
        + " ".join(f"{title}. {sharing.spread_words(table)}" for title, table in shares.items()),
    )
    for title, table in shares.items():
        st.caption(views.escape(f"{title}. {sharing.spread_words(table)}"))


def _without_twin(record: "RunRecord", result: RunResult, rule: str) -> None:
    """This run alone, and the way to the twin."""
    mine = record.config.humans
    missing = "free" if mine == "balanced" else "balanced"
    title = f"{mine.capitalize()}: {words.HUMANS[mine].label.lower()}"
    st.markdown(
        f"This run's experts are **{mine}**: {policy_text(mine)}. There is no run yet whose "
        f"experts are **{missing}** ({policy_text(missing)}) and that is otherwise the same; as "
        "soon as there is one, both are compared here."
    )
    data_id = data_queries.data_id_of(record.dataset_hash)
    if data_id is None:
        st.caption("The run's data set is no longer here, so its twin cannot be trained.")
    else:
        st.page_link(
            f"{views.PAGES}/train.py",
            label=f"Train the {missing} twin",
            icon=":material/model_training:",
            query_params=settings_link.params(replace(record.config, humans=missing), data_id),
        )
    _spread({title: (result, rule)})
