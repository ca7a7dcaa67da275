"""A finished run's result object as the tables and sentences that the pages draw.

Pure functions over the object that `python -m core train` prints; no streamlit, no JAX.
"""

from app.results.curve import (
    Single,
    area_texts,
    areas,
    curve_mean,
    curve_points,
    curve_table,
    singles,
)
from app.results.means import mean_interval
from app.results.point import OperatingPoint, best_point, operating_point
from app.results.run import RULE_ORDER, Result, is_bounded, rule_of, rules, seeds, targets

__all__ = [
    "RULE_ORDER",
    "OperatingPoint",
    "Result",
    "Single",
    "area_texts",
    "areas",
    "best_point",
    "curve_mean",
    "curve_points",
    "curve_table",
    "is_bounded",
    "mean_interval",
    "operating_point",
    "rule_of",
    "rules",
    "seeds",
    "singles",
    "targets",
]
