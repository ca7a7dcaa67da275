"""Routing, prices, metrics with intervals, curves."""
