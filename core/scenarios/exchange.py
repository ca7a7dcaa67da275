"""Scenarios in downloaded files: a single one, or several with their answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.base.report import clip
from core.scenarios.settings import Scenario, ScenarioError

EXPECTED = "expected a scenario as JSON, as Workload exports it"


class SeveralError(ScenarioError):
    """The file holds several scenarios and no name was given."""


def scenario_in(plain: Any, name: str | None = None) -> Scenario:
    """Reads the scenario in a file.

    Args:
      plain: the file's JSON: a scenario, {"scenario": …}, or {"scenarios": [{"scenario": …}, …]}.
      name: of the one to read, where there are several.

    Raises:
      ScenarioError: there is no scenario, or no one of that name; `SeveralError` where there are
        several and no name is given.
    """
    found = [Scenario.from_dict(one) for one in _plain(plain)]
    if not found:
        raise ScenarioError(f"the file holds no scenario; {EXPECTED}")
    names = clip(", ".join(repr(s.name) if s.name else "one without a name" for s in found), 200)
    if name is not None:
        alike = [scenario for scenario in found if scenario.name == name]
        if len(alike) != 1:
            many = "no scenario" if not alike else f"{len(alike)} scenarios"
            raise ScenarioError(f"{many} called {clip(name)!r}; there are {names}")
        return alike[0]
    if len(found) > 1:
        # Rules must not depend on which one happens to come first.
        raise SeveralError(f"it holds {len(found)} scenarios, {names}; choose one by name")
    return found[0]


def _plain(plain: Any) -> list[Mapping[str, Any]]:
    if not isinstance(plain, Mapping):
        raise ScenarioError(f"found {type(plain).__name__}; {EXPECTED}")
    if "scenarios" not in plain:
        return [plain.get("scenario", plain)]
    several = plain["scenarios"]
    if not isinstance(several, Sequence) or isinstance(several, str):
        raise ScenarioError(f"scenarios is not a list; {EXPECTED}")
    if not all(isinstance(one, Mapping) and "scenario" in one for one in several):
        raise ScenarioError(f"an entry of scenarios holds no scenario; {EXPECTED}")
    return [one["scenario"] for one in several]
