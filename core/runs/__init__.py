"""Run configuration, the record of runs, the queue and the worker."""
