"""The queue of runs, and the worker process that trains them."""
