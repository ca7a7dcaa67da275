"""`route`: new cases handed out by a trained model, within capacities or one at a time."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.cli_options import UsageError, read_json
from core.data.export import csv_text
from core.data.new_cases import NewCases, read_new_cases
from core.data.report import Report, clip
from core.runs.files import atomic_write
from core.runs.models import ModelError, RunModel, open_folder, open_run
from core.runs.store import RunStore
from core.scenarios.routed import Routed, in_one_go, one_by_one
from core.scenarios.settings import ScenarioError
from core.scenarios.worklist import capacities

_EXPECTED = 'expected {agent: cases} or {agent: {"least": cases, "most": cases}}, whole numbers'


def route(options: argparse.Namespace) -> dict[str, Any]:
    """The worklist as one plain object, and as a table when one is asked for.

    Raises:
      UsageError, DataError: something given cannot be used.
    """
    plain = read_json("--capacities", options.capacities, _EXPECTED)
    _check_out(options.out)
    try:
        model = _model(str(options.model))
        seed = model.seeds[0] if options.seed is None else options.seed
        validation = model.validation(seed)
        cases, report = read_new_cases(Path(options.cases), model.form)
        least, most = capacities(_with_left_out(plain, model), model.agents, len(cases))
        scores = model.scores(cases, seed)
        if options.online:
            routed = one_by_one(
                scores, least, most, model.agents, model.classes, validation=validation, seed=seed
            )
        else:
            routed = in_one_go(scores, least, most, model.agents, model.classes)
    except ScenarioError as error:
        raise UsageError(f"--capacities {options.capacities}: {error}") from None
    except ModelError as error:
        raise UsageError(str(error)) from None
    if options.out is not None:
        _write(options.out, csv_text(routed.frame()))
    limits = zip(model.agents, least.tolist(), most.tolist(), strict=True)
    return {
        "model": {
            "name": model.name,
            "dataset": model.dataset_name,
            "content_hash": model.content_hash,
            "simulated": model.simulated,
            "seed": seed,
        },
        "cases": len(cases),
        "method": routed.method,
        "capacities": {agent: {"least": low, "most": high} for agent, low, high in limits},
        "loads": _by_agent(routed, routed.loads),
        "expected_accuracy": routed.expected_accuracy,
        "prices": None if routed.prices is None else _by_agent(routed, routed.prices),
        "assignments": _assignments(routed),
        "warnings": _warnings(model, cases, report, routed, most),
    }


def _with_left_out(plain: Any, model: RunModel) -> Any:
    """Who had no annotation in train, or was off duty there, gets nothing unless named."""
    if not isinstance(plain, Mapping) or not plain:
        return plain
    return {**dict.fromkeys(model.left_out, 0), **plain}


def _model(text: str) -> RunModel:
    path = Path(text)
    if path.is_dir():
        return open_folder(path)
    if not text.isalnum():
        raise UsageError(
            f"{clip(text)}: no such folder; expected a folder that train --out wrote, or a run's id"
        )
    return open_run(RunStore(), text)


def _by_agent(routed: Routed, values: Any) -> dict[str, Any]:
    return dict(zip(routed.agents, values.tolist(), strict=True))


def _assignments(routed: Routed) -> list[dict[str, Any]]:
    so_far = routed.so_far
    entries = []
    for i, agent in enumerate(routed.chosen.tolist()):
        entry = {
            "case_id": str(routed.cases.case_ids[i]),
            "agent": routed.agents[agent],
            "reason": routed.reasons[i],
            "ai_answer": routed.classes[int(routed.cases.ai_answer[i])],
            "expected_correctness": _by_agent(routed, routed.cases.value[i].astype(float)),
        }
        if so_far is not None:
            entry["load_so_far"] = _by_agent(routed, so_far[i])
        entries.append(entry)
    return entries


def _warnings(
    model: RunModel, cases: NewCases, report: Report, routed: Routed, most: Any
) -> list[str]:
    told = [problem.sentence() for problem in report.warnings]
    if model.simulated:
        told.append("the experts of this model are simulated")
    busy = [a for a, load in zip(model.agents, routed.loads, strict=True) if load]
    if strange := [a for a in busy if a in model.left_out]:
        told.append(
            f"{', '.join(strange)} had no annotation in train or was off duty there, and gets cases"
        )
    over = [
        f"{agent} gets {load:,} cases, at most {limit:,} were wanted"
        for agent, load, limit in zip(model.agents, routed.loads, most, strict=True)
        if load > limit
    ]
    if over:
        told.append(f"one case at a time the capacities are met on average only: {'; '.join(over)}")
    return told


def _check_out(out: Path | None) -> None:
    """Refuses a file that cannot be written, before any work is done."""
    if out is None:
        return
    try:
        if out.is_dir():
            raise UsageError(f"--out {clip(out)}: found a folder; expected the name of a file")
        if not out.absolute().parent.is_dir():
            raise UsageError(f"--out {clip(out)}: there is no such folder to write to")
    except OSError as error:  # a name too long
        raise UsageError(f"--out {clip(out)}: {error.strerror}") from None


def _write(out: Path, text: str) -> None:
    try:
        atomic_write(out, text.encode())
    except OSError as error:
        raise UsageError(f"--out {clip(out)}: {error.strerror or error}") from None
