"""Learn: a lesson in eight steps over a small world that trains while people watch."""

from app.learn import board

board.draw_learn()
