"""The spreadsheet that people can fill in: a sample with a row per case and a column per reader."""

from functools import cache
from io import BytesIO

import pandas as pd

from core.library.samples import FOLDER

SAMPLE = "fna_panel"
_EXPLAINED = (
    ("case_id", "The name of the case. Every row is one case, and every name stands there once."),
    ("split", "train, validation or test. Leave the column out to have test cases drawn."),
    ("label", "The right class of the case: the ground truth."),
    (
        "Senior and others",
        "One column per reader, called as the reader. It holds the class that this reader gave "
        "the case; where the reader did not see the case, the cell is blank.",
    ),
    (
        "mean_radius and others",
        "What else is known of the case, one column each: numbers or words. Call a column "
        "group_… to compare groups, and group_patient where several cases are of one patient.",
    ),
)


@cache
def template() -> bytes:
    """An XLSX file with the sample on its first sheet and what the columns hold on the second."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    cases = pd.read_csv(FOLDER / SAMPLE / "cases.csv")
    said = pd.read_csv(FOLDER / SAMPLE / "annotations.csv", dtype=str)
    readers = list(dict.fromkeys(said["expert"]))
    wide = said.pivot(index="case_id", columns="expert", values="label")
    table = cases.merge(wide.reset_index(), on="case_id", how="left")
    features = [c for c in cases.columns if c not in ("case_id", "split", "label")]
    table = table[["case_id", "split", "label", *readers, *features]]
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Cases"
    sheet.append(list(table.columns))
    for row in table.itertuples(index=False):
        sheet.append([None if pd.isna(value) else value for value in row])
    sheet.freeze_panes = "B2"
    help_ = book.create_sheet("What the columns hold")
    help_.append(["Column", "What it holds"])
    for pair in _EXPLAINED:
        help_.append(pair)
    for page, widths in ((sheet, [17] * len(table.columns)), (help_, [24, 90])):
        for cell in page[1]:
            cell.font = Font(bold=True)
        for i, width in enumerate(widths, 1):
            page.column_dimensions[get_column_letter(i)].width = width
    for cells in help_.iter_rows(min_row=2):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    out = BytesIO()
    book.save(out)
    return out.getvalue()
