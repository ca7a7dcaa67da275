"""What the columns of an upload are for: looked at, mended, and then read."""
