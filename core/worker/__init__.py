"""The queue, and the process that trains."""
