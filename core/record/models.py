"""Models of recorded runs."""

from core.experiment.kept_models import ModelError, RunModel, open_model
from core.record.store import RunNotFoundError, RunStore


def open_run(store: RunStore, run_id: str) -> RunModel:
    """The model of a run in the store.

    Raises:
      ModelError: there is no such run, it has not finished, or it kept no model.
    """
    try:
        record = store.get(run_id)
    except RunNotFoundError as error:
        raise ModelError(str(error)) from None
    if record.state != "finished":
        raise ModelError(f"run {run_id} has no model: it is {record.state}")
    return open_model(f"run {run_id}", lambda name: store.folder(run_id, name) / name)
