"""One loop that fits every method on a whole grid of points."""
