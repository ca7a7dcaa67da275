"""What a report is made of."""

from dataclasses import dataclass

import pandas as pd

from app.results import OperatingPoint
from core.results.against_rest import Rates
from core.results.figure import Figure
from core.results.models import RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A run, a point of it, and what was asked about the point.

    Attributes:
      result: of the run.
      run_id: of the run. run_name: what people call it. dataset: what its data set is called.
      rule: of the point.
      point: the chosen one.
      label: the class in focus.
      found: the team's sensitivity for it. left: its specificity.
      rates: misses and wrong calls.
      compared: the team beside everyone alone (`one_class.frame`), None where it cannot be told.
      versions: of the program and the libraries that make the report.
      made: when, as text.
    """

    result: RunResult
    run_id: str
    run_name: str
    dataset: str
    rule: str
    point: OperatingPoint
    label: str
    found: Figure
    left: Figure
    rates: Rates
    compared: pd.DataFrame | None
    versions: dict[str, str]
    made: str
