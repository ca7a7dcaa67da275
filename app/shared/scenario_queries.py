"""Scenarios answered by a finished run's model: cached by run, seed and what was asked.

A model's scores, the resampling weights and every answer are made once for all sessions and
changed by nobody, so a control that comes back to where it was costs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st

from app.shared.data_queries import data_id_of, dataset, home
from app.shared.point_queries import weights_of
from app.shared.run_queries import run, runs, runs_of, store, submit
from core.config.bounds import Bounds
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AI, AnnotationSet
from core.em.bounds import BoundsError
from core.scenarios.agent_bounds import run_bounds
from core.scenarios.answer import Answer, answer
from core.scenarios.case_list import CaseList, case_list
from core.scenarios.explain import Explained, explain
from core.scenarios.nearest import Obstacle, obstacle
from core.scenarios.outcomes import BASELINES, Outcome, ai_alone, as_recorded, equal, outcome_of
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario, ScenarioError
from core.scenarios.solution import Solution, solve
from core.scenarios.sweep import Setting, SweepRow, sweep
from core.scenarios.truths import OtherTruth, UnderTruth, other_truths
from core.scenarios.truths import under_truths as measure_under

if TYPE_CHECKING:
    from core.record.record import RunRecord
    from core.record.scenario_store import Saved, ScenarioStore

_ANSWERS = 128  # kept for all sessions; each takes 0.4 MB per 10,000 test cases


class Model(NamedTuple):
    """One trained model of a run.

    Attributes:
      run_id: of the run. seed: of the model. data_id: `Entry.id` of the run's data set.
    """

    run_id: str
    seed: int
    data_id: str


class Asked(NamedTuple):
    """An answer, or why there is none.

    Attributes:
      answer: None where the scenario is impossible.
      obstacle: why it is, with the nearest that is possible.
      why: what else is in the way, in words; empty where nothing is.
    """

    answer: Answer | None
    obstacle: Obstacle | None = None
    why: str = ""


def scores(model: Model) -> tuple[Scores | None, str]:
    """What the model says of its validation and test cases, or why that is not available."""
    from core.record.scenario_scores import ScoresError

    try:
        return _scores(model.run_id, model.seed, model.data_id, home()), ""
    except ScoresError as error:
        return None, f"This run cannot answer: {error}."


def ask(model: Model, scenario: Scenario, baseline: str, class_index: int, coming: int) -> Asked:
    """The scenario's answer against a baseline.

    Args:
      model: that answers.
      scenario: what is asked.
      baseline: one of `BASELINES`, or the id of a saved scenario.
      class_index: class that is looked at.
      coming: how many cases the promised workloads are about.
    """
    found, why = scores(model)
    if found is None:
        return Asked(None, None, why)
    # Names and costs change no allocation, but they are part of the answer.
    try:
        return Asked(_answered(model, scenario, baseline, class_index, coming, home()))
    except _Impossible as error:
        return Asked(None, error.obstacle)
    except ScenarioError as error:
        return Asked(None, None, f"This scenario does not go with this run: {error}")


def cases(model: Model, scenario: Scenario, baseline: str) -> tuple[CaseList | None, Asked]:
    """The test cases of a scenario against a baseline, or why there are none.

    Args:
      model: the trained model.
      scenario: the scenario.
      baseline: one of the plain practices, or the id of a saved scenario.
    """
    asked = ask(model, scenario, baseline, 0, scenario.cases_per_day)
    found, _ = scores(model)
    if asked.answer is None or found is None:
        return None, asked
    explained = _explained(model, scenario, home(), asked.answer.solution)
    return case_list(explained, found, asked.answer.baseline.chosen), asked


def under_truths(model: Model, solution: Solution) -> tuple[UnderTruth, ...]:
    """A scenario's accuracy under other truths; none where the ground truth is known."""
    truths = _truths(model.data_id, home())
    found, _ = scores(model)
    if not truths or found is None:
        return ()
    weights = weights_of(found.patients, len(found.test))
    return measure_under(solution.chosen, found, weights, truths)


def sweep_rows(model: Model, scenario: Scenario, setting: Setting) -> Sequence[SweepRow]:
    """Accuracy at each value of one setting."""
    return _swept(model, scenario, setting, home())


def saved(content_hash: str) -> "list[Saved]":
    """Saved scenarios of a data set, the newest first."""
    return list(_saved().list(content_hash))


def baselines(content_hash: str) -> Mapping[str, str]:
    """What a scenario can be compared with: plain practice, then saved scenarios."""
    return {**BASELINES, **{s.id: f"Saved: {s.name}" for s in saved(content_hash)}}


def save(scenario: Scenario, model: Model) -> str:
    """Keeps a scenario under its name and returns its id.

    Raises:
      ScenarioError: it has no name.
    """
    content_hash = dataset(model.data_id).content_hash
    return _saved().save(scenario, model.run_id, content_hash).id


def rename_saved(saved_id: str, name: str) -> None:
    """Gives a saved scenario another name."""
    _saved().rename(saved_id, name)


def delete_saved(saved_id: str) -> None:
    """Forgets a saved scenario."""
    _saved().delete(saved_id)


def damaged() -> list[str]:
    """Ids of saved scenarios whose files cannot be read."""
    return _saved().damaged()


def remove_damaged() -> None:
    """Deletes the files of saved scenarios that cannot be read."""
    _saved().remove_damaged()


