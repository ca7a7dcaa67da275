"""Fields of the lesson. Each is drawn with what is chosen as its default (`choices`)."""

import streamlit as st

from app.learn import choices
from app.learn.choices import BATCHES, TRIANGLE, Lesson
from app.shared import following
from core.lesson.world import CASES, EXPERTS, PLACES, ROUNDS, Box

_SHORTEST = 5  # side of a box that is drawn, in per cent of the square's


def seed(lesson: Lesson) -> None:
    """Which world is drawn."""
    st.number_input(
        "World number", 1, 99, lesson.setting.seed, key="l_seed", persist_state="session"
    )


def classes(lesson: Lesson) -> None:
    """How many classes there are."""
    st.segmented_control(
        "Classes",
        (2, 3),
        default=lesson.setting.classes,
        key="l_classes",
        persist_state="session",
        required=True,
    )


def places(lesson: Lesson) -> None:
    """Where each expert is good."""
    options = [*PLACES, choices.DRAWN]
    for expert, place in zip(EXPERTS, lesson.setting.places, strict=True):
        st.selectbox(
            f"Expert {expert} is good",
            options,
            options.index(choices.DRAWN if isinstance(place, Box) else place),
            key=f"l_{expert.lower()}",
            persist_state="session",
        )


def drawing(lesson: Lesson) -> str | None:
    """Whose region is being drawn, and its edges; None where no region is drawn."""
    boxes = {
        expert: place
        for expert, place in zip(EXPERTS, lesson.setting.places, strict=True)
        if isinstance(place, Box)
    }
    if not boxes:
        return None
    expert = next(iter(boxes))
    if len(boxes) > 1:
        expert = st.segmented_control(
            "Draw the region of", list(boxes), default=expert, key="learn_draws", required=True
        )
    box = boxes[expert]
    _edges(expert, box, "Left and right", (0, 1))
    _edges(expert, box, "Bottom and top", (2, 3))
    return expert


def _edges(expert: str, box: Box, name: str, which: tuple[int, int]) -> None:
    """Two opposite edges, for the keyboard; the mouse draws all four at once."""
    low, high = which
    place, span = f"learn_edges_{low}_{expert}", (box[low], box[high])

    def moved() -> None:
        if following.moved(place):
            start, end = following.held(place)
            edges = list(box)
            edges[low], edges[high] = start, end
            choices.choose_box(expert, Box(*edges))

    st.slider(
        f"{name} of {expert}'s region",
        0,
        100,
        span,
        key=following.key(place, span),
        on_change=moved,
        format="%d %%",
    )


def box_of(x: tuple[float, float], y: tuple[float, float]) -> Box | None:
    """The box of a selection in the picture, within the square; None where it is too small."""
    edges = [min(max(round(50 * (edge + 1)), 0), 100) for edge in (*sorted(x), *sorted(y))]
    box = Box(*edges)
    wide, high = box.right - box.left, box.top - box.bottom
    return box if min(wide, high) >= _SHORTEST else None


def reach(lesson: Lesson) -> None:
    """How far the AI's skill reaches."""
    st.slider(
        "Reach of the AI",
        0,
        150,
        round(100 * lesson.setting.reach),
        step=10,
        key="l_reach",
        persist_state="session",
        format="%d %%",
        help="Radius within which the AI is good, as a share of half the square's side.",
    )


def missing(lesson: Lesson) -> None:
    """How many annotations are taken away."""
    st.slider(
        "Annotations missing, per expert",
        0,
        90,
        round(100 * lesson.setting.missing),
        step=10,
        key="l_missing",
        persist_state="session",
        format="%d %%",
    )


def after(lesson: Lesson) -> None:
    """Which round of training is looked at."""
    st.slider(
        "Rounds of training so far",
        0,
        ROUNDS,
        lesson.after,
        key="l_after",
        persist_state="session",
        help="At 0 the models know nothing yet.",
    )


def bounds(lesson: Lesson) -> None:
    """Minimum and maximum of three agents."""
    for agent, (low, high) in zip(TRIANGLE, lesson.bounds, strict=True):
        st.slider(
            f"{'The AI' if agent == 'AI' else f'Expert {agent}'}: minimum and maximum",
            0,
            100,
            (round(100 * low), round(100 * high)),
            step=5,
            key=f"l_on_{agent.lower()}",
            persist_state="session",
            format="%d %%",
        )


def batch(lesson: Lesson) -> None:
    """How many cases a step of training sees."""
    st.segmented_control(
        "Cases per step of training",
        list(BATCHES),
        default=lesson.batch,
        format_func=batch_name,
        key="l_batch",
        persist_state="session",
        required=True,
    )


def batch_name(cases: int) -> str:
    """A size of a batch: `60 cases`."""
    return f"{'All ' if cases == CASES else ''}{cases} cases"


def bounded(lesson: Lesson) -> None:
    """Whether the loop keeps to the bounds."""
    st.segmented_control(
        "Workload bounds",
        (0, 1),
        default=int(lesson.bounded),
        format_func=("None", "Those of step 5").__getitem__,
        key="l_bounded",
        persist_state="session",
        required=True,
    )


def coverage(lesson: Lesson) -> None:
    """The target for the AI's share."""
    st.slider(
        "The AI should take this share of new cases",
        0,
        100,
        round(100 * lesson.coverage),
        step=5,
        key="l_coverage",
        persist_state="session",
        format="%d %%",
    )


def case(now: int) -> None:
    """Which train case is followed; a click on it in a picture does the same."""

    def moved() -> None:
        if following.moved("l_case_field"):
            choices.choose_case(int(following.held("l_case_field")))

    st.number_input(
        "Case",
        1,
        CASES,
        now,
        key=following.key("l_case_field", now),
        on_change=moved,
        help="Or click a case in the picture.",
    )
