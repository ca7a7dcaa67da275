"""Comparisons of methods over data sets, missing rates and policies."""
