"""A finished run's result as the tables and sentences that the pages draw.

Pure functions over `core.results`, which measures: here figures become texts and tables. No
streamlit, no JAX.
"""

from app.results.curve import area_texts, areas, curve_mean, curve_points, curve_table, points_frame
from app.results.point import OperatingPoint, best_point, operating_point

__all__ = [
    "OperatingPoint",
    "area_texts",
    "areas",
    "best_point",
    "curve_mean",
    "curve_points",
    "curve_table",
    "operating_point",
    "points_frame",
]
