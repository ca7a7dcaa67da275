"""Derived sets: annotations removed, simulated experts added, each by a recipe and a seed."""
