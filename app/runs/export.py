"""The table of runs as CSV: figures, settings, and the command that repeats each run."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from app.runs.table import seconds_taken
from app.shared import data_queries, run_queries, settings_queries, views, words
from core.base.export import csv_text

if TYPE_CHECKING:
    from core.record.record import RunRecord


def export(records: "Sequence[RunRecord]") -> str:
    """The runs as CSV, with every setting; cells that look like formulas are escaped."""
    rows = []
    for record, settings, repeat in zip(
        records, settings_queries.settings(records), settings_queries.commands(records), strict=True
    ):
        seen, config = run_queries.glance(record), record.config
        row: dict[str, object] = {
            "run_id": record.run_id,
            "name": views.called(record),
            "state": record.state,
            "reason": record.reason,
            "training_trouble": record.trouble,
            "note": record.note,
            "data_set": record.dataset_name,
            "content_hash": record.dataset_hash,
            "ground_truth": data_queries.by_consensus(record.dataset_hash) or "known",
            "method": config.method,
            "missing_rate": config.missing_rate,
            "missing_rate_per_expert": json.dumps(dict(config.missing_rates)),
            "seeds": config.seeds,
            "first_seed": config.seed,
            "learning_rate": settings["learning_rate"],
            "weight_decay": settings["weight_decay"],
        }
        for rule in words.RULES:
            low, high = seen.intervals.get(rule, (None, None))
            row |= {
                f"auc_cac_{rule}": seen.areas.get(rule),
                f"auc_cac_{rule}_low": low,
                f"auc_cac_{rule}_high": high,
            }
        row |= {
            "seconds": seconds_taken(record),
            "created": record.created.isoformat(timespec="seconds"),
            "ended": record.ended.isoformat(timespec="seconds") if record.ended else None,
            "accuracy_along_the_curve": " ".join(f"{value:.5f}" for value in seen.spark),
            "settings": json.dumps(config.to_dict(), sort_keys=True),
            "command": repeat.command or repeat.unable,
            "bounds_file": repeat.bounds,
        }
        rows.append(row)
    return csv_text(pd.DataFrame(rows))
