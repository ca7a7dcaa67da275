"""Workload scenarios: who is on duty within which bounds, answered at once without training."""
