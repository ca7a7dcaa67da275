"""Trade-offs: the curve, its area, and one operating point with its workloads."""

from app.tradeoffs import board

board.draw_tradeoffs()
