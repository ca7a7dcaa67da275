"""HTML pages that open without the program: of a run and a chosen point, and of several runs."""

from app.report.comparison import Several, comparison_html
from app.report.run import Contents, html

__all__ = ["Contents", "Several", "comparison_html", "html"]
