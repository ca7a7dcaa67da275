"""`route`: assigns new cases with a trained model, within capacities or one at a time.

With a scenario its guard rules and duties hold without exception.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.base.export import csv_text
from core.base.files import atomic_write
from core.base.report import Report, clip
from core.cli.options import UsageError
from core.consensus.methods import in_short
from core.dataset.agent_names import called
from core.experiment.kept_models import ModelError, RunModel, open_folder
from core.reading.new_cases import NewCases, read_new_cases
from core.record.models import open_run
from core.record.store import RunStore
from core.scenarios.exchange import SeveralError, scenario_in
from core.scenarios.room import NoRoomError
from core.scenarios.routed import Routed, in_one_go, one_by_one
from core.scenarios.ruled import Ruled, rule_cases, with_scenario
from core.scenarios.scores import CaseScores
from core.scenarios.settings import Scenario, ScenarioError
from core.scenarios.worklist import capacities, nearest_capacities, read_capacities


def route(options: argparse.Namespace) -> dict[str, Any]:
    """The worklist as one plain object, and as a table when one is asked for.

    Raises:
      UsageError, DataError: something given cannot be used.
    """
    plain = {} if options.capacities is None else options.capacities.content
    scenario = _scenario(options)
    try:
        model = _model(options.model)
        seed = model.seeds[0] if options.seed is None else options.seed
        validation = model.validation(seed)
        cases, report = read_new_cases(options.cases, model.form)
        scores = replace(model.scores(cases, seed), people_only=options.outside != "ai")
    except ModelError as error:
        raise UsageError(str(error)) from None
    ruled = None
    if scenario is not None:
        ruled = _ruled(options.scenario.path, scenario, scores, model)
    source = (
        f"--scenario {options.scenario.path}"
        if options.capacities is None
        else f"--capacities {options.capacities.path}"
    )
    try:
        # Under rules there may be room for fewer than the capacities add up to.
        read = capacities if ruled is None else read_capacities
        minimum, maximum = read(_asked(plain, model, ruled), model.agents, len(cases))
        if options.online:
            routed = one_by_one(
                scores,
                minimum,
                maximum,
                model.agents,
                model.classes,
                validation=validation,
                seed=seed,
                ruled=ruled,
            )
        else:
            routed = in_one_go(scores, minimum, maximum, model.agents, model.classes, ruled)
    except NoRoomError as error:
        also = "; --outside ai lets the AI take them" if scores.kept_words else ""
        nearest = _nearest(error, scores, model, ruled)
        raise UsageError(f"{source}: {error}{also}{nearest}") from None
    except ScenarioError as error:
        raise UsageError(f"{source}: {error}") from None
    if options.out is not None:
        known = {} if model.consensus is None else {"ground_truth": in_short(model.consensus)}
        _write(options.out, csv_text(routed.frame().assign(**known)))
    limits = zip(model.agents, minimum.tolist(), maximum.tolist(), strict=True)
    return {
        "model": {
            "name": model.name,
            "dataset": model.dataset_name,
            "content_hash": model.content_hash,
            "simulated": model.simulated,
            "seed": seed,
            **({} if model.consensus is None else {"consensus": model.consensus}),
        },
        "cases": len(cases),
        "method": routed.method,
        "capacities": {agent: {"least": low, "most": high} for agent, low, high in limits},
        "loads": _by_agent(routed, routed.loads),
        "expected_accuracy": routed.expected_accuracy,
        "expected_accuracy_interval": routed.expected_interval(),
        "outside_training_range": None
        if scores.outside is None
        else {"cases": int((~scores.within).sum()), "go_to": options.outside or "people"},
        "scenario": None if ruled is None else _rules(ruled, routed),
        "prices": None if routed.prices is None else _by_agent(routed, routed.prices),
        "assignments": _assignments(routed),
        "warnings": _warnings(model, cases, report, routed, maximum),
    }


def _scenario(options: argparse.Namespace) -> Scenario | None:
    if options.scenario is None:
        return None
    path, plain = options.scenario
    try:
        return scenario_in(plain, options.scenario_name)
    except SeveralError as error:
        raise UsageError(f"--scenario {path}: {error} with --scenario-name") from None
    except ScenarioError as error:
        raise UsageError(f"--scenario {path}: {error}") from None


def _ruled(path: Path, scenario: Scenario, scores: CaseScores, model: RunModel) -> Ruled:
    try:
        ruled = rule_cases(scenario, scores, model.agents, model.classes)
        ruled.check_takers()
    except ScenarioError as error:
        raise UsageError(f"--scenario {path}: {error}") from None
    return ruled


def _asked(plain: Any, model: RunModel, ruled: Ruled | None) -> Any:
    """Capacities of agents without one: the scenario's, or 0 for experts left out in training."""
    if not isinstance(plain, Mapping):
        return plain
    if ruled is not None:
        return with_scenario(plain, ruled)
    # Who had no annotation in train, or was off duty there, gets nothing unless named.
    return {**dict.fromkeys(model.left_out, 0), **plain} if plain else plain


