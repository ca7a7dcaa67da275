"""Compare: methods beside one another, over data sets, missing rates and policies."""

from app.compare import board
from app.shared import views

views.wide()
views.title(
    "Compare", "Train methods side by side, over data sets and missing rates, and test the results."
)
board.draw_compare()
