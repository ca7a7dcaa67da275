"""peerannot's answers.json: {task: {worker: label}}."""

from typing import Any

from core.base.report import Report
from core.exports.spec import ExportSpec, Said, Understood


def fits(content: Any) -> bool:
    """Whether these are answers."""
    if not isinstance(content, dict) or len(content) < 2:
        return False
    tasks = list(content.values())
    if not all(isinstance(task, dict) for task in tasks) or not any(tasks):
        return False
    labels = [label for task in tasks for label in task.values()]
    columns = {len(task) for task in tasks}
    # pandas writes a table alike, but every row or column of it has the same keys.
    return all(isinstance(v, int | str) for v in labels) and len(columns) > 1


def read(content: Any, reader: str, report: Report) -> Understood:
    """The label that each worker gave to each task."""
    said = [
        Said(str(task), str(label), "", str(worker))
        for task, answers in content.items()
        for worker, label in answers.items()
    ]
    return Understood(said)


EXPORT = ExportSpec(title="the answers of peerannot", fits=fits, read=read)
