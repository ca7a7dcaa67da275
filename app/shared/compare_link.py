"""The way from the settings of one run to a comparison of methods."""

import streamlit as st

from app.shared import state, views
from app.shared.settings_link import per_cent
from core.config.train_config import TrainConfig
from core.methods.registry import SIMPLEST

BASE = "compare:base"  # in the session: settings that the form of a comparison does not ask for


def draw_way_to_compare(data_id: str, config: TrainConfig) -> None:
    """A button that opens Compare with a run's data set and settings."""
    if st.button(
        "Compare methods …",
        key="compare_methods_with",
        icon=":material/leaderboard:",
        width="stretch",
        help="Train several methods with these settings, on several data sets if you like.",
    ):
        _hand_over(data_id, config)
        st.switch_page(f"{views.PAGES}/compare.py")


def _hand_over(data_id: str, config: TrainConfig) -> None:
    methods = dict.fromkeys([config.method, TrainConfig().method, SIMPLEST])
    for name, value in {
        BASE: config.to_dict(),
        "compare_data": [data_id],
        "compare_methods": list(methods),
        "compare_rates": [f"{per_cent(config.missing_rate):g}"],
        "compare_humans": [config.humans],
        "compare_seeds": max(config.seeds, 3),
        "compare_epochs": config.epochs,
        "comparison": None,  # the form, not the last comparison
    }.items():
        state.choose(name, value)
