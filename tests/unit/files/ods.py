"""Writes small ODS files by hand, in the ways that LibreOffice writes its own."""

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

_KIND = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_NAMES = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)


def cell(value: object = "", *, repeat: int = 1, columns: int = 1, rows: int = 1) -> str:
    """A cell as XML: typed, repeated, or merged with the `columns` and `rows` after it."""
    tag = "table:table-cell"
    sizes = {
        "columns-repeated": repeat,
        "columns-spanned": columns,
        "rows-spanned": rows,
    }
    said = "".join(f' table:number-{name}="{n}"' for name, n in sizes.items() if n > 1)
    if isinstance(value, bool):
        said += f' office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        said += f' office:value-type="float" office:value="{value}"'
    elif isinstance(value, datetime):
        said += f' office:value-type="date" office:date-value="{value.isoformat()}"'
        value = f"{value:%d.%m.%y}"  # what is shown is not what is meant
    elif value:
        said += ' office:value-type="string"'
    text = f"<text:p>{escape(str(value))}</text:p>" if value != "" else ""
    return f"<{tag}{said}>{text}</{tag}>"


def covered(repeat: int = 1) -> str:
    """Cells below a merged one."""
    return f'<table:covered-table-cell table:number-columns-repeated="{repeat}"/>'


def row(*cells: str, repeat: int = 1) -> str:
    """A row of a sheet of 16,384 columns, the others blank."""
    rest = cell(repeat=16384 - len(cells))
    times = f' table:number-rows-repeated="{repeat}"' if repeat > 1 else ""
    return f"<table:table-row{times}>{''.join(cells)}{rest}</table:table-row>"


def ods(rows: Iterable[str]) -> bytes:
    """A file of one sheet, with a million blank rows below."""
    table = "".join([*rows, row(repeat=1_048_000)])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", _KIND)
        file.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{_MANIFEST}">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_KIND}"/>'
            "</manifest:manifest>",
        )
        file.writestr(
            "content.xml",
            f"<office:document-content{_NAMES}><office:body><office:spreadsheet>"
            f'<table:table table:name="Sheet1">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()
