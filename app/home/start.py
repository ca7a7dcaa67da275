"""Pieces of Home: sample cards and the way to one's own data."""

import streamlit as st

from app.shared import data_queries, run_queries, state, views
from core.config.train_config import TrainConfig
from core.library.samples import SAMPLES


def sample_cards() -> None:
    """A card per sample: train on it in one click, or look at it first."""
    for name, sample in SAMPLES.items():
        with st.container(border=True, gap="small"):
            st.markdown(f"**{sample.title}** :gray-badge[:material/smart_toy: simulated experts]")
            st.markdown(sample.text)
            with st.container(horizontal=True, vertical_alignment="center"):
                if st.button(
                    "Train on this sample",
                    key=f"start_{name}",
                    type="primary",
                    icon=":material/play_arrow:",
                ):
                    _train(name)
                st.page_link(
                    f"{views.PAGES}/data.py",
                    label="Look at the data first",
                    query_params={"data": name},
                )


def _train(name: str) -> None:
    """Starts the run and opens Workload, which waits for it."""
    run_id = run_queries.submit(name, first_run(name))
    for key in ("run", "watch"):
        state.choose(key, run_id)
    st.switch_page(f"{views.PAGES}/workload.py", query_params={"run": run_id})


def first_run(name: str) -> TrainConfig:
    """What one click trains: the defaults, but for images six points of the curve, not eleven.

    Networks for images take minutes on a small computer, and this is a first look.
    """
    if data_queries.dataset(name).kind == "images":
        return TrainConfig(coverage=tuple(i / 5 for i in range(6)))
    return TrainConfig()


def own_data() -> None:
    """Which files can be uploaded, and where."""
    st.markdown(
        "A table of cases with ground truth and one of annotations (`cases.csv` and "
        "`annotations.csv`), or one JSON file per expert, with images if you have them. "
        "Nothing leaves this computer."
    )
    st.page_link(
        f"{views.PAGES}/data.py", label="Upload annotations", icon=":material/upload_file:"
    )
