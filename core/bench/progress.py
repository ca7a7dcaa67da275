"""How far a sweep is, from the record of runs; nothing else is kept about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean

from core.bench.cells import Cell, expand
from core.bench.sweep_store import Sweep
from core.config.train_config import TrainConfig
from core.experiment.versions import numbers_version, versions
from core.record.estimate import Estimate, Task, estimate_from
from core.record.record import RunRecord

OPEN = "open"  # no run yet
_ORDER = ("finished", "running", "queued", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellState:
    """A cell and the run that stands for it.

    Attributes:
      cell: the cell. run: its run; None where there is none.
      refused: why it cannot be trained; empty if it can.
    """

    cell: Cell
    run: RunRecord | None
    refused: str = ""

    @property
    def state(self) -> str:
        """Of the run, `open` without one, or `refused`; what has finished stays so."""
        if self.refused and not (self.run and self.run.state == "finished"):
            return "refused"
        return self.run.state if self.run else OPEN

    @property
    def missing(self) -> bool:
        """Whether a run has to be started for it."""
        return self.state in (OPEN, "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sweep is.

    Attributes:
      cells: in order.
      fraction: share of its work that is done, in [0, 1].
      seconds_left: by the finished cells; None before there is one, and when nothing is left.
    """

    cells: tuple[CellState, ...]
    fraction: float
    seconds_left: float | None

    def count(self, *states: str) -> int:
        """How many cells are in one of these states."""
        return sum(one.state in states for one in self.cells)

    @property
    def live(self) -> bool:
        """Whether a cell waits or is being trained."""
        return self.count("queued", "running") > 0

    @property
    def done(self) -> bool:
        """Whether every cell that can be trained has finished."""
        return self.count("finished", "refused") == len(self.cells)


Key = tuple[str, TrainConfig]


def progress(
    sweep: Sweep, records: Sequence[RunRecord], refusals: Mapping[int, str] | None = None
) -> Progress:
    """How far a sweep is.

    A finished run stands for a cell if it has the same data, settings and versions, wherever it
    came from; one that failed or was cancelled only if it is not older than the sweep.

    Args:
      sweep: the sweep.
      records: all runs, newest first.
      refusals: place of a cell → why it cannot be trained.
    """
    known = _by_key(records, sweep.created)
    cells = tuple(
        CellState(
            cell=cell,
            run=known.get(cell.key),
            refused=(refusals or {}).get(place, ""),
        )
        for place, cell in enumerate(expand(sweep.spec, sweep.sets))
    )
    runs = one_per_run(cells)
    return Progress(cells=cells, fraction=_fraction(runs), seconds_left=_left(runs))


def one_per_run(cells: Iterable[CellState]) -> list[CellState]:
    """The first of the cells that have one run, such as a sensitivity at the main grid's value."""
    first: dict[Key, CellState] = {}
    for one in cells:
        first.setdefault(one.cell.key, one)
    return list(first.values())


def _by_key(records: Sequence[RunRecord], since: datetime) -> dict[Key, RunRecord]:
    now = numbers_version(versions())
    found: dict[Key, RunRecord] = {}
    for record in records:
        if record.state == "finished" and record.numbers != now:
            continue
        if record.state in ("failed", "cancelled") and record.created < since:
            continue
        key = (record.dataset_hash, record.config)
        other = found.get(key)
        if other is None or _ORDER.index(record.state) < _ORDER.index(other.state):
            found[key] = record
    return found


def _work(cell: Cell) -> float:
    """What a cell costs in relation to the others of its method: cases × epochs."""
    return cell.data.cases * cell.config.epochs


def _share(one: CellState) -> float:
    if one.run is None or one.state in ("open", "failed", "cancelled", "queued"):
        return 0.0
    return 1.0 if one.state == "finished" else one.run.progress.fraction


def _fraction(cells: Sequence[CellState]) -> float:
    able = [one for one in cells if one.state != "refused"]
    whole = sum(_work(one.cell) for one in able)
    return sum(_work(one.cell) * _share(one) for one in able) / whole if whole else 1.0


def _left(cells: Sequence[CellState]) -> float | None:
    """Seconds left: what finished cells of the same method took per work, else of all methods."""
    paces: dict[str, list[float]] = {}
    for one in cells:
        if one.state == "finished" and one.run and one.run.seconds.get("total"):
            pace = one.run.seconds["total"] / max(_work(one.cell), 1)
            paces.setdefault(one.cell.method, []).append(pace)
    if not paces:
        return None
    everyone = mean(pace for found in paces.values() for pace in found)
    left = 0.0
    for one in cells:
        if one.state in ("finished", "refused"):
            continue
        own = paces.get(one.cell.method)
        pace = mean(own) if own else everyone
        left += (1 - _share(one)) * pace * _work(one.cell)
    return left / max(sum(one.state == "running" for one in cells), 1) if left else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeEstimate:
    """Estimated time of the cells that are still to be trained, one after another.

    Attributes:
      low, high: seconds; None where no cell has a comparable run.
      known: how many of these cells have one. cells: how many there are.
    """

    low: float | None
    high: float | None
    known: int
    cells: int


def estimate(
    states: Sequence[CellState],
    records: Sequence[RunRecord],
    sets: Mapping[str, tuple[int, str]],
) -> TimeEstimate:
    """The time before the start, from earlier runs; cells without a comparable one take the mean.

    Args:
      states: of the sweep.
      records: finished runs, newest first.
      sets: content hash → experts and kind (`core.record.estimate.known`).
    """
    todo = [one.cell for one in one_per_run(states) if one.state not in ("refused", "finished")]
    cached: dict[tuple[object, ...], Estimate | None] = {}
    found: list[tuple[float, float]] = []
    for cell in todo:
        data = cell.data
        # Rates and policies are traced: they do not change the time.
        shape = (data.content_hash, cell.method, cell.varied)
        if shape not in cached:
            task = Task(
                content_hash=data.content_hash, kind=data.kind, cases=data.cases,
                experts=data.experts,
            )  # fmt: skip
            cached[shape] = estimate_from(records, sets, cell.config, task)
        if (one := cached[shape]) is not None:
            found.append((one.low, one.high))
    if not found:
        return TimeEstimate(low=None, high=None, known=0, cells=len(todo))
    scale = len(todo) / len(found)
    low, high = (scale * sum(ends) for ends in zip(*found, strict=True))
    return TimeEstimate(low=low, high=high, known=len(found), cells=len(todo))
