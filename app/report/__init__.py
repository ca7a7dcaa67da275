"""One HTML page of a run and a chosen point that opens without the program."""

from app.report.contents import Contents
from app.report.page import html

__all__ = ["Contents", "html"]
