"""Who changes hands as ribbons from agent to agent, drawn in HTML like the workload bars."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from app.shared import templates, words
from app.shared.paint import PAINTS, Theme, apart
from core.dataset.agent_names import called
from core.dataset.annotation_set import AI
from core.scenarios.answer import Answer
from core.scenarios.flows import flows

MOST_EXPERTS = 8  # with a band of their own
_NOBODY = "Nobody"
_TALL, _SLOT, _GAP = 190.0, 22.0, 6.0  # pixels: all cases, a label, between two bands
_STEPS = np.linspace(0.0, 1.0, 15)  # along a ribbon
_VISIBLE = 0.05  # cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """An agent's cases on one side: its label, where it lies and how tall it is, in pixels."""

    label: str
    cases: str
    kind: str
    top: float
    height: float
    slot: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """Cases that go from one agent to another: the outline as a CSS polygon, and in words."""

    kind: str
    outline: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Ribbons ready to be drawn.

    Attributes:
      before: title of the left side. alt: all of it in words.
      left: the agents in the baseline. right: in the scenario. height: in pixels.
    """

    before: str
    alt: str
    left: Sequence[Band]
    right: Sequence[Band]
    ribbons: Sequence[Ribbon]
    height: float


def table(answer: Answer) -> pd.DataFrame:
    """The flows in numbers: from, to, test cases; the largest first."""
    names, cases = _grouped(answer)
    rows = [
        (names[i], names[j], round(float(cases[i, j]), 1))
        for i, j in np.argwhere(cases >= _VISIBLE)
    ]
    rows.sort(key=lambda row: -row[2])
    return pd.DataFrame(rows, columns=["From", "To", "Test cases"])


def picture(answer: Answer, against: str) -> Picture:
    """The flows from the baseline, called `against`, to the scenario."""
    names, cases = _grouped(answer)
    scale = _TALL / max(float(cases.sum()), 1e-9)
    left, right = (_side(names, cases.sum(axis), scale) for axis in (1, 0))
    height = max(band.top + band.slot for side in (left, right) for band in side.values()) + _GAP
    used_left, used_right = ({i: band.top for i, band in side.items()} for side in (left, right))
    ribbons, sentences = [], []
    for i, j in np.argwhere(cases >= _VISIBLE):
        tall = float(cases[i, j]) * scale
        title = f"{called(names[i], start=True)} keeps {_cases(cases[i, j])}"
        if i != j:
            title = f"{called(names[i], start=True)} to {called(names[j])}: {_cases(cases[i, j])}"
        ribbons.append(
            Ribbon(
                kind="stays" if i == j else _kind(names[j]),
                outline=_outline(used_left[i], used_right[j], max(tall, 1.0)),
                title=title,
            )
        )
        sentences.append(f"{title}.")
        used_left[i] += tall
        used_right[j] += tall
    # What stays lies below what moves.
    ribbons.sort(key=lambda ribbon: ribbon.kind != "stays")
    return Picture(
        before=against,
        alt=f"From “{against}” to this scenario. {' '.join(sentences)}",
        left=list(left.values()),
        right=list(right.values()),
        ribbons=ribbons,
        height=round(height, 1),
    )


def html(theme: Theme, shown: Picture) -> str:
    """The picture for the screen, in the theme's colours."""
    return templates.render(
        "workload/flow_screen.html.jinja", picture=shown, colours=PAINTS[theme].css
    )


def _grouped(answer: Answer) -> tuple[list[str], Float[np.ndarray, "A A"]]:
    """Agents, the AI first, and the cases between them; the least busy of many experts as one."""
    moving = flows(answer)
    ai, nobody = len(answer.agents) - 1, len(answer.agents)
    busy = moving.sum(0) + moving.sum(1)
    kept = list(range(ai))
    others = list[int]()
    if ai > MOST_EXPERTS:
        ranked = sorted(kept, key=lambda i: -busy[i])
        kept, others = sorted(ranked[: MOST_EXPERTS - 1]), ranked[MOST_EXPERTS - 1 :]
    places = [[ai], *([i] for i in kept), others, [nobody]]
    machines = answer.baseline.scores.machines
    names = [words.marked(answer.agents[i].name, machines) for i in (ai, *kept)]
    names += [words.count(len(others), "other expert"), _NOBODY]
    merged = np.array([[moving[np.ix_(a, b)].sum() for b in places] for a in places])
    return names, merged


def _side(names: Sequence[str], totals: np.ndarray, scale: float) -> dict[int, Band]:
    """The bands of one side, by place; agents without cases have none."""
    bands, at = dict[int, Band](), 0.0
    shown = [i for i, total in enumerate(totals) if total >= _VISIBLE]
    labels = apart([names[i] for i in shown], 18)
    for i, label in zip(shown, labels, strict=True):
        tall = max(float(totals[i]) * scale, 2.0)
        slot = max(tall, _SLOT)
        bands[i] = Band(
            label=label,
            cases=_number(totals[i]),
            kind=_kind(names[i]),
            top=round(at + (slot - tall) / 2, 2),
            height=round(tall, 2),
            slot=slot,
        )
        at += slot + _GAP
    return bands


def _outline(left: float, right: float, tall: float) -> str:
    """A ribbon's outline: per cent across, pixels down."""
    ease = _STEPS**2 * (3 - 2 * _STEPS)
    upper = [(100 * x, left + (right - left) * y) for x, y in zip(_STEPS, ease, strict=True)]
    points = upper + [(x, y + tall) for x, y in reversed(upper)]
    return ",".join(f"{x:.1f}% {y:.1f}px" for x, y in points)


def _kind(name: str) -> str:
    return {AI: "ai", _NOBODY: "nobody"}.get(name, "expert")


def _cases(cases: float) -> str:
    number = _number(cases)
    return f"{number} {'case' if number == '1' else 'cases'}"


def _number(cases: float) -> str:
    """Whole where it is, else with one decimal: a baseline left to chance moves parts of cases."""
    return f"{cases:,.0f}" if abs(cases - round(cases)) < 0.05 else f"{cases:,.1f}"
