"""Who decided which test case, and how: recomputed from a run's outputs and prices.

A result holds shares only; the decisions follow exactly from the stored scores, the prices and the
seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int, Shaped

from core.allocation.routing import allowed_agents, route
from core.dataset.annotation_set import AnnotationSet
from core.dataset.patients import clusters
from core.evaluation.team import Team, team_of
from core.methods.rules import RULES
from core.results.models import Measured


class DecisionsError(ValueError):
    """The decisions cannot be recomputed; the message says why."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Decided:
    """Decisions of one rule at one target and seed on the test cases.

    Attributes:
      case_ids: of the test cases, in the set's order.
      truth: class per case.
      chosen: agent per case, the AI last.
      ai_decision: the AI's class per case, for cases of experts too.
      annotations: answer per case and expert where `annotated`.
      annotated: whether the expert annotated the case.
      seed: of the run.
      patients: number of the patient of each case; None where none are known.
    """

    case_ids: np.ndarray
    truth: Int[np.ndarray, " n"]
    chosen: Int[np.ndarray, " n"]
    ai_decision: Int[np.ndarray, " n"]
    annotations: Shaped[np.ndarray, "n M"]
    annotated: Bool[np.ndarray, "n M"]
    seed: int
    patients: Int[np.ndarray, " n"] | None = None

    @cached_property
    def team(self) -> Team:
        """Its workloads and measured accuracy."""
        return team_of(self.chosen, self.ai_decision, self.truth, self.annotations, self.annotated)

    def table(self, answers: tuple[str, ...], agents: tuple[str, ...]) -> pd.DataFrame:
        """A row per case: case_id, seed, goes_to, decision, truth, right.

        `answers` are names: the classes, then the answers of experts that are no classes.
        Decision and right are empty where the expert it goes to did not annotate it.
        """
        measured, names = self.team.measured, np.asarray(answers, object)
        said = np.where(measured, names[np.where(measured, self.team.decision, 0)], "")
        right = np.where(self.team.correct, "yes", "no")
        return pd.DataFrame(
            {
                "case_id": np.asarray(self.case_ids, object),
                "seed": self.seed,
                "goes_to": np.asarray(agents, object)[self.chosen],
                "decision": said,
                "truth": names[self.truth],
                "right": np.where(measured, right, ""),
            }
        )


def decided(dataset: AnnotationSet, outputs: Mapping[str, np.ndarray], point: Measured) -> Decided:
    """The decisions behind one point of a result.

    Args:
      dataset: the set the run was trained on.
      outputs: of the point's seed, as `RunStore.outputs` reads them.
      point: of the run.

    Raises:
      DecisionsError: the outputs do not belong to this point and data set.
    """
    test, rule, seed = outputs["test_index"], point.rule, point.seed
    if len(test) and int(test.max()) >= len(dataset.truth):
        raise DecisionsError("The stored outputs belong to another data set.")
    scores, answer = _scores(outputs, rule, point.target)
    prices, allowed = _prices(point, dataset.agents)
    chosen = route(scores, prices, allowed=allowed, seed=seed)
    load = np.bincount(chosen, minlength=len(dataset.agents)) / max(len(chosen), 1)
    known = np.array([point.workload.get(agent, np.nan) for agent in dataset.agents])
    if not np.allclose(load, known, atol=1e-9):
        raise DecisionsError(
            "The stored outputs do not reproduce the workloads that the run reported, so its "
            "decisions cannot be shown."
        )
    return Decided(
        case_ids=np.asarray(dataset.case_ids)[test],
        truth=np.asarray(dataset.truth[test], int),
        chosen=chosen,
        ai_decision=np.asarray(answer, int),
        annotations=dataset.annotations[test],
        annotated=dataset.annotated[test],
        seed=seed,
        patients=clusters(dataset.groups, test),
    )


def _scores(
    outputs: Mapping[str, np.ndarray], rule: str, target: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """The rule's score per test case and agent, and the AI's decisions."""
    if not RULES[rule].own:
        return outputs["value_test"], outputs["ai_answer_test"]
    if "scores_test" not in outputs:
        raise DecisionsError(f"The run stored no outputs for the rule {rule}.")
    targets = outputs["targets"]
    row = np.flatnonzero(np.isnan(targets) if target is None else np.isclose(targets, target))
    if len(row) != 1:
        raise DecisionsError("The run stored no outputs for this target.")
    where = int(row[0])
    return outputs["scores_test"][where], outputs["ai_probabilities_test"][where].argmax(1)


def _prices(point: Measured, agents: tuple[str, ...]) -> tuple[np.ndarray | None, np.ndarray]:
    """Prices, and which agents may get cases: with prices, those that have one."""
    if point.prices is None:
        lower, upper = (np.array([point.bounds[a][i] for a in agents]) for i in (0, 1))
        return None, allowed_agents(lower, upper)
    known = [point.prices.get(agent) for agent in agents]
    prices = np.array([0.0 if p is None else p for p in known])
    return prices, np.array([p is not None for p in known])
