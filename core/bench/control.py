"""Starts, continues and cancels sweeps; every cell is a run on the ordinary queue."""

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from core.base.files import file_lock
from core.base.report import Report
from core.bench.cells import SetOfSweep, expand, facts, refused, without
from core.bench.progress import CellState, Progress, one_per_run, progress
from core.bench.spec import MISSINGNESS, SpecError, SweepSpec
from core.bench.sweep_store import Sweep, SweepStore
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment.events import Event
from core.experiment.events import Progress as RunProgress
from core.library.store import Library
from core.record.journal import RunJournal
from core.record.record import RunRecord
from core.record.store import RunStore
from core.worker.executor import Executor, Experiment
from core.worker.process import ProcessId
from core.worker.queue import submit
from core.worker.recovery import reconcile

MOST_RUNS = 50_000  # as many as MLflow lists
INTERRUPTED = "Interrupted; the comparison continues with it."
_LOCK_SECONDS = 120.0
_WAIT_SECONDS = 1.0  # while others train the last cells
_SAY_SECONDS = 3.0  # between looks at the whole sweep while a cell is trained
_RECONCILE_SECONDS = 20.0

Read = Callable[[str], tuple[AnnotationSet, Report]]


def prepare(spec: SweepSpec, read: Read, home: Path | None = None) -> Sweep:
    """Puts a sweep's data sets into the library, and keeps what is asked for.

    Args:
      spec: the comparison.
      read: gives the data set that an entry of `spec.data` names.
      home: folder of everything made at run time.

    Raises:
      SpecError: two entries are the same set, or one is not the set it was.
      DataError: a set cannot be read, or has nothing to be removed by.
    """
    store = SweepStore(home)
    library = Library(store.home)
    found: list[SetOfSweep] = []
    made: list[SetOfSweep] = []
    for given in spec.data:
        dataset, report = read(given)
        key = library.add(dataset, report, rename=False)
        if (wanted := spec.content.get(given, key)) != key:
            raise SpecError(
                f"{given} is not the data set that was compared before: its content is {key}, "
                f"expected {wanted}; leave out content to compare it anyway"
            )
        if any(one.content_hash == key for one in found):
            raise SpecError(f"data names the same data set twice: {given}")
        found.append(facts(given, dataset))
        for kind in map(str, spec.sensitivity.get(MISSINGNESS, ())):
            other = without(dataset, kind, spec.removed, spec.seed)
            library.add(other, report, rename=False)
            made.append(facts(given, other, kind))
    names = {one.given: one.name for one in apart(found)}
    sets = [one.model_copy(update={"name": names[one.given]}) for one in (*found, *made)]
    return store.keep(spec, tuple(sets))


def apart(found: Sequence[SetOfSweep]) -> list[SetOfSweep]:
    """The same sets, with names that differ."""
    names = [one.name for one in found]
    return [
        one.model_copy(update={"name": f"{one.name} ({one.content_hash[:6]})"})
        if names.count(one.name) > 1
        else one
        for one in found
    ]


def status(sweep: Sweep, home: Path | None = None) -> Progress:
    """How far a sweep is now."""
    store = RunStore(home)
    library = Library(store.home)
    there = frozenset(one.content_hash for one in sweep.sets if one.content_hash in library)
    return progress(sweep, store.list(MOST_RUNS), _refusals(sweep.id, str(store.home), there))


@functools.lru_cache(maxsize=64)
def _refusals(id: str, home: str, there: frozenset[str]) -> dict[int, str]:
    """Place of a cell → why it cannot be trained; data and settings of a sweep do not change."""
    sweep = SweepStore(Path(home)).get(id)
    loaded = functools.lru_cache(maxsize=1)(Library(Path(home)).load)
    found = {}
    for place, cell in enumerate(expand(sweep.spec, sweep.sets)):
        if cell.data.content_hash not in there:
            found[place] = f"the data set {cell.data.name} is no longer in the library"
        elif why := refused(loaded(cell.data.content_hash), cell):
            found[place] = why
    return found


def start(sweep: Sweep, home: Path | None = None) -> int:
    """Queues every cell that has no finished or live run; returns how many."""
    with _one_at_a_time(sweep, home):
        missing = [one for one in status(sweep, home).cells if one.missing]
        for one in one_per_run(missing):
            submit(one.cell.data.content_hash, one.cell.config, run_name(sweep, one), home)
    return len(missing)


