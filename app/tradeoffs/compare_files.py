"""Downloads of a comparison: all its runs as CSV, JSON, and one HTML page."""

import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import curve_tables, data_queries, run_queries, settings_queries, truth, views
from app.tradeoffs.chosen_run import Chosen
from app.tradeoffs.comparison import Compared, compared, lines, table
from core.consensus.methods import in_short
from core.methods.rules import RULES


def everything(chosen: Chosen, wanted: str) -> None:
    """Buttons for files that hold all the compared runs; each is made when it is clicked."""
    name = f"caseload-{len(chosen.records)}-runs"
    st.markdown(f"**All {len(chosen.records)} compared runs**")
    with st.container(horizontal=True):
        st.download_button(
            "Comparison as one HTML page",
            data=lambda: report(compared(chosen, wanted)),
            file_name=f"{name}-{wanted}-report.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            key="comparison_html",
        )
        for label, made, file in (
            ("Areas", lambda: areas(compared(chosen, wanted)), f"{name}-areas"),
            ("Curves", lambda: curves(chosen), f"{name}-curves"),
        ):
            views.csv_button(f"{label} as CSV", made, file, f"comparison_{label.lower()}")
        st.download_button(
            "Whole results as JSON",
            data=lambda: whole(chosen),
            file_name=f"{name}-results.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="comparison_json",
        )


def areas(found: Compared) -> pd.DataFrame:
    """A row per run: settings, the area under every rule, and the difference to the first run."""
    rows = []
    settings = settings_queries.settings(found.chosen.records)
    for place, (record, run, own) in enumerate(
        zip(found.chosen.records, found.runs, settings, strict=True)
    ):
        row: dict[str, Any] = {
            "run_id": record.run_id,
            "name": found.names[place],
            "method": record.config.method,
            "data_set": record.dataset_name,
            "content_hash": record.dataset_hash,
            "truth": in_short(truth.of_run(run)) or "known",
            "missing_rate": record.config.missing_rate,
            "seeds": record.config.seeds,
            "learning_rate": own["learning_rate"],
            "weight_decay": own["weight_decay"],
            "training_trouble": record.trouble,
        }
        for rule in RULES:
            area = None if run.is_bounded else run.auc_cac.get(rule)
            low, high = (area.interval if area else None) or (None, None)
            row |= {
                f"auc_cac_{rule}": area.mean if area else None,
                f"auc_cac_{rule}_low": low,
                f"auc_cac_{rule}_high": high,
            }
        difference = found.differences[place]
        low, high = (difference.interval if difference else None) or (None, None)
        row |= {
            "compared_under": run.rule_of(found.wanted),
            "against_first": difference.difference if difference else None,
            "against_first_low": low,
            "against_first_high": high,
            "paired_by_cases": difference.by_cases if difference else None,
            "paired_by_seeds": difference.by_seeds if difference else None,
            "settings": json.dumps(record.config.to_dict(), sort_keys=True),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def curves(chosen: Chosen) -> pd.DataFrame:
    """A row per run, rule, target and seed."""
    tables = []
    for record in chosen.records:
        # One after another, not kept: with their workloads dozens of results fill the memory.
        points = curve_tables.curve_table(run_queries.store().result(record.run_id))
        points.insert(0, "name", record.name)
        points.insert(0, "run_id", record.run_id)
        tables.append(points)
    return pd.concat(tables, ignore_index=True)


def whole(chosen: Chosen) -> str:
    """Every run's result object with its id and name, as a JSON list."""
    found = [
        {
            "run_id": record.run_id,
            "name": record.name,
            "result": run_queries.store().result(record.run_id).to_dict(),
        }
        for record in chosen.records
    ]
    return json.dumps(found, indent=1, ensure_ascii=False)


def report(found: Compared) -> str:
    """One page with the figure, the areas and the settings of all runs."""
    from app.tradeoffs import comparison_report  # plotly.js is read from disk: only when asked for

    records = found.chosen.records
    return comparison_report.comparison_html(
        comparison_report.Several(
            runs=found.runs,
            run_ids=[record.run_id for record in records],
            datasets=[data_queries.title_of(record.dataset_name) for record in records],
            troubles=[record.trouble for record in records],
            rule=found.wanted,
            lines=lines(found),
            table=table(found),
            made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        )
    )
