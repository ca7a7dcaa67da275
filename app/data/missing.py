"""How many annotations would be left after removing some, before anything is trained."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.data import answer_charts as charts
from app.shared import insight_queries, state, views, words
from app.shared.settings_link import MOST_MISSING

_DRAWN = 25  # experts or classes with a bar of their own
_FEW = 5  # annotations of an expert that teach next to nothing


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """The slider, and what it leaves overall, per expert and per class."""
    if not facts["experts"] or not facts["annotations"]["train"]:
        st.info("No expert annotated a training case, so there is nothing to remove.")
        return
    rate = _slider()
    rest = insight_queries.remaining(data_id, rate / 100, 0)
    _sentences(rest, rate, facts)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Per expert**")
        _bars(facts["experts"], rest.present, rest.left, "expert", "missing_experts")
    with right:
        st.markdown("**Per class**")
        _bars(
            facts["classes"],
            rest.class_present,
            rest.class_left,
            "class",
            "missing_classes",
        )
    left, right = st.columns(2, gap="large")
    with left:
        _table("Expert", facts["experts"], rest.present, rest.left, None)
    with right:
        _table(
            "Class",
            facts["classes"],
            rest.class_present,
            rest.class_left,
            rest.class_cases,
        )
    _onward(data_id, rate, len(facts["experts"]))


def _onward(data_id: str, rate: int, experts: int) -> None:
    """Buttons to train with this rate, or to set one per expert."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if st.button(
            "Train with this missing rate", key="train_missing", icon=":material/arrow_forward:"
        ):
            st.switch_page(
                f"{views.PAGES}/train.py",
                query_params={"data": data_id, "missing": str(rate), "missing_by": "all"},
            )
        if experts > 1:
            st.page_link(
                f"{views.PAGES}/train.py",
                label="Set it per expert",
                icon=":material/tune:",
                query_params={"data": data_id, "missing": str(rate), "missing_by": "each"},
            )


def _slider() -> int:
    # The same name as on the Train page: what is set here is set there.
    state.whole("missing", 0, 0, MOST_MISSING)
    rate = st.slider(
        "Annotations to remove",
        0,
        MOST_MISSING,
        step=5,
        format="%d %%",
        key="missing",
        persist_state="session",
        help="Removed completely at random from every expert's training annotations, differently "
        "for each seed. The Train page has the same slider, and can set it per expert.",
    )
    state.publish("missing", rate, 0)
    return int(rate)


def _sentences(rest: Any, rate: int, facts: Mapping[str, Any]) -> None:
    present, left = int(rest.present.sum()), int(rest.left.sum())
    lines = [
        f"Leaves **{left:,}** of {words.count(present, 'training annotation')}."
        if rate
        else f"Nothing is removed: there are **{words.count(present, 'training annotation')}**."
    ]
    before, after = int(rest.seen_by[0]), int(rest.left_by[0])
    cases = words.count(rest.cases, "training case")
    if after > before:
        lines.append(
            f"**{words.count(after, 'case')}** of {cases} would have no annotation"
            + (f" ({before:,} have none now)." if before else ".")
        )
    elif before:
        lines.append(f"{before:,} of {cases} have no annotation.")
    else:
        lines.append(f"Each of the {cases} has an annotation.")
    several = int(rest.left_by[2:].sum())
    verb = ("keep" if rate else "have") if several != 1 else ("keeps" if rate else "has")
    lines.append(f"{words.count(several, 'case')} {verb} two or more annotations.")
    st.markdown(" ".join(lines))
    names = facts["experts"]
    poor = [n for n, k, p in zip(names, rest.left, rest.present, strict=True) if p and k < _FEW]
    if rate and poor:
        st.warning(
            f"{words.count(len(poor), 'expert')} would keep fewer than {_FEW} training "
            f"annotations: {views.escape(words.listing(poor, 6))}. Little can be learnt about "
            "them.",
            icon=":material/warning:",
        )
    st.caption(
        "Counted for seed 0; other seeds remove as many, but other annotations. Validation and "
        "test annotations stay."
    )


def _bars(names: list[str], before: np.ndarray, after: np.ndarray, what: str, key: str) -> None:
    order = np.arange(len(names))
    if len(names) > _DRAWN:
        order = np.argsort(after, kind="stable")[:_DRAWN]
        st.caption(f"The {_DRAWN} with the fewest left, of {len(names):,}; all are listed below.")
    shown = [names[i] for i in order]
    st.plotly_chart(
        charts.before_after(
            shown, before[order], after[order], x="Training annotations", theme=state.theme()
        ),
        theme=None,
        key=key,
        config=views.PLOT,
        alt=f"Training annotations per {what}, now and left: "
        + "; ".join(f"{names[i]} {before[i]:,} and {after[i]:,}" for i in order),
    )


def _table(
    title: str, names: list[str], before: np.ndarray, after: np.ndarray, cases: np.ndarray | None
) -> None:
    share = np.divide(100 * after, before, out=np.zeros(len(before)), where=before > 0)
    columns: dict[str, Any] = {title: names}
    if cases is not None:
        columns["Cases"] = cases
    frame = pd.DataFrame(columns | {"Now": before, "Left": after, "Share left": share})
    numbers = [c for c in ("Cases", "Now", "Left") if c in frame]
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= 12 else 400,
        column_config={
            title: st.column_config.TextColumn(width=150),
            **{c: st.column_config.NumberColumn(format="localized") for c in numbers},
            "Share left": st.column_config.ProgressColumn(
                width=140, format="%.1f %%", min_value=0, max_value=100
            ),
        },
        alt=f"Training annotations now and left per {title.lower()}",
    )
