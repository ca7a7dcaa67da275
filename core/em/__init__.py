"""Probabilistic learning to defer: likelihood, E-step, workload projection, M-step."""
