"""Accuracy, curves and areas, with intervals."""
