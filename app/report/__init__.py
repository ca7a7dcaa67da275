"""HTML pages that open without the program: of a run and a chosen point, and of several runs."""

from app.report.comparison import Several, comparison_html
from app.report.contents import Contents
from app.report.page import html

__all__ = ["Contents", "Several", "comparison_html", "html"]
