"""Passes tables to be matched from the process that reads an upload to the one that shows them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from core.files.table import Table
from core.library.kept_roles import KeptRoles
from core.matching.roles import Roles
from core.reading.matched import Opened

_ABOUT, _ROW = "tables.json", "row"


@dataclass(frozen=True)
class PassedTables:
    """Tables to be matched.

    Attributes:
      opened: the tables, their roles, and what was understood.
      kept: roles that were used last for tables of the same shape.
    """

    opened: Opened
    kept: KeptRoles | None


def put_down(opened: Opened, kept: KeptRoles | None, folder: Path) -> None:
    """Writes the tables to the folder; `pick_up` reads them."""
    facts: list[dict[str, Any]] = []
    for i, table in enumerate(opened.tables):
        names = [str(name) for name in table.frame.columns]
        facts.append({"name": table.name, "delimiter": table.delimiter, "columns": names})
        # As categories, so that equal cells are one text again on the other side.
        cells = table.frame.set_axis([str(n) for n in range(len(names))], axis=1)
        cells = cells.astype("category").assign(**{_ROW: table.frame.index})
        cells.reset_index(drop=True).to_feather(folder / f"table{i}.feather")
    about = {
        "tables": facts,
        "roles": opened.roles.model_dump(),
        "understood": list(opened.understood),
        "given": opened.given,
        "kept": None if kept is None else kept.model_dump(),
    }
    (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")


def pick_up(folder: Path) -> PassedTables:
    """The tables that `put_down` wrote."""
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    tables = []
    for i, facts in enumerate(about["tables"]):
        cells = pd.read_feather(folder / f"table{i}.feather")
        rows = cells.pop(_ROW)
        frame = cells.astype(object).set_axis(facts["columns"], axis=1)
        if not pd.api.types.is_integer_dtype(rows.dtype):
            rows = rows.astype(object)
        tables.append(Table(facts["name"], frame.set_axis(rows.to_list()), facts["delimiter"]))
    kept = about["kept"]
    opened = Opened(
        tables,
        Roles.model_validate(about["roles"]),
        tuple(about["understood"]),
        about["given"],
    )
    return PassedTables(opened, None if kept is None else KeptRoles.model_validate(kept))
