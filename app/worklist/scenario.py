"""The scenario whose guard rules and duties hold for the new cases, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import data_queries, scenario_queries, scenario_record, state, views, words
from app.worklist import worklist_queries as asked
from app.worklist.model import Chosen
from app.worklist.worklist_queries import Given
from core.base.names import isolated
from core.dataset.agent_names import called
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.settings import Scenario, ScenarioError

if TYPE_CHECKING:
    from core.scenarios.ruled import Ruled

NONE, TABLE, KEY = "none", "table", "under"
_MOST_BOUNDS = 8  # agents whose bounds are listed one by one


@dataclass(frozen=True, slots=True)
class Held:
    """The scenario that holds; None for no rules and everybody on duty."""

    scenario: Scenario | None


def pick_worklist_scenario(chosen: Chosen, given: Given) -> Held | None:
    """The scenario for the new cases; None, with the reason shown, where it cannot hold."""
    data = _data(chosen)
    known = _known(chosen, data)
    key = _choose(known, chosen)
    if data is not None and key == TABLE:
        scenario_record.publish(data)
    else:
        state.publish(scenario_record.LINK, None)
    scenario = known[key]
    if scenario is None:
        _nothing(known, given)
        return Held(None)
    try:
        ruled = asked.ruled(chosen.run_id, chosen.seed, given, scenario)
    except ScenarioError as error:
        st.error(
            "**This scenario cannot be used for these cases.** "
            + views.escape(words.sentence(error)),
            icon=":material/block:",
        )
        _to_workload("Change the scenario in Workload")
        return None
    machines = chosen.model.machines
    _rules(ruled, machines)
    _bounds(scenario, len(given.cases), machines)
    for note in ruled.notes:
        st.warning(views.escape(words.sentence(note)), icon=":material/warning:")
    return Held(scenario)


def _known(chosen: Chosen, data: AnnotationSet | None) -> Mapping[str, Scenario | None]:
    """Scenarios by their name in a link: none, the current one, saved ones by id."""
    known: dict[str, Scenario | None] = {NONE: None}
    if data is not None and (table := scenario_record.known(data)) is not None:
        known[TABLE] = table
    saved = scenario_queries.saved(chosen.model.content_hash)
    return known | {one.id: one.scenario for one in saved}


def _data(chosen: Chosen) -> AnnotationSet | None:
    data_id = data_queries.data_id_of(chosen.model.content_hash)
    return None if data_id is None else data_queries.dataset(data_id)


def _choose(known: Mapping[str, Scenario | None], chosen: Chosen) -> str:
    wanted = state.news(KEY) or st.session_state.get(KEY)
    if wanted is not None and wanted not in known:
        # Never ignored silently: somebody counted on its rules.
        views.gone("scenario", "**None of its rules hold**; choose another scenario below.")
        state.choose(KEY, NONE)
    state.option(KEY, known, _usual(known, chosen))
    key = str(
        st.selectbox(
            "Scenario",
            list(known),
            format_func=lambda k: _label(k, known),
            key=KEY,
            persist_state="session",
            help="Its guard rules hold for every case; experts off duty get none. Scenarios are "
            "made and saved in Workload.",
        )
    )
    # Published even when it is the default, which differs between browsers.
    state.publish(KEY, key)
    return key


def _usual(known: Mapping[str, Scenario | None], chosen: Chosen) -> str:
    """The default: the current scenario where it has rules or experts off duty."""
    table = known.get(TABLE)
    if table is None:
        return NONE
    off = {name for name, terms in table.agents if not terms.on_duty}
    return TABLE if table.guards or off - set(chosen.model.left_out) else NONE


def _label(key: str, known: Mapping[str, Scenario | None]) -> str:
    if (scenario := known.get(key)) is None:
        return "None: no guard rules, everyone on duty"
    rules = words.count(len(scenario.guards), "guard rule") if scenario.guards else "no guard rules"
    if key == TABLE:
        return f"Unsaved scenario in Workload · {rules}"
    alike = sum(one is not None and one.name == scenario.name for one in known.values()) > 1
    return isolated(f"Saved: {scenario.name} · {rules}") + (f" · {key[:4]}" if alike else "")


def _nothing(known: Mapping[str, Scenario | None], given: Given) -> None:
    ruled = sum(bool(one and one.guards) for one in known.values())
    there = f" {words.count(ruled, 'scenario')} with rules can be selected." if ruled else ""
    any_case = "any agent may get any case" + ", within the choice above" * given.people_only
    st.caption(f"No guard rules hold: {any_case}.{there}")


def _rules(ruled: "Ruled", machines: Sequence[str]) -> None:
    """The rules in words, each with the number of cases it affects."""
    lines = [
        f"- {views.escape(words.sentence(rule, ruled.scenario.names))} :gray[Keeps {kept:,} of "
        f"{words.count(len(ruled.cases), 'case')} away.]"
        for rule, kept in zip(ruled.rules, ruled.kept.tolist(), strict=True)
    ]
    if ruled.off_duty:
        off = words.listing(
            [called(words.marked(name, machines)) for name in ruled.off_duty], _MOST_BOUNDS
        )
        lines.append(f"- Off duty, without cases: {views.escape(off)}.")
    if not lines:
        st.caption("This scenario has no guard rules, and everyone is on duty.")
        return
    st.markdown("**These rules hold for every case**\n" + "\n".join(lines))


def _bounds(scenario: Scenario, cases: int, machines: Sequence[str]) -> None:
    """The scenario's bounds, from which numbers are suggested, and its unused parts."""
    terms_of = {name: terms for name, terms in scenario.agents if terms.bounded and not terms.idle}
    bound = [
        f"{called(words.marked(n, machines))} {words.range_words(scenario, t)}"
        for n, t in terms_of.items()
    ]
    in_cases = sum("cases" in t.units for t in terms_of.values())
    lines = []
    if bound:
        listed = "; ".join(bound[:_MOST_BOUNDS])
        more = f"; and {len(bound) - _MOST_BOUNDS} more" if len(bound) > _MOST_BOUNDS else ""
        lines.append(f"Its bounds: {listed}{more}.")
        if in_cases and scenario.cases_per_day != cases:
            which = "They" if in_cases == len(bound) else "Those in cases a day"
            lines.append(
                f"{which} were set for {words.count(scenario.cases_per_day, 'case')} a day and "
                f"apply unchanged to these {cases:,}."
            )
    if scenario.fatigue is not None:
        lines.append("Fatigue is not part of a worklist: you set how many cases each agent gets.")
    if lines:
        st.caption(views.escape(" ".join(lines)))


def _to_workload(label: str) -> None:
    st.page_link(f"{views.PAGES}/workload.py", label=label, icon=":material/balance:")
