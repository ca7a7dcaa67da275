"""A home with comparisons whose runs are made without training."""

from pathlib import Path

from core.base.report import Report
from core.bench import control
from core.bench.progress import CellState
from core.bench.spec import SweepSpec
from core.bench.sweep_store import Sweep
from core.experiment.events import Finished
from core.experiment.versions import versions
from core.library.samples import load_sample
from core.record.journal import RunJournal
from tests.pages.fixtures import make_result

METHODS = ("pl2d", "naive", "correctness")
SHIFT = {"pl2d": 0.0, "naive": -0.05, "correctness": 0.0}


def fill(home: Path, finished: int | None = None) -> Sweep:
    """Keeps a comparison on the sample, of which the first cells have finished.

    Args:
      home: of the store.
      finished: how many cells; all when None.
    """
    sample = load_sample("fna_panel")[0]
    spec = SweepSpec(
        name="Three methods",
        data=("sample:fna_panel",),
        methods=METHODS,
        missing_rates=(0.0, 0.5),
        sensitivity={"batch_size": (64,)},
        train={"coverage": [0.0, 0.5, 1.0], "epochs": 2},
    )
    sweep = control.prepare(spec, lambda _: (sample, Report()), home)
    for one in control.status(sweep, home).cells[:finished]:
        finish(home, sweep, one)
    return sweep


def finish(home: Path, sweep: Sweep, one: CellState) -> str:
    """Records a cell's run as finished; returns its id."""
    journal, cell = RunJournal(home), one.cell
    made = make_result(
        seeds=3, targets=(0.0, 0.5, 1.0), method=cell.method,
        shift=SHIFT[cell.method] - 0.04 * cell.missing_rate,
    )  # fmt: skip
    changes = {"config": cell.config.to_dict(), "versions": versions()}
    name = control.run_name(sweep, one)
    run_id = journal.create(cell.data.content_hash, cell.data.name, cell.config, name)
    journal.claim(run_id, "tests|1|0")
    journal.finish(run_id, Finished(result=made.model_copy(update=changes), artifacts={}))
    return run_id
