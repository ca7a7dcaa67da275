"""Grades of the ground truth: kept as classes, or cut into two at a grade."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from app.data.matching.held import Held
from app.data.matching.scores_chart import bars
from app.shared import state, views, words
from core.base.report import clip
from core.matching.facts import Column
from core.matching.grades import Classes, names_of, value
from core.matching.roles import Role

_KEEP, _CUT = "Keep them as classes", "Cut them into two classes"


def draw(held: Held, grades: Mapping[str, float]) -> None:
    """What the grades are used as, and where they are cut.

    Args:
      held: what is matched.
      grades: values of the ground truth's grades, lowest first.
    """
    scores = held.used(Role.SCORE)
    with st.container(border=True):
        st.markdown("**Grades**")
        st.caption(
            f"The ground truth has {len(grades)} grades: "
            f"{views.escape(' < '.join(clip(label, 30) for label in grades))}."
        )
        use: str | None = _CUT
        if not scores:  # which need a cut
            use = st.segmented_control(
                "Use the grades",
                [_KEEP, _CUT],
                default=_KEEP if held.roles.cut is None else _CUT,
                key=held.key("grades_use"),
                required=True,
                label_visibility="collapsed",
            )
        if use == _KEEP:
            held.change(cut=None)
            return
        cut(held, grades, held.used(Role.TRUTH), [*held.used(Role.ANSWER), *scores], None)


def cut(
    held: Held,
    grades: Mapping[str, float],
    truth: Sequence[Column],
    said: Sequence[Column],
    names: Classes | None,
) -> None:
    """The control of the cut over a plot of how often each grade stands in the table.

    Args:
      held: what is matched; its cut is changed.
      grades: values by label, lowest first.
      truth: columns of the truth; none where its classes are no grades.
      said: columns of the readers' answers or scores.
      names: of the two classes; None where the grades are the truth's and name them.
    """
    upper = list(grades)[1:]
    at = held.roles.cut if held.roles.cut is not None else list(grades.values())[len(grades) // 2]
    nearest = next((label for label in upper if grades[label] >= at), upper[-1])
    first = st.select_slider(
        "Lowest grade of the upper class",
        upper,
        nearest,
        key=held.key("grades_cut", *grades),
        format_func=lambda label: clip(label, 30),
        help="This grade and all above it become one class, those below it the other, in the "
        "ground truth and in the readers' answers.",
    )
    place = grades[first]
    held.change(cut=place)
    names = names or names_of(grades, place)
    counts = {"Ground truth": _counts(held, truth), "Readers": _counts(held, said)}
    shown = {title: of for title, of in counts.items() if of}
    # Readers also give grades that no case has.
    labels = {at: f"{at:g}" for of in shown.values() for at in of}
    labels |= {at: label for label, at in grades.items()}
    values = sorted(labels)
    st.plotly_chart(
        bars(
            [labels[at] for at in values],
            {title: [of.get(at, 0) for at in values] for title, of in shown.items()},
            int(np.searchsorted(values, place)),
            state.theme(),
        ),
        theme=None,
        key=held.key("grades_bars"),
        config=views.PLOT,
        alt=f"How often each grade is the ground truth and a reader's answer, cut at {first}",
    )
    st.markdown(
        "  \n".join(
            f"“{views.escape(name)}”: {_both(shown, above=above, cut=place)}"
            for name, above in ((names.below, False), (names.above, True))
        )
    )


def _both(shown: Mapping[str, Mapping[float, int]], *, above: bool, cut: float) -> str:
    """Cases and answers on one side of the cut."""
    units = {"Ground truth": "case", "Readers": "answer"}
    return ", ".join(
        words.count(sum(n for at, n in of.items() if (at >= cut) is above), units[title])
        for title, of in shown.items()
    )


def _counts(held: Held, columns: Sequence[Column]) -> dict[float, int]:
    """How often each grade stands in the columns, in whatever spelling."""
    classes = held.final.classes
    found: dict[float, int] = {}
    for column in columns:
        often = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
        for level, n in zip(map(str, column.levels), often, strict=True):
            if (place := value(classes.get(level, level))) is not None:
                found[place] = found.get(place, 0) + int(n)
    return found
