"""Days simulated under the rule that never goes above a maximum, cached by model and scenario."""

from dataclasses import replace

import streamlit as st

from app.shared.data_queries import home
from app.shared.scenario_queries import Model
from core.scenarios.answer import Answer
from core.scenarios.never_above import NeverAbove, never_above
from core.scenarios.settings import Scenario


def simulated(model: Model, answer: Answer) -> NeverAbove:
    """The days of an answered scenario, at its prices and on its resamples.

    Args:
      model: that answered.
      answer: to any baseline, for any class: neither matters here.
    """
    return _simulated(model, replace(answer.scenario, name=""), home(), answer)


@st.cache_data(max_entries=32, show_spinner="Simulating days …")
def _simulated(model: Model, scenario: Scenario, home: str, _answer: Answer) -> NeverAbove:
    return never_above(_answer.solution, _answer.outcome.scores, _answer.outcome.weights)
