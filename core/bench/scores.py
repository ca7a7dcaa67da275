"""What the cells of a sweep scored, per seed, and tables of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.bench.cells import Cell
from core.evaluation.intervals import student_t
from core.results.curve import curve
from core.results.models import RunResult

AREA, ACCURACY = "auc_cac", "accuracy"
METRICS = {AREA: "AUC-CAC", ACCURACY: "accuracy at a coverage, × 100"}


class Done(NamedTuple):
    """A finished cell. `run_id` is empty where the run is not in the record."""

    cell: Cell
    result: RunResult
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One metric of one cell, × 100.

    Attributes:
      cell: of the sweep. metric: of `METRICS`. rule: it was measured under.
      per_seed: by seed; seeds that could not be measured are left out.
    """

    cell: Cell
    metric: str
    rule: str
    per_seed: dict[int, float]

    @property
    def mean(self) -> float | None:
        """Over the seeds; None where none was measured."""
        return float(np.mean(list(self.per_seed.values()))) if self.per_seed else None

    @property
    def half(self) -> float | None:
        """Half the 95 % interval of the mean (Student t over seeds); None with one seed."""
        if len(self.per_seed) < 2:
            return None
        mean, low, _ = student_t(list(self.per_seed.values()))
        assert low is not None
        return mean - low


def scores(done: Iterable[Done], rule: str, metric: str, at: float) -> list[Score]:
    """A metric of every finished cell.

    Args:
      done: cells with their results.
      rule: wanted; a method without it is scored under its own first rule.
      metric: of `METRICS`.
      at: the realised coverage of the metric `accuracy`.
    """
    found = []
    for one in done:
        own = one.result.rule_of(rule)
        if metric == AREA:
            pairs = zip(one.result.seeds, one.result.auc_cac[own].per_seed, strict=True)
        else:
            accuracy = [accuracy_at(one.result, own, seed, at) for seed in one.result.seeds]
            pairs = zip(one.result.seeds, accuracy, strict=True)
        per_seed = {seed: value for seed, value in pairs if value is not None}
        found.append(Score(cell=one.cell, metric=metric, rule=own, per_seed=per_seed))
    return found


def accuracy_at(result: RunResult, rule: str, seed: int, coverage: float) -> float | None:
    """A seed's team accuracy × 100 at a realised coverage, between its points by a straight line.

    Points of equal coverage are averaged and the ends extended flat, as for the area.

    Returns:
      None where no point could be measured.
    """
    points = [p for p in result.of_rule(rule) if p.seed == seed and p.accuracy is not None]
    if not points:
        return None
    x, place = np.unique([p.coverage for p in points], return_inverse=True)
    y = np.bincount(place, [p.accuracy or 0.0 for p in points]) / np.bincount(place)
    return 100.0 * float(np.interp(coverage, x, y))


def main_grid(found: Sequence[Score]) -> list[Score]:
    """Those of the main grid, without sensitivities."""
    return [one for one in found if one.cell.varied is None]


def table(found: Sequence[Score]) -> pd.DataFrame:
    """A row per cell: place, method, metric, mean, interval and every seed's value, × 100."""
    rows = []
    for one in found:
        cell, half, mean = one.cell, one.half, one.mean
        ends = None if mean is None or half is None else (mean - half, mean + half)
        rows.append(
            {
                "data_set": cell.data.name,
                "missing_rate": cell.missing_rate,
                "humans": cell.humans,
                "method": cell.method,
                "setting": cell.varied[0] if cell.varied else "",
                "value": str(cell.varied[1]) if cell.varied else "",
                "rule": one.rule,
                "metric": one.metric,
                "mean": mean,
                "low": max(ends[0], 0.0) if ends else None,
                "high": min(ends[1], 100.0) if ends else None,
                "half_width": half,
                "seeds": len(one.per_seed),
                **{f"seed_{seed}": value for seed, value in sorted(one.per_seed.items())},
            }
        )
    return pd.DataFrame(rows)