def cancel(sweep: Sweep, home: Path | None = None) -> int:
    """Cancels the cells that wait or are being trained; returns how many. Finished ones stay."""
    store = RunStore(home)
    with _one_at_a_time(sweep, home):
        live = [one.run for one in status(sweep, home).cells if one.state in ("queued", "running")]
        # The last in the queue first, so that none starts meanwhile.
        for run in sorted((run for run in live if run), key=_last_first):
            store.cancel(run.run_id)
    return len(live)


def _last_first(run: RunRecord) -> tuple[bool, float]:
    return run.state == "running", -run.created.timestamp()


def run_name(sweep: Sweep, one: CellState) -> str:
    """What a cell's run is called: set, method and what differs."""
    cell = one.cell
    parts = [cell.data.name, cell.method]
    if cell.missing_rate:
        parts.append(f"{100 * cell.missing_rate:g} % removed")
    if len(sweep.spec.humans) > 1:
        parts.append(cell.humans)
    if cell.varied:
        parts.append(f"{cell.varied[0]} {cell.varied[1]}")
    return " · ".join(parts)


@contextmanager
def _one_at_a_time(sweep: Sweep, home: Path | None) -> Iterator[None]:
    """Two people who start the same sweep must not both make a run for a cell."""
    with file_lock(SweepStore(home).folder / f"{sweep.id}.lock", wait=_LOCK_SECONDS):
        yield


def train_here(
    sweep: Sweep,
    home: Path | None = None,
    *,
    seen: Callable[[Progress], None] = lambda _: None,
    experiment: Experiment | None = None,
) -> Progress:
    """Trains a sweep's cells in this process, beside workers and other processes that do.

    Each cell is taken by one of them only. Returns when nothing is left to do, also by the others;
    a cell that fails is not tried again. An interruption ends the current run as cancelled, so
    that the next call, or a worker, trains it again.

    Args:
      sweep: the sweep.
      home: folder of everything made at run time.
      seen: hears how far the sweep is, at every event of a run.
      experiment: yields the events of a run; `core.experiment.experiment.run` when None.
    """
    journal = RunJournal(home)
    me = str(ProcessId.own())
    tried: set[str] = set()
    looked = 0.0

    def reporting(dataset: AnnotationSet, config: TrainConfig) -> Iterator[Event]:
        run = experiment or _experiment()
        said = 0.0
        with closing(run(dataset, config)) as events:  # type: ignore[type-var]
            for event in events:
                if isinstance(event, RunProgress) and time.monotonic() - said > _SAY_SECONDS:
                    said = time.monotonic()
                    seen(status(sweep, home))
                yield event

    while True:
        if time.monotonic() - looked > _RECONCILE_SECONDS:
            reconcile(journal.home)  # runs whose process died
            looked = time.monotonic()
        run_id, now = _take(sweep, home, tried)
        seen(now)
        if run_id is None:
            if not now.live:
                return now
            time.sleep(_WAIT_SECONDS)
            continue
        tried.add(run_id)
        try:
            if Executor(journal, me, reporting).execute(run_id) == "cancelled":
                return status(sweep, home)  # somebody wants no more of it
        except BaseException:
            record = journal.get(run_id)
            if record.state == "running" and record.worker == me:
                journal.end(run_id, "cancelled", INTERRUPTED)
            raise


def _experiment() -> Experiment:
    from core.experiment.experiment import run  # JAX is configured by now

    return run


def _take(sweep: Sweep, home: Path | None, tried: set[str]) -> tuple[str | None, Progress]:
    """The next run for this process, made if need be; None when others have all of them."""
    with _one_at_a_time(sweep, home):
        now = status(sweep, home)
        for one in now.cells:
            if one.state == "queued" and one.run and one.run.run_id not in tried:
                return one.run.run_id, now
            if one.missing and (one.run is None or one.run.run_id not in tried):
                name = run_name(sweep, one)
                made = RunStore(home).create(
                    one.cell.data.content_hash, one.cell.data.name, one.cell.config, name
                )
                return made, now
    return None, now
