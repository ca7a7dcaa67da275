"""When a task of the lesson is solved, in shares. No JAX."""

USEFUL = 0.02  # accuracy that expert C has to add
COSTLY = 0.05  # accuracy that bounds have to cost
CLOSE = 0.02  # how near the AI's share has to be to what was asked
