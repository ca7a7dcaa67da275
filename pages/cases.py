"""Cases: the list behind every number of a scenario, and each case with its reasons."""

from app.cases import board

board.draw_cases()