def mean_and_half(one: Score | None, dash: str = "–") -> str:
    """`81.5 ± 0.4`, or the mean alone with one seed."""
    if one is None or one.mean is None:
        return dash
    return f"{one.mean:.1f}" + ("" if one.half is None else f" ± {one.half:.1f}")


def crossed(found: Sequence[Score]) -> pd.DataFrame:
    """The table as papers print it: a row per method, a column per set, rate and policy."""
    methods = list(dict.fromkeys(one.cell.method for one in found))
    places = list(dict.fromkeys(one.cell.place for one in found))
    policies = {place[2] for place in places}
    known = {(one.cell.method, one.cell.place): one for one in found}
    frame = pd.DataFrame({"Method": methods})
    for place in places:
        cells = [mean_and_half(known.get((method, place))) for method in methods]
        frame[place_words(place, len(policies) > 1)] = cells
    return frame


def place_words(place: tuple[str, float, str], policy: bool) -> str:
    """`fna_panel (50 % removed)`, with the policy where there are several."""
    name, rate, humans = place
    return f"{name} ({100 * rate:g} % removed" + (f", {humans})" if policy else ")")


def sensitivity(found: Sequence[Score], name: str) -> pd.DataFrame:
    """How a metric depends on a setting: a row per value, a column per method and set.

    The value of the main grid stands among them where it is known.
    """
    own = {
        (one.cell.data.name, one.cell.method, str(one.cell.varied[1])): one
        for one in found
        if one.cell.varied and one.cell.varied[0] == name
    }
    columns = list(dict.fromkeys((data, method) for data, method, _ in own))
    at = {(one.cell.missing_rate, one.cell.humans) for one in own.values()}
    for one in found:
        cell = one.cell
        value = cell.config.named().get(name)
        if cell.varied is None and (cell.missing_rate, cell.humans) in at and value is not None:
            own.setdefault((cell.data.name, cell.method, str(value)), one)
    values = sorted({value for *_, value in own}, key=_by_size)
    frame = pd.DataFrame({name: values})
    for data, method in columns:
        frame[f"{method}, {data}"] = [mean_and_half(own.get((data, method, v))) for v in values]
    return frame


def _by_size(value: str) -> tuple[float, str]:
    try:
        return float(value), ""
    except ValueError:
        return 0.0, value


def times(done: Iterable[Done]) -> pd.DataFrame:
    """Seconds per cell, without compiling: the method, the correctness model, prices; per seed."""
    rows = []
    for one in done:
        seconds = one.result.seconds
        parts = {name: seconds.get(name, 0.0) for name in ("train", "correctness", "pricing")}
        rows.append(
            {
                "data_set": one.cell.data.name,
                "missing_rate": one.cell.missing_rate,
                "humans": one.cell.humans,
                "method": one.cell.method,
                "setting": one.cell.varied[0] if one.cell.varied else "",
                "value": str(one.cell.varied[1]) if one.cell.varied else "",
                **parts,
                "compile": seconds.get("compile", 0.0),
                "per_seed": sum(parts.values()) / len(one.result.seeds),
                "device": one.result.device,
            }
        )
    return pd.DataFrame(rows)


def curves(done: Iterable[Done], rule: str) -> pd.DataFrame:
    """A row per point: accuracy against coverage, means over seeds with 95 % intervals."""
    rows = []
    for one in done:
        own = one.result.rule_of(rule)
        for point in curve(one.result, own):
            low, high = point.interval or (None, None)
            rows.append(
                {
                    "data_set": one.cell.data.name,
                    "missing_rate": one.cell.missing_rate,
                    "humans": one.cell.humans,
                    "method": one.cell.method,
                    "setting": one.cell.varied[0] if one.cell.varied else "",
                    "value": str(one.cell.varied[1]) if one.cell.varied else "",
                    "rule": own,
                    "target": point.target,
                    "coverage": point.coverage,
                    "accuracy": point.accuracy,
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows)
