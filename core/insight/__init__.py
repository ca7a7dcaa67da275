"""Descriptive statistics of a data set, before any training."""
