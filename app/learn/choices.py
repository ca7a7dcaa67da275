"""What is chosen in the lesson: kept in the session and in the link, whatever step shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from app.shared import state
from core.lesson.world import CASES, EXPERTS, PLACES, ROUNDS, Box, Place, Setting

T = TypeVar("T")
STEPS = 8
BATCHES = (CASES, 60, 12)  # cases per step of training
DRAWN = "drawn"  # a place: somebody draws the box
_USUAL = Setting()
_CASE, _AFTER = 98, 8  # a case and a round at which there is something to see
_BOUNDS: dict[str, tuple[int, ...]] = {"A": (0, 100), "B": (0, 25), "AI": (0, 30)}
_BOX = Box(30, 70, 30, 70)  # until one is drawn
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
    step = _step()
    whole, one_of = partial(_whole, step), partial(_one_of, step)
    return Lesson(
        step=step,
        setting=Setting(
            seed=whole("l_seed", _USUAL.seed, 1, 99),
            classes=one_of("l_classes", (2, 3), _USUAL.classes),
            places=tuple(
                _place(step, expert, usual)
                for expert, usual in zip(EXPERTS, _USUAL.places, strict=True)
            ),
            reach=whole("l_reach", round(100 * _USUAL.reach), 0, 150) / 100,
            missing=whole("l_missing", round(100 * _USUAL.missing), 0, 90) / 100,
        ),
        case=whole("l_case", _CASE, 1, CASES),
        after=whole("l_after", _AFTER, 0, ROUNDS),
        bounds=tuple(_span(step, agent) for agent in TRIANGLE),
        bounded=one_of("l_bounded", (0, 1), 0) == 1,
        batch=one_of("l_batch", BATCHES, CASES),
        coverage=whole("l_coverage", 50, 0, 100) / 100,
    )


def go(step: int) -> None:
    """Opens a step; for callbacks."""
    state.choose("l_step", int(np.clip(step, 1, STEPS)))


def choose_case(number: int) -> None:
    """Chooses a train case; for callbacks."""
    state.choose("l_case", int(np.clip(number, 1, CASES)))


def choose_box(expert: str, box: Box) -> None:
    """Chooses where an expert is good, nothing if that is no area; for callbacks."""
    if box.possible:
        state.choose(_box_key(expert), tuple(box))


def _step() -> int:
    """The open step: `step` in the link, by another name in the session, where Train has a step."""
    if state.left_out("step"):
        state.choose("l_step", 1)
    elif (text := state.news("step")) is not None:
        state.ask("l_step", text)
    step = state.whole("l_step", 1, 1, STEPS)
    state.publish("step", step, 1)
    return step


def _adopt(
    step: int, key: str, default: T, read: Callable[[str], T], valid: Callable[[T], bool]
) -> T:
    """A value, set anew on the step that draws its field and not while somebody moves it."""
    value = state.adopt(key, default, read=read, valid=valid, like=step)
    state.publish(key, value, default)
    return value


def _whole(step: int, key: str, default: int, low: int, high: int) -> int:
    return _adopt(step, key, default, int, lambda value: low <= value <= high)


def _one_of(step: int, key: str, options: tuple[int, ...], default: int) -> int:
    return _adopt(step, key, default, int, lambda value: value in options)


def _place(step: int, expert: str, default: Place) -> Place:
    options = {*PLACES, DRAWN}
    name = _adopt(step, f"l_{expert.lower()}", str(default), str, lambda place: place in options)
    if name != DRAWN:
        return name
    key = _box_key(expert)
    return Box(*_adopt(step, key, tuple(_BOX), _whole_numbers, _is_box))


def _box_key(expert: str) -> str:
    return f"l_{expert.lower()}_box"


def _is_box(edges: tuple[int, ...]) -> bool:
    return len(edges) == len(Box._fields) and Box(*edges).possible


def _whole_numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("-")))


def _span(step: int, agent: str) -> tuple[float, float]:
    def valid(span: tuple[int, ...]) -> bool:
        return len(span) == 2 and 0 <= span[0] <= span[1] <= 100

    key = f"l_on_{agent.lower()}"
    low, high = _adopt(step, key, _BOUNDS[agent], _whole_numbers, valid)
    return low / 100, high / 100
