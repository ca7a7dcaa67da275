"""What is chosen in the lesson: kept in the session and in the link, whatever step shows it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from app.shared import following, state
from core.lesson.world import EXPERTS, PLACES, ROUNDS, TRAIN, Setting

STEPS = 8
BATCHES = (TRAIN.stop, 60, 12)  # cases per step of training; the first is all of them
CASES = TRAIN.stop
_USUAL = Setting()
_CASE, _AFTER = 98, 8  # a case and a round at which there is something to see
_BOUNDS = {"A": (0, 100), "B": (0, 25), "AI": (0, 30)}
TRIANGLE = tuple(_BOUNDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Everything that is chosen.

    Attributes:
      step: 1 to `STEPS`. setting: of the world.
      case: number of a train case. after: rounds of training that steps 2 to 5 look at.
      bounds: minimum and maximum of A, B and the AI, shares.
      bounded: whether the loop keeps to them. batch: cases per step of it.
      coverage: target for the AI's share when deciding.
    """

    step: int
    setting: Setting
    case: int
    after: int
    bounds: tuple[tuple[float, float], ...]
    bounded: bool
    batch: int
    coverage: float

    @property
    def limits(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Minimum and maximum of all four agents in the loop; C is free."""
        if not self.bounded:
            return (0.0,) * 4, (1.0,) * 4
        (a, b, ai) = self.bounds
        pairs = (a, b, (0.0, 1.0), ai)
        return tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)


def read() -> Lesson:
    """What is chosen now, which the link says from now on."""
    return Lesson(
        step=_step(),
        setting=Setting(
            seed=_whole("l_seed", _USUAL.seed, 1, 99),
            classes=_one_of("l_classes", (2, 3), _USUAL.classes),
            places=tuple(
                _place(expert, usual) for expert, usual in zip(EXPERTS, _USUAL.places, strict=True)
            ),
            reach=_whole("l_reach", round(100 * _USUAL.reach), 0, 150) / 100,
            missing=_whole("l_missing", round(100 * _USUAL.missing), 0, 90) / 100,
        ),
        case=_whole("l_case", _CASE, 1, CASES),
        after=_whole("l_after", _AFTER, 0, ROUNDS),
        bounds=tuple(_span(agent) for agent in TRIANGLE),
        bounded=_one_of("l_bounded", (0, 1), 0) == 1,
        batch=_one_of("l_batch", BATCHES, BATCHES[0]),
        coverage=_whole("l_coverage", 50, 0, 100) / 100,
    )


def go(step: int) -> None:
    """Opens a step; for callbacks."""
    state.choose("l_step", int(np.clip(step, 1, STEPS)))


def choose_case(number: int) -> None:
    """Chooses a train case; for callbacks."""
    state.choose("l_case", int(np.clip(number, 1, CASES)))


def seed_field() -> None:
    """Which world is drawn."""
    st.number_input("World number", 1, 99, key="l_seed", persist_state="session")


def classes_field() -> None:
    """How many classes there are."""
    st.segmented_control("Classes", (2, 3), key="l_classes", persist_state="session", required=True)


def place_fields() -> None:
    """Where each expert is good."""
    for expert in EXPERTS:
        st.selectbox(
            f"Expert {expert} is good",
            list(PLACES),
            key=f"l_{expert.lower()}",
            persist_state="session",
        )


def reach_slider() -> None:
    """How far the AI's skill reaches."""
    st.slider(
        "Reach of the AI",
        0,
        150,
        step=10,
        key="l_reach",
        persist_state="session",
        format="%d %%",
        help="Radius within which the AI is good, as a share of half the square's side.",
    )


def missing_slider() -> None:
    """How many annotations are taken away."""
    st.slider(
        "Annotations missing, per expert",
        0,
        90,
        step=10,
        key="l_missing",
        persist_state="session",
        format="%d %%",
    )


def after_slider() -> None:
    """Which round of training is looked at."""
    st.slider(
        "Rounds of training so far",
        0,
        ROUNDS,
        key="l_after",
        persist_state="session",
        help="At 0 the models know nothing yet.",
    )


def bound_sliders() -> None:
    """Minimum and maximum of three agents."""
    for agent in TRIANGLE:
        st.slider(
            f"{'The AI' if agent == 'AI' else f'Expert {agent}'}: minimum and maximum",
            0,
            100,
            step=5,
            key=f"l_on_{agent.lower()}",
            persist_state="session",
            format="%d %%",
        )


def case_field(case: int) -> None:
    """Which train case is followed; a click on it in a picture does the same."""

    def moved() -> None:
        if following.moved("l_case_field"):
            choose_case(int(following.held("l_case_field")))

    st.number_input(
        "Case",
        1,
        CASES,
        case,
        key=following.key("l_case_field", case),
        on_change=moved,
        help="Or click a case in the picture.",
    )


def _step() -> int:
    """The open step: `step` in the link, by another name in the session, where Train has a step."""
    if state.left_out("step"):
        state.choose("l_step", 1)
    elif (text := state.news("step")) is not None:
        state.ask("l_step", text)
    step = state.whole("l_step", 1, 1, STEPS)
    state.publish("step", step, 1)
    return step


def _whole(key: str, default: int, low: int, high: int) -> int:
    value = state.whole(key, default, low, high)
    state.publish(key, value, default)
    return value


def _one_of(key: str, options: tuple[int, ...], default: int) -> int:
    value = state.adopt(key, default, read=int, valid=lambda v: v in options)
    state.publish(key, value, default)
    return value


def _place(expert: str, default: str) -> str:
    key = f"l_{expert.lower()}"
    value = state.option(key, PLACES, default)
    state.publish(key, value, default)
    return value


def _span(agent: str) -> tuple[float, float]:
    key, default = f"l_on_{agent.lower()}", _BOUNDS[agent]
    low, high = state.span(key, default, 0, 100)
    state.publish(key, (low, high), default)
    return low / 100, high / 100
