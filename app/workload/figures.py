"""The answer beside the controls: four figures, one sentence, the bars, the report."""

import streamlit as st

from app.shared import bar_clicks, case_dialog, state, views, words
from app.shared import workload_bars as charts
from app.shared.paint import PAINTS
from app.shared.scenario_model import Chosen
from app.shared.words import escape_html as escape
from app.workload import asking, downloads, scenario_cases
from app.workload import scenario_words as wording
from app.workload.asking import View
from app.workload.scenario_words import Card
from core.scenarios.answer import Answer

_STYLE = """
<style>
.cl-cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.5rem; }
.cl-cards > div { border: 1px solid %(grid)s; border-radius: 0.5rem; padding: 0.45rem 0.65rem;
  min-width: 0; }
.cl-cards .l { font-size: 0.82rem; color: %(muted)s; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.cl-cards .v { font-size: 1.45rem; line-height: 1.35; font-weight: 600; white-space: nowrap; }
.cl-cards .i { font-size: 0.82rem; color: %(muted)s; }
.cl-cards .c { font-size: 0.82rem; min-height: 2.3em; line-height: 1.2; padding-top: 0.15rem; }
@media (max-width: 640px) { .cl-cards { grid-template-columns: repeat(2, 1fr); } }
.cl-cards .better { color: %(good)s; } .cl-cards .worse { color: %(alarm)s; }
</style>
"""
_MOST_LISTED = 3  # breaches


def draw_figures(chosen: Chosen, answer: Answer, view: View) -> None:
    """Cards, the verdict, breaches, the bars and the report."""
    cards(wording.cards(answer, view.label))
    st.markdown(f"**{views.escape(wording.verdict(answer, view.against))}**")
    if fatigue := wording.fatigue_words(answer):
        st.caption(f":material/bedtime: {views.escape(fatigue)}")
    broken = wording.breaches(answer)
    if broken:
        rest = len(broken) - _MOST_LISTED
        more = f" And {words.count(rest, 'more agent')}." if rest > 0 else ""
        text = " ".join(broken[:_MOST_LISTED])
        st.warning(views.escape(text + more), icon=":material/warning:")
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        asking.pick_unit()
        downloads.report_button(chosen, answer, view)
    _bars(answer, view)


def cards(shown: list[Card]) -> None:
    """Figures side by side: value, interval, change."""
    paint = PAINTS[state.theme()]
    style = _STYLE % {
        "grid": paint.grid, "muted": paint.muted, "good": paint.good, "alarm": paint.alarm
    }  # fmt: skip
    boxes = "".join(
        f'<div title="{escape(f"{c.label}. {c.help}")}"><div class="l">{escape(c.short)}</div>'
        f'<div class="v">{escape(c.value)}</div>'
        f'<div class="i">{escape(c.interval)}</div>'
        f'<div class="c {c.tone}">{_arrow(c)}{escape(c.change)}</div></div>'
        for c in shown
    )
    st.html(f'{style}<div class="cl-cards">{boxes}</div>')


def _arrow(card: Card) -> str:
    """The direction of a change beyond chance."""
    if not card.tone:
        return ""
    return "▲ " if card.change.startswith("+") else "▼ "


def _bars(answer: Answer, view: View) -> None:
    if view.unit in ("minutes", "cost") and not getattr(answer, view.unit):
        what, them = ("minutes", "them") if view.unit == "minutes" else ("a cost", "it")
        st.info(
            f"No agent has {what} per case yet: set {them} under “More settings”, “Time and cost”.",
            icon=":material/schedule:",
        )
        return
    drawn = charts.of_answer(answer, view.unit)
    st.html(charts.html(state.theme(), drawn, clickable=True))
    bar_clicks.watch(
        len(answer.agents),
        lambda agent: case_dialog.ask(scenario_cases.of_agent(answer, agent)),
    )
    said = [bar_clicks.HINT]
    if (hidden := len(answer.agents) - len(drawn.rows)) > 0:
        said.append(f"{words.count(hidden, 'more expert')} under “Every agent”.")
    st.caption(" ".join(said))