def config_of(scenario: Scenario, model: Model) -> TrainConfig:
    """The run's settings with the scenario's bounds, in shares.

    Raises:
      ConfigError: nobody can train with them. LookupError: the run is gone.
    """
    record = run(model.run_id)
    if record is None:
        raise LookupError(model.run_id)
    data = dataset(model.data_id)
    return replace(record.config, **_bounds(scenario, data))


def train_with_bounds(scenario: Scenario, model: Model, name: str) -> str:
    """Queues a run with the scenario's bounds and returns its id."""
    return submit(model.data_id, config_of(scenario, model), name)


def trained_with_bounds(scenario: Scenario, model: Model) -> "list[RunRecord]":
    """Runs on the same data set with the scenario's bounds, the newest first."""
    try:
        wanted = config_of(scenario, model)
    except (ConfigError, BoundsError, LookupError):
        return []
    content_hash = dataset(model.data_id).content_hash
    return [r for r in runs_of(content_hash) if r.config.bounded and _alike(r.config, wanted)]


def finished_runs(limit: int = 200) -> "list[RunRecord]":
    """Finished runs whose data set is still here, the newest first."""
    known: dict[str, bool] = {}
    kept = []
    for record in runs(limit=limit, states=("finished",)):
        if record.dataset_hash not in known:
            known[record.dataset_hash] = data_id_of(record.dataset_hash) is not None
        if known[record.dataset_hash]:
            kept.append(record)
    return kept


class _Impossible(Exception):
    """An exception, because the cache keeps return values: what is impossible is not kept."""

    def __init__(self, found: Obstacle):
        super().__init__(found.reason)
        self.obstacle = found


def _bounds(scenario: Scenario, data: AnnotationSet) -> dict[str, Any]:
    away = data.excluded_experts
    off = [
        name
        for name, terms in scenario.agents
        if not terms.on_duty and name != AI and name not in away
    ]
    bounds = run_bounds(dict(scenario.agents), scenario.cases_per_day, away)
    return {"bounds": bounds, "off_duty": tuple(off)}


def _alike(config: TrainConfig, wanted: TrainConfig) -> bool:
    """Whether two settings bind everybody alike."""
    ours, theirs = config.bounds or Bounds(), wanted.bounds or Bounds()
    return set(config.off_duty) == set(wanted.off_duty) and ours.near(theirs)


def _saved() -> "ScenarioStore":
    from core.record.scenario_store import ScenarioStore

    return ScenarioStore(Path(home()))


@st.cache_resource(max_entries=8, show_spinner=False)
def _scores(run_id: str, seed: int, data_id: str, home: str) -> Scores:
    from core.record.scenario_scores import load_scores

    return load_scores(store(), run_id, dataset(data_id), seed)


@st.cache_resource(max_entries=8, show_spinner=False)
def _truths(data_id: str, home: str) -> tuple[OtherTruth, ...]:
    return other_truths(dataset(data_id))


@st.cache_resource(max_entries=16, show_spinner=False)
def _explained(model: Model, scenario: Scenario, home: str, _solution: Solution) -> Explained:
    found, _ = scores(model)
    assert found is not None
    return explain(_solution, found.test, found.classes, _solution.chosen)


@st.cache_resource(max_entries=_ANSWERS, show_spinner=False)
def _solved(model: Model, scenario: Scenario, home: str) -> Solution:
    # Always from nothing: started from the last one, ties could fall another way, and a link
    # opened elsewhere would show other numbers.
    found, _ = scores(model)
    assert found is not None
    if (trouble := obstacle(scenario, found)) is not None:
        raise _Impossible(trouble)
    return solve(scenario, found)


@st.cache_resource(max_entries=_ANSWERS, show_spinner=False)
def _answered(
    model: Model, scenario: Scenario, baseline: str, class_index: int, coming: int, home: str
) -> Answer:
    found, _ = scores(model)
    assert found is not None
    weights = weights_of(found.patients, len(found.test))
    return answer(
        _solved(model, scenario, home),
        found,
        weights,
        baseline=_baseline(model, baseline, _on_duty(scenario, baseline), home),
        class_index=class_index,
        coming_cases=coming,
    )


def _on_duty(scenario: Scenario, baseline: str) -> tuple[str, ...]:
    """Who shares the work in the baseline where everyone is equal; no other asks."""
    if baseline != "equal":
        return ()
    return tuple(name for name, terms in scenario.agents if terms.on_duty and name != AI)


@st.cache_resource(max_entries=32, show_spinner=False)
def _baseline(model: Model, name: str, on: tuple[str, ...], home: str) -> Outcome:
    found, _ = scores(model)
    assert found is not None
    weights = weights_of(found.patients, len(found.test))
    if name == "as_recorded":
        return as_recorded(found, weights)
    if name == "ai_alone":
        return ai_alone(found, weights)
    if name == "equal":
        return equal(found, weights, np.array([a in on for a in found.agents[:-1]], bool))
    return outcome_of(_solved(model, _saved().get(name).scenario, home), found, weights)


@st.cache_resource(max_entries=16, show_spinner=False)
def _swept(model: Model, scenario: Scenario, setting: Setting, home: str) -> Sequence[SweepRow]:
    found, _ = scores(model)
    assert found is not None
    return tuple(sweep(scenario, found, weights_of(found.patients, len(found.test)), setting))
