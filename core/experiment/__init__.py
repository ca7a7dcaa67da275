"""One run from settings to result."""
