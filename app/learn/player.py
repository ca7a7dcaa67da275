"""The player of the training's rounds: frames computed here, drawn in the browser."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from app.learn import map_chart
from app.shared.paint import PAINTS, Theme
from core.lesson.world import TRAIN, World

_JS = Path(__file__).with_suffix(".js").read_text("utf-8")
_HTML = """
<div class="player">
  <canvas></canvas>
  <div class="bar">
    <button class="restart" type="button">Restart</button>
    <button class="back" type="button">Previous round</button>
    <button class="play" type="button">Play</button>
    <button class="step" type="button">Next round</button>
    <input type="range" min="0" aria-label="Round">
    <span class="round"></span>
  </div>
</div>
"""
_CSS = """
.player { width: 100%; font: 16px "Source Sans", "Source Sans Pro", sans-serif; }
canvas { width: 100%; display: block; }
.bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 8px; }
button { font: inherit; color: inherit; background: none; padding: 6px 12px; cursor: pointer;
  border: 1px solid currentColor; border-radius: 8px; }
.play { font-weight: 600; min-width: 104px; }
input { flex: 1; min-width: 120px; }
.round { min-width: 118px; text-align: right; font-variant-numeric: tabular-nums; }
"""
FALL = 1e-6  # nats; less is rounding, or how exactly bounds are met


def falls(values: np.ndarray) -> list[int]:
    """Rounds after which a curve is lower than before them."""
    return [int(r) + 1 for r in np.flatnonzero(np.diff(values) < -FALL)]


def draw(
    world: World,
    gate: np.ndarray,
    *,
    curves: dict[str, np.ndarray],
    mean_gate: np.ndarray,
    loads: np.ndarray,
    limits: tuple[tuple[float, ...], tuple[float, ...]],
    bounded: bool,
    theme: Theme,
    alt: str,
) -> None:
    """Draws it; it opens on the last round.

    Args:
      world: whose train cases are shown.
      gate: g on the cells of a map after every round, [R, cells, K].
      curves: what is drawn over the rounds, by name.
      mean_gate: mean of g over the train cases, [R, K], drawn as bars.
      loads: mean responsibility, [R, K], drawn as marks.
      limits: minimum and maximum of every agent.
      bounded: whether they are drawn.
      theme: light or dark.
      alt: all of it in words.
    """
    p = PAINTS[theme]
    rounds, cells, agents = gate.shape
    frames = map_chart.mixed(gate.reshape(-1, agents), theme)
    looks: tuple[tuple[str, list[int]], ...] = ((p.team, []), (p.muted, [8, 5]))
    data: dict[str, Any] = {
        "map": base64.b64encode(frames.tobytes()).decode(),
        "side": round(cells**0.5),
        "rounds": rounds - 1,
        "cases": [
            [round(float(x), 3), round(float(y), 3), int(c)]
            for (x, y), c in zip(world.inputs[TRAIN], world.truth[TRAIN], strict=True)
        ],
        "curves": [
            {
                "name": name,
                "values": values.round(5).tolist(),
                "falls": falls(values),
                "colour": colour,
                "dash": dash,
            }
            for (name, values), (colour, dash) in zip(curves.items(), looks, strict=False)
        ],
        "gate": mean_gate.round(4).tolist(),
        "loads": loads.round(4).tolist(),
        "lower": limits[0],
        "upper": limits[1],
        "bounded": bounded,
        "barsTitle": "Workload: bar = gating model, line = responsibility"
        + (", band = bounds" if bounded else ""),
        "names": map_chart.AGENTS,
        "colours": map_chart.colours(theme),
        "ink": p.text,
        "muted": p.muted,
        "grid": p.grid,
        "band": p.fade(p.good, 0.35),
        "alarm": p.alarm,
        "alt": alt,
    }
    component = st.components.v2.component("caseload_learn_player", html=_HTML, css=_CSS, js=_JS)
    component(key="learn_player", data=data)
