"""A small two-dimensional world on which the page Learn shows the methods at work."""
