"""The page: which model and scenario, the filters, the list, the single case."""

from collections.abc import Sequence

import streamlit as st

from app.cases import detail, filters, listing
from app.shared import (
    data_queries,
    scenario_model,
    scenario_queries,
    scenario_record,
    truth,
    views,
    words,
)
from app.shared.scenario_model import Chosen
from app.shared.scenario_queries import Asked
from core.scenarios.guards import guard_words
from core.scenarios.settings import Scenario

_MOST = 3  # things of one kind listed one by one


def draw_cases() -> None:
    """Draws everything."""
    views.wide()
    left, right = st.columns([4, 5], gap="medium", vertical_alignment="bottom")
    with left:
        st.title("Cases", anchor=False)
    with right:
        chosen = scenario_model.pick_model()
    if chosen is None:
        return
    truth.say(data_queries.consensus_of(chosen.model.data_id))
    scenario = scenario_record.adopt(chosen.data, chosen.record.config.off_duty)
    scenario_record.publish(chosen.data)
    filters.begin(chosen.data)
    first, second = st.columns([3, 1], gap="small", vertical_alignment="center")
    first.markdown(f":gray[{views.escape(scenario_words(scenario, chosen.data.machines))}]")
    with second, st.container(horizontal_alignment="right"):
        st.page_link(
            f"{views.PAGES}/workload.py",
            label="Change the scenario",
            icon=":material/balance:",
        )
    _listed(chosen, scenario)


def scenario_words(scenario: Scenario, machines: Sequence[str] = ()) -> str:
    """The scenario in a sentence or two; `machines` are experts that are AIs, too."""
    agents = [(words.marked(name, machines), terms) for name, terms in scenario.agents]
    off = [name for name, terms in agents if not terms.on_duty]
    bound = [name for name, terms in agents if terms.on_duty and terms.bounded]
    parts = []
    if off:
        parts.append(f"{words.listing(off, _MOST + 1)} off duty")
    if bound:
        parts.append(f"bounds for {words.listing(bound, _MOST + 1)}")
    said = [guard_words(guard) for guard in scenario.guards]
    if len(said) > _MOST:
        said = [f"{len(said)} guard rules"]
    parts += said
    if scenario.fatigue is not None:
        parts.append("fatigue assumed")
    name = f"Scenario “{scenario.name}”" if scenario.name else "Unsaved scenario"
    what = "; ".join(parts) if parts else "everybody on duty, no bounds and no rules"
    return f"{name}: {what}. Every test case, who gets it, and why."


def _listed(chosen: Chosen, scenario: Scenario) -> None:
    columns = st.columns(4, gap="small")
    # The baseline first, though drawn below a filter: it decides whether cases can change hands.
    top = columns[3].container()
    with columns[3]:
        baseline, _ = filters.baseline(chosen)
    cases, asked = scenario_queries.cases(chosen.model, scenario, baseline)
    if cases is None:
        _impossible(asked, scenario)
        return
    wanted = filters.pick_case_filters(chosen.scores, (*columns[:3], top), cases.before is not None)
    found = listing.draw_case_list(chosen, cases, wanted)
    if 0 <= st.session_state.get(filters.CASE, -1) < len(cases.scores.truth):
        detail.show(chosen, cases, found)


def _impossible(asked: Asked, scenario: Scenario) -> None:
    """Why there is no list, and that Workload has the way back."""
    reason = asked.why if asked.obstacle is None else asked.obstacle.reason
    st.error(
        f"**This scenario is impossible.** {views.escape(words.sentence(reason, scenario.names))}",
        icon=":material/block:",
    )
    st.markdown("No case can be assigned. Workload offers the nearest possible scenario.")
