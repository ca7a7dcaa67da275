"""Queries of the Worklist page: a run's stored model, new cases, and their assignment.

The model is applied here in NumPy: neither JAX nor a worker is needed.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from app.shared.data_queries import data_id_of, dataset, home
from app.shared.run_queries import store
from core.base.report import Report
from core.dataset.annotation_set import Split
from core.scenarios.settings import Scenario

if TYPE_CHECKING:
    from core.experiment.kept_models import RunModel
    from core.reading.new_cases import NewCases
    from core.scenarios.routed import Routed
    from core.scenarios.ruled import Ruled
    from core.scenarios.scores import CaseScores

EXAMPLE = "example"


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """New cases with the reader's report.

    Attributes:
      id: identifies their content, and `people_only`.
      cases: the cases. report: what was noticed.
      people_only: whether those outside the range of training go to people only.
    """

    id: str
    cases: "NewCases"
    report: Report
    people_only: bool = False


class Suggested(NamedTuple):
    """Numbers of cases that can be met.

    Attributes:
      places: per agent, adding up to the cases.
      why: why what was asked for cannot be met; empty where it can.
    """

    places: tuple[int, ...]
    why: str = ""


def kept_model(run_id: str) -> "tuple[RunModel | None, str]":
    """The model of a finished run, or None and why there is none."""
    from core.experiment.kept_models import ModelError

    try:
        model = _model(run_id, home())
        if not model.form.known:
            _model.clear()  # the set may be added again at any time
        return model, ""
    except ModelError as error:
        return None, str(error)


def example_cases(run_id: str) -> Given | None:
    """The test cases of the run's data set as new cases; None when the set is gone."""
    from core.encoding.score_inputs import score_inputs
    from core.reading.new_cases import NewCases

    model = _model(run_id, home())
    data_id = data_id_of(model.content_hash)
    if data_id is None:
        return None
    data = dataset(data_id)
    where = data.index(Split.TEST)
    probabilities = data.ai_probabilities
    cells = None
    if data.kind == "features":
        assert data.inputs is not None
        cells = pd.DataFrame(data.inputs[where].round(3), columns=list(data.feature_names))
    cases = NewCases(
        case_ids=data.case_ids[where],
        inputs=score_inputs(probabilities, len(data.truth))[where]
        if data.inputs is None
        else data.inputs[where],
        cells=cells,
        groups={name: values[where] for name, values in data.groups.items()},
        ai_probabilities=None if probabilities is None else probabilities[where],
    )
    return Given(EXAMPLE, cases, Report())


def assign(
    run_id: str,
    seed: int,
    given: Given,
    places: tuple[int, ...],
    *,
    online: bool = False,
    scenario: Scenario | None = None,
) -> "Routed":
    """Assigns the cases, a given number to each agent, under a scenario's rules and duties.

    Raises:
      ScenarioError: the numbers cannot be met.
    """
    return _assigned(run_id, seed, given.id, places, online, scenario, home(), given)


def ruled(run_id: str, seed: int, given: Given, scenario: Scenario) -> "Ruled":
    """Who may take which of the cases under a scenario.

    Raises:
      ScenarioError: it cannot be computed, or nobody may take some of them.
    """
    found = _ruled(run_id, seed, given.id, scenario, home(), given)
    found.check_takers()
    return found


def suggested(run_id: str, seed: int, given: Given, scenario: Scenario) -> Suggested:
    """How many cases each agent takes under a scenario's bounds and rules."""
    return _suggested(run_id, seed, given.id, scenario, None, home(), given)


def room_for(
    run_id: str, seed: int, given: Given, scenario: Scenario | None, places: tuple[int, ...]
) -> Suggested:
    """The numbers themselves where the rules and the cases' range allow them, else the nearest."""
    return _suggested(run_id, seed, given.id, scenario, places, home(), given)


def spread(places: tuple[int, ...], cases: int) -> list[int]:
    """Numbers in the same proportions that add up to the number of cases."""
    from core.base.apportion import in_proportion

    return in_proportion(places, cases)


@st.cache_resource(max_entries=8, show_spinner=False)
def _model(run_id: str, home: str) -> "RunModel":
    from core.record.models import open_run

    return open_run(store(), run_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _scores(run_id: str, seed: int, given_id: str, home: str, _given: Given) -> "CaseScores":
    scores = _model(run_id, home).scores(_given.cases, seed)
    return replace(scores, people_only=_given.people_only)


@st.cache_resource(max_entries=16, show_spinner=False)
def _ruled(
    run_id: str, seed: int, given_id: str, scenario: Scenario, home: str, _given: Given
) -> "Ruled":
    from core.scenarios.ruled import rule_cases

    model = _model(run_id, home)
    scores = _scores(run_id, seed, given_id, home, _given)
    return rule_cases(scenario, scores, model.agents, model.classes)


@st.cache_resource(max_entries=32, show_spinner="Finding an assignment …")
def _suggested(
    run_id: str,
    seed: int,
    given_id: str,
    scenario: Scenario | None,
    places: tuple[int, ...] | None,
    home: str,
    _given: Given,
) -> Suggested:
    from core.scenarios.room import NoRoomError, check_room
    from core.scenarios.worklist import nearest_capacities, worklist

    cases = _scores(run_id, seed, given_id, home, _given)
    names, may = _model(run_id, home).agents, cases.may
    if scenario is not None:
        may = _ruled(run_id, seed, given_id, scenario, home, _given).may
    try:
        if places is not None:
            exact = np.asarray(places)
            check_room(may, exact, exact, names, cases.kept_words)
            return Suggested(places)
        assert scenario is not None
        least, most = _ruled(run_id, seed, given_id, scenario, home, _given).bounds()
        best = worklist(cases, least, most, may, agents=names)
        return Suggested(tuple(np.bincount(best.chosen, minlength=len(least)).tolist()))
    except NoRoomError as error:
        near = nearest_capacities(cases, error.minimum, error.maximum, may)
        return Suggested(tuple(near.loads.tolist()), str(error))


@st.cache_resource(max_entries=16, show_spinner=False)
def _assigned(
    run_id: str,
    seed: int,
    given_id: str,
    places: tuple[int, ...],
    online: bool,
    scenario: Scenario | None,
    home: str,
    _given: Given,
) -> "Routed":
    from core.scenarios.routed import in_one_go, one_by_one
    from core.scenarios.worklist import capacities

    model = _model(run_id, home)
    scores = _scores(run_id, seed, given_id, home, _given)
    plain = dict(zip(model.agents, places, strict=True))
    least, most = (np.asarray(c) for c in capacities(plain, model.agents, len(_given.cases)))
    rules = None
    if scenario is not None:
        rules = _ruled(run_id, seed, given_id, scenario, home, _given)
    if online:
        return one_by_one(
            scores,
            least,
            most,
            model.agents,
            model.classes,
            validation=model.validation(seed),
            seed=seed,
            ruled=rules,
        )
    return in_one_go(scores, least, most, model.agents, model.classes, rules)
