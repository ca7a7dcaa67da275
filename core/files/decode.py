"""Text of a file in whatever encoding it is."""

import unicodedata

from core.base.report import Report, refuse
from core.files.table_checks import check_accents, has_controls


def decode(data: bytes, name: str, report: Report, kind: str = "a table with a header") -> str:
    """Text of a file in UTF-8 or UTF-16 with or without byte order mark, or Windows-1252.

    Raises:
      DataError: the bytes are not text.
    """
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        refuse(f"{name} is empty", expected=kind, report=report)
    text = None
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    # Nearly all bytes are valid in Windows-1252, so control characters show that it is not text.
    # In other encodings a cell may contain one, and `check_controls` says which.
    if text is None or "\0" in text or (encoding == "cp1252" and has_controls(text)):
        refuse(
            f"{name} is not a text file",
            found=f"bytes such as {data[:8].hex(' ')}",
            expected="text in UTF-8 or UTF-16",
            remedy="save it again, in a spreadsheet as 'CSV UTF-8'",
            report=report,
        )
    if encoding == "cp1252":
        report.warn(
            f"{name} is not UTF-8 and was read as Windows-1252",
            remedy="look at names with accents, and save as 'CSV UTF-8' if they are wrong",
        )
    check_accents(text, name, report)
    # é for both é and e + ´, which some systems write: ids must match between files.
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = data[:2000]
    if head[1::2].count(0) > 0.8 * len(head[1::2]):
        return ("utf-16-le",)
    if head[::2].count(0) > 0.8 * len(head[::2]):
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")
