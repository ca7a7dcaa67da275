"""The cases: what they are, and which expert gave which label."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import data_queries, insight_queries, state, views, words
from core.insight.browse import SAID, Said

_SAID: dict[Said, str] = {
    "any": "All",
    "disagree": "Experts disagree",
    "agree": "Experts agree",
    "wrong": "Nobody is right",
    "right": "Everybody is right",
    "nobody": "No annotation",
}
_ANY = "any"
_IMAGES, _ROWS = 12, 15  # on a page
_ACROSS = 6
_NAMES = 3  # experts named for one label; more are counted


def draw(data_id: str, facts: Mapping[str, Any]) -> None:
    """Filters, then a page of cases."""
    said, label, split = _filters(facts)
    found = insight_queries.find_cases(data_id, said, label, split)
    if not len(found):
        st.info("No case fits these filters. Choose “All” or another class.")
        return
    each = _IMAGES if facts["kind"] == "images" else _ROWS
    pages = -(-len(found) // each)
    total = sum(facts["cases"].values())
    # Another question begins on the first page.
    asked = (data_id, said, label, split)
    if st.session_state.get("page_of", asked) != asked:
        state.choose("page", 1)
    st.session_state["page_of"] = asked
    state.whole("page", 1, 1, pages)
    left, right = st.columns([2, 3], vertical_alignment="center")
    left.markdown(f"**{words.count(len(found), 'case')}** of {total:,}")
    with right, st.container(horizontal_alignment="right"):
        number = 1
        if pages > 1:
            number = st.number_input(
                f"Page (of {pages:,})", 1, pages, step=1, key="page", width=180
            )
    state.publish("page", number, 1)
    shown = found[(number - 1) * each : number * each]
    rows = insight_queries.case_rows(data_id, shown)
    if facts["kind"] == "images":
        _gallery(data_id, shown, rows)
    else:
        _table(data_id, shown, rows)


def _filters(facts: Mapping[str, Any]) -> tuple[Said, str | None, str | None]:
    first, second, third = st.columns([3, 2, 2], gap="medium")
    with first:
        state.option("said", SAID, "any")
        said = st.selectbox(
            "What the experts said",
            SAID,
            format_func=_SAID.__getitem__,
            key="said",
            persist_state="session",
        )
        state.publish("said", said, "any")
    with second:
        # By position: a class may be called like the choice of all of them.
        places = [_ANY, *map(str, range(len(facts["classes"])))]
        state.option("truth", places, _ANY)
        place = st.selectbox(
            "Ground truth",
            places,
            format_func=lambda i: "Any class" if i == _ANY else facts["classes"][int(i)],
            key="truth",
            persist_state="session",
        )
        state.publish("truth", place, _ANY)
    with third:
        splits = [_ANY, *(s for s in views.SPLITS if facts["cases"].get(s))]
        state.option("split", splits, _ANY)
        split = st.selectbox(
            "Split",
            splits,
            format_func=lambda s: views.SPLITS.get(s, "Any split"),
            key="split",
            persist_state="session",
        )
        state.publish("split", split, _ANY)
    label = None if place == _ANY else facts["classes"][int(place)]
    return said, label, None if split == _ANY else split


def _gallery(data_id: str, cases: Any, rows: pd.DataFrame) -> None:
    """Images with ground truth and the experts' labels below."""
    for start in range(0, len(cases), _ACROSS):
        columns = st.columns(_ACROSS, gap="medium")
        for column, place in zip(
            columns, range(start, min(start + _ACROSS, len(cases))), strict=False
        ):
            row = rows.iloc[place]
            view = insight_queries.case_view(data_id, int(cases[place]))
            with column:
                if view.image is not None:
                    st.image(
                        data_queries.enlarged(view.image, 168),
                        width="stretch",
                        alt=f"Case {row['case']}, ground truth {row['truth']}",
                    )
                st.markdown(f"**{views.escape(row['truth'])}**")
                st.caption(_lines(row))


def _lines(row: pd.Series) -> str:
    """The experts' labels, a line each, and the case's id and split."""
    lines = []
    for label, experts in row["said"].items():
        sign = ":material/check:" if label == row["truth"] else ":material/close:"
        who = ", ".join(experts) if len(experts) <= _NAMES else words.count(len(experts), "expert")
        lines.append(f"{sign} {views.escape(label)}: {views.escape(who)}")
    if not lines:
        lines.append("no annotation")
    lines.append(f"{views.escape(str(row['case']))} · {views.SPLITS[row['split']].lower()}")
    return "  \n".join(lines)


def _table(data_id: str, cases: Any, rows: pd.DataFrame) -> None:
    """Cases without an image: a row each, the marked one in full."""
    shown = pd.DataFrame(
        {
            "Case": rows["case"],
            "Split": rows["split"].map(views.SPLITS),
            "Ground truth": rows["truth"],
            "Right": [
                f"{r.right:,} of {r.annotations:,}" if r.annotations else "nobody annotated it"
                for r in rows.itertuples()
            ],
            "Who said what": views.isolate(map(words.who_said, rows["said"])),
        }
    )
    if (known := insight_queries.how_known(data_id, cases)) is not None:
        shown.insert(3, "Truth by", known)
    event: Any = st.dataframe(
        shown,
        hide_index=True,
        height="content",
        key="case_rows",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Truth by": st.column_config.TextColumn(
                help="Where it is a consensus, the probability that it is right, as the answers "
                "suggest if experts err independently."
            ),
            "Right": st.column_config.TextColumn(help="Right annotations among all of the case."),
            "Who said what": st.column_config.TextColumn(width="large"),
        },
        alt="Cases with ground truth and what the experts said",
    )
    marked = [r for r in event.selection.rows if r < len(cases)]
    if not marked:
        st.caption("Select a row to see the whole case.")
        return
    view = insight_queries.case_view(data_id, int(cases[marked[0]]))
    with st.container(border=True):
        st.markdown(
            f"**{views.escape(str(view.row['case']))}** · ground truth "
            f"**{views.escape(view.row['truth'])}** · {views.SPLITS[view.row['split']].lower()}"
        )
        left, right = st.columns(2, gap="large")
        with left:
            _everybody(view.row)
        with right:
            if view.features is not None:
                st.dataframe(
                    pd.DataFrame({"Feature": view.features.index, "Value": view.features.values}),
                    hide_index=True,
                    height="content" if len(view.features) <= 12 else 400,
                    column_config={"Value": st.column_config.TextColumn(help=views.VALUE_HELP)},
                    alt="Features of the case",
                )


def _everybody(row: pd.Series) -> None:
    given = [
        {"Expert": expert, "Said": label, "": "right" if label == row["truth"] else "wrong"}
        for label, experts in row["said"].items()
        for expert in experts
    ]
    if not given:
        st.markdown("Nobody annotated this case.")
        return
    st.dataframe(
        pd.DataFrame(given).rename(columns={"": "Right or wrong"}),
        hide_index=True,
        height="content" if len(given) <= 12 else 400,
        alt="Who said what about the case",
    )
