"""Makes the run behind the picture on Home: python -m core.runs.make_example [FILE].

A real run on a sample, cut down to what a picture and its caption need. Seeds are fixed, so running
it again gives the same curve, but for the last digits of another machine's arithmetic.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.base.files import to_plain
from core.library.samples import FOLDER, load_sample
from core.runs.config import TrainConfig
from core.runs.events import Finished

FILE = FOLDER / "example_run.json"
SAMPLE = "digits_trio"
# The rule `value` comes out the same whatever the method, and this one trains nothing else.
CONFIG = TrainConfig(method="correctness", seeds=5)
RULE = "value"

_TOP = (
    *("dataset", "method", "network", "config", "classes", "experts", "agents", "cases"),
    *("auc_cac", "ai_accuracy", "ai_accuracy_interval", "ai_accuracy_per_seed"),
    *("expert_accuracy", "expert_accuracy_interval"),
)
_POINT = (
    *("target", "seed", "rule", "coverage", "accuracy", "accuracy_interval", "measured_share"),
    *("validation", "against"),
)
# What a point says beyond its place on the curve; kept for the best target only.
_DETAIL = ("workload", "bounds", "agent_accuracy", "recall", "confusion")


def reduced(result: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a result object that the picture on Home is made from.

    Args:
      result: of a finished run with the rule `value`.

    Returns:
      The same object with fewer keys: every point's place on the curve, and everything about the
      target that is best on *validation* cases (no test case is looked at to choose it).
    """
    points = [point for point in result["points"] if point["rule"] == RULE]
    best = _best_target(points)
    kept = []
    for point in points:
        names = (*_POINT, *_DETAIL) if point["target"] == best else _POINT
        kept.append({name: point[name] for name in names})
        held = ("coverage", "accuracy")
        kept[-1]["validation"] = {name: point["validation"][name] for name in held}
    return _rounded({name: result[name] for name in _TOP} | {"points": kept})


def _best_target(points: list[dict[str, Any]]) -> float | None:
    scores: dict[float | None, list[float]] = {}
    for point in points:
        if (accuracy := point["validation"]["accuracy"]) is not None:
            scores.setdefault(point["target"], []).append(accuracy)
    return max(scores, key=lambda target: float(np.mean(scores[target])))


def _rounded(value: Any) -> Any:
    """Six decimals: more than any screen shows, and few enough to read in a diff."""
    plain = to_plain(value)
    if isinstance(plain, dict):
        return {key: _rounded(item) for key, item in plain.items()}
    if isinstance(plain, list):
        return [_rounded(item) for item in plain]
    return round(plain, 6) if isinstance(plain, float) else plain


def main(arguments: list[str]) -> int:
    """Trains the example and writes its file."""
    from core.library import store as library
    from core.runs.experiment import run
    from core.training import devices

    devices.configure(library.home() / "jax-cache")
    dataset, _ = load_sample(SAMPLE)
    for event in run(dataset, CONFIG):
        if isinstance(event, Finished):
            file = Path(arguments[0]) if arguments else FILE
            file.write_text(json.dumps(reduced(event.result), ensure_ascii=False) + "\n", "utf-8")
            print(f"{file} ({file.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
