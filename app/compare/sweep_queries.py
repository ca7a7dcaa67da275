"""Comparisons: what one would take, how far one is, and what it says."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.shared import data_queries, run_queries
from app.shared.data_queries import home
from core.base.report import Report
from core.bench import cells as cells_module
from core.bench.spec import MISSINGNESS, SweepSpec
from core.bench.sweep_store import Sweep, SweepNotFoundError, SweepStore
from core.dataset.annotation_set import AnnotationSet
from core.library.samples import SAMPLES

if TYPE_CHECKING:
    from core.bench.findings import Findings
    from core.bench.progress import Progress, TimeEstimate

_SAMPLE, _STORED = "sample:", "stored:"
Preview = tuple["Progress", "TimeEstimate"]


def given(data_id: str) -> str:
    """What a spec calls the data set of an `Entry.id`."""
    return f"{_SAMPLE if data_id in SAMPLES else _STORED}{data_id}"


def sweeps() -> list[Sweep]:
    """All comparisons, the newest first."""
    return SweepStore().list()


def sweep(id: str) -> Sweep | None:
    """A comparison; None where there is none."""
    try:
        return SweepStore().get(id)
    except SweepNotFoundError:
        return None


def preview(spec: SweepSpec) -> Preview:
    """The cells that a comparison would have, and how long those that are missing take.

    Raises:
      ConfigError: a setting nobody can train with.
    """
    from core.bench.progress import estimate, progress
    from core.record.estimate import known

    sets = []
    for one in spec.data:
        dataset, _ = _read(one)
        sets.append(cells_module.facts(one, dataset))
        # Made at the start only: until then a set of this size stands for it.
        for kind in map(str, spec.sensitivity.get(MISSINGNESS, ())):
            changes = {"missingness": kind, "content_hash": f"{dataset.content_hash}~{kind}"}
            sets.append(sets[-1].model_copy(update=changes))
    draft = Sweep(id="0" * 16, created=datetime.now(UTC), spec=spec, sets=tuple(sets))
    records = run_queries.runs(10_000)
    now = progress(draft, records, _refusals(spec.model_dump_json(), home()))
    finished = [record for record in records if record.state == "finished"]
    return now, estimate(now.cells, finished, known()[1])


@st.cache_data(max_entries=16, show_spinner=False)
def _refusals(spec_json: str, home: str) -> dict[int, str]:
    """Place of a cell → why it cannot be trained."""
    spec = SweepSpec.model_validate_json(spec_json)
    loaded = {one: _read(one)[0] for one in spec.data}
    sets = [cells_module.facts(one, dataset) for one, dataset in loaded.items()]
    found = {}
    # Cells on sets that are still to be made come last of their kind, and are checked at the start.
    for place, cell in enumerate(cells_module.expand(_plain(spec), sets)):
        if why := cells_module.refused(loaded[cell.data.given], cell):
            found[place] = why
    return found


def _plain(spec: SweepSpec) -> SweepSpec:
    others = {name: values for name, values in spec.sensitivity.items() if name != MISSINGNESS}
    return spec.model_copy(update={"sensitivity": others})


def start(spec: SweepSpec) -> str:
    """Keeps a comparison and queues what is missing; returns its id.

    Raises:
      DataError, ConfigError: a data set or a setting cannot be used.
    """
    from core.bench import control

    made = control.prepare(spec, _read)
    control.start(made)
    return made.id


def go_on(sweep: Sweep) -> int:
    """Queues what is missing of a comparison; returns how many cells."""
    from core.bench import control

    return control.start(sweep)


def cancel(sweep: Sweep) -> int:
    """Cancels what waits or is being trained; returns how many cells."""
    from core.bench import control

    return control.cancel(sweep)


def delete(id: str) -> None:
    """Removes a comparison from the list; its runs stay."""
    SweepStore().delete(id)


def status(sweep: Sweep) -> "Progress":
    """How far a comparison is now."""
    from core.bench import control

    return control.status(sweep)


def findings(sweep: Sweep, now: "Progress", rule: str, against: str) -> "Findings":
    """What the finished cells say."""
    from core.bench.findings import Findings, gather

    return Findings(sweep, gather(now, lambda run_id: _curves(run_id, home())), rule, against)


@st.cache_resource(max_entries=2000, show_spinner=False)
def _curves(run_id: str, home: str) -> Any:
    return run_queries.store().result(run_id).curves_only()


def _read(entry: str) -> tuple[AnnotationSet, Report]:
    data_id = entry.removeprefix(_SAMPLE).removeprefix(_STORED)
    return data_queries.dataset(data_id), data_queries.report(data_id)


def on_sample() -> SweepSpec:
    """A small comparison on a sample: a minute or two."""
    return SweepSpec(
        name="First comparison",
        data=(given("fna_panel"),),
        methods=("pl2d", "naive", "correctness"),
        missing_rates=(0.0, 0.5),
        train={"epochs": 20, "coverage": [0.0, 0.25, 0.5, 0.75, 1.0]},
    )
