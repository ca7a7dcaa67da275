"""Everything the pages ask of the core: cached by content id, slow imports put off.

What is named by its content (a data set, a finished run's result) is cached for good; what moves
(the list of runs, a running run) is read anew.
"""

from app.queries.data import (
    Entry,
    add_upload,
    data_id_of,
    dataset,
    description,
    enlarged,
    entries,
    example_images,
    home,
    kept_annotations,
    report,
    stored_hash,
    title_of,
    variants,
)
from app.queries.runs import (
    LIVE,
    cancel,
    estimate,
    live_history,
    live_points,
    methods,
    refusal,
    result,
    run,
    runs,
    start_worker,
    store,
    submit,
    worker_is_up,
)

__all__ = [
    "LIVE",
    "Entry",
    "add_upload",
    "cancel",
    "data_id_of",
    "dataset",
    "description",
    "enlarged",
    "entries",
    "estimate",
    "example_images",
    "home",
    "kept_annotations",
    "live_history",
    "live_points",
    "methods",
    "refusal",
    "report",
    "result",
    "run",
    "runs",
    "start_worker",
    "store",
    "stored_hash",
    "submit",
    "title_of",
    "variants",
    "worker_is_up",
]