def _nearest(error: NoRoomError, scores: CaseScores, model: RunModel, ruled: Ruled | None) -> str:
    """The nearest capacities that can be met, in words; guard rules and duties stay."""
    may = ruled.may if ruled is not None else scores.may
    if not len(scores) or len(error.stuck):
        return ""
    near = nearest_capacities(scores, error.minimum, error.maximum, may)
    changed = []
    for k, name in enumerate(model.agents):
        low, high = near.minimum[k], near.maximum[k]
        if (low, high) == (error.minimum[k], error.maximum[k]):
            continue
        exact = error.minimum[k] == error.maximum[k]
        span = f"{near.loads[k]:,}" if exact else f"{low:,} to {high:,}"
        changed.append(f"{called(name)} {span}")
    return f"; the nearest that can be met: {', '.join(changed)}"


def _rules(ruled: Ruled, routed: Routed) -> dict[str, Any]:
    """What held, how many cases it was about, and what it cost."""
    rules = zip(ruled.rules, ruled.kept.tolist(), strict=True)
    return {
        "name": ruled.scenario.name,
        "off_duty": list(ruled.off_duty),
        "rules": [{"rule": rule, "cases": cases} for rule, cases in rules],
        "expected_right": float(routed.supported().sum()),
        "rules_cost": routed.rules_cost(),
        "rules_moved": routed.rules_moved(),
    }


def _model(text: str) -> RunModel:
    path = Path(text)
    return open_folder(path) if path.is_dir() else open_run(RunStore(), text)


def _by_agent(routed: Routed, values: Any) -> dict[str, Any]:
    return dict(zip(routed.agents, values.tolist(), strict=True))


def _assignments(routed: Routed) -> list[dict[str, Any]]:
    so_far = routed.so_far
    entries = []
    for i, agent in enumerate(routed.chosen.tolist()):
        entry = {
            "case_id": str(routed.cases.case_ids[i]),
            "agent": routed.agents[agent],
            "reason": routed.reasons[i],
            "ai_answer": routed.classes[int(routed.cases.ai_answer[i])],
            "expected_correctness": _by_agent(routed, routed.value[i]),
            "outside_training_range": None
            if routed.cases.outside is None
            else list(routed.cases.outside[i]),
        }
        if so_far is not None:
            entry["load_so_far"] = _by_agent(routed, so_far[i])
        entries.append(entry)
    return entries


def _warnings(
    model: RunModel, cases: NewCases, report: Report, routed: Routed, maximum: Any
) -> list[str]:
    warnings = [problem.sentence() for problem in report.warnings]
    warnings += routed.notes
    if routed.ruled is not None:
        warnings += routed.ruled.notes
    if outside := int((~routed.cases.within).sum()):
        warnings.append(
            f"{outside:,} of {len(cases):,} cases lie outside the range of training: the model's "
            "expectations do not hold for them, and the expected accuracy leaves them out"
        )
    if model.simulated:
        warnings.append("the experts of this model are simulated")
    if model.consensus is not None:
        warnings.append(f"the model was trained on a {in_short(model.consensus)}")
    busy = [a for a, load in zip(model.agents, routed.loads, strict=True) if load]
    if strange := [a for a in busy if a in model.left_out]:
        warnings.append(
            f"{', '.join(strange)} had no annotation in train or was off duty there, and gets cases"
        )
    over = [
        f"{agent} gets {load:,} cases, at most {limit:,} were wanted"
        for agent, load, limit in zip(model.agents, routed.loads, maximum, strict=True)
        if load > limit
    ]
    if over:
        warnings.append(
            f"one case at a time the capacities are met on average only: {'; '.join(over)}"
        )
    return warnings


def _write(out: Path, text: str) -> None:
    try:
        atomic_write(out, text.encode())
    except OSError as error:
        raise UsageError(f"--out {clip(out)}: {error.strerror or error}") from None
