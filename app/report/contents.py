"""What a report is made of."""

from dataclasses import dataclass

import pandas as pd

from app.results import OperatingPoint, Result
from app.results.one_class import Rates, Triple


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
      rates: misses and wrong calls, None where the class's share is not known.
      compared: the team beside everyone alone (`one_class.compare`), None where it cannot be told.
      versions: of the program and the libraries that make the report.
      made: when, as text.
    """

    result: Result
    run_id: str
    run_name: str
    dataset: str
    rule: str
    point: OperatingPoint
    label: str
    found: Triple | None
    left: Triple | None
    rates: Rates | None
    compared: pd.DataFrame | None
    versions: dict[str, str]
    made: str
