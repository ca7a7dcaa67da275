"""How the answer is shown: against what, for which class, in which unit."""

from dataclasses import dataclass

import streamlit as st

from app.shared import amounts, scenario_model, state
from app.shared.scenario_model import Chosen
from core.scenarios.settings import MOST_CASES, Scenario

NEVER = "never_above"  # the switch, in the session and in the URL


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the answer is compared with, and how it is shown.

    Attributes:
      baseline: one of the plain practices, or the id of a saved scenario. against: its title.
      class_index: of the chosen class. label: its name.
      unit: of the bars. coming_cases: as entered, None for a day's cases.
      never_above: whether days on which nobody gets more than the maximum are simulated.
    """

    baseline: str
    against: str
    class_index: int
    label: str
    unit: str
    coming_cases: int | None
    never_above: bool = False

    def coming(self, scenario: Scenario) -> int:
        """How many upcoming cases the predicted workloads are about."""
        return self.coming_cases or scenario.cases_per_day


def pick_view(chosen: Chosen) -> View:
    """The controls of how the answer is looked at."""
    first, second = st.columns([3, 2], gap="small")
    with first:
        baseline, against = scenario_model.pick_baseline(chosen)
    with second:
        classes = chosen.data.classes
        rarest = _rarest(chosen)
        names = [str(i) for i in range(len(classes))]
        # By position: the link names no class.
        state.option("class_no", names, str(rarest))
        place = st.selectbox(
            "Class to look at",
            names,
            format_func=lambda i: classes[int(i)],
            key="class_no",
            persist_state="session",
        )
        state.publish("class_no", place, str(rarest))
    state.option("bars", amounts.UNITS, "share")
    state.adopt("coming", None, read=int, valid=lambda n: n is None or 1 <= n <= MOST_CASES)
    coming: int | None = st.session_state["coming"]
    state.publish("coming", coming)
    never: bool = state.adopt(NEVER, False, read=lambda text: text == "on")
    state.publish(NEVER, "on" if never else None)
    return View(
        baseline=baseline,
        against=against,
        class_index=int(place),
        label=classes[int(place)],
        unit=st.session_state["bars"],
        coming_cases=coming,
        never_above=never,
    )


def pick_unit() -> None:
    """The unit of the bars, drawn beside them."""
    st.segmented_control(
        "Bars in",
        list(amounts.UNITS),
        format_func=lambda u: {"share": "Shares"}.get(u, u.capitalize()),
        key="bars",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    state.publish("bars", st.session_state["bars"], "share")


def _rarest(chosen: Chosen) -> int:
    """The class chosen at first: the rarest of the test cases."""
    counts = [int((chosen.scores.truth == c).sum()) for c in range(len(chosen.data.classes))]
    present = [c for c, count in enumerate(counts) if count]
    return min(present, key=lambda c: counts[c]) if present else 0
