"""Data sets on disk, named by their content."""
