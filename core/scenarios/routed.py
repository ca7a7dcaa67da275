"""New cases assigned: all at once within capacities, or one at a time by prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from core.allocation.prices import fit_within_reach
from core.allocation.routing import able_agents
from core.encoding.ranges import listed_columns
from core.scenarios.reasons import capacity_reasons, kept_away, outside_range, price_reasons
from core.scenarios.room import check_room
from core.scenarios.ruled import Ruled, expected_right, permitted_so_far
from core.scenarios.scores import CaseScores
from core.scenarios.worklist import online, worklist


@dataclass(frozen=True, eq=False, kw_only=True)
class Routed:
    """The agents of new cases.

    Attributes:
      agents: names, the AI last. classes: names.
      cases: the model's scores of them.
      chosen: agent per case. reasons: one line per case.
      method: `highs`, all cases at once, or `prices`, one at a time.
      so_far: share of the cases so far per agent, after each case; None for `highs`.
      prices: in accuracy per case; None for `highs`.
      ruled: the scenario whose guard rules and duties apply; None for none.
      without_rules: agent per case if there were no guard rules, with the same capacities and
        duties; None where there are no guard rules.
      notes: limitations, in sentences.
    """

    agents: tuple[str, ...]
    classes: tuple[str, ...]
    cases: CaseScores
    chosen: Int[np.ndarray, " n"]
    reasons: list[str]
    method: Literal["highs", "prices"]
    so_far: Float[np.ndarray, "n K"] | None = None
    prices: Float[np.ndarray, " K"] | None = None
    ruled: Ruled | None = None
    without_rules: Int[np.ndarray, " n"] | None = None
    notes: tuple[str, ...] = ()

    def rules_cost(self, first: int | None = None) -> float | None:
        """Right decisions that the guard rules are expected to cost; None without any.

        Can be below zero one at a time, where the prices without rules happen to give other loads.

        Args:
          first: count the first so many cases only; None for all.
        """
        if self.without_rules is None:
            return None
        held = np.flatnonzero(self.cases.within[:first])
        value = self.cases.value[held]
        other, chosen = self.without_rules[held], self.chosen[held]
        return expected_right(value, other) - expected_right(value, chosen)

    def rules_moved(self, first: int | None = None) -> int:
        """Cases, of the first so many, that go to a different agent because of the guard rules."""
        other = self.without_rules
        return 0 if other is None else int((other != self.chosen)[:first].sum())

    @property
    def value(self) -> Float[np.ndarray, "n K"]:
        """Expected correctness per case and agent; NaN outside the range of training."""
        return np.where(self.cases.within[:, None], self.cases.value, np.nan).astype(float)

    @property
    def loads(self) -> Int[np.ndarray, " K"]:
        """Cases per agent."""
        return np.bincount(self.chosen, minlength=len(self.agents))

    @property
    def expected(self) -> Float[np.ndarray, " n"]:
        """Expected correctness of the agent of each case; NaN outside the range of training."""
        own = self.cases.value[np.arange(len(self.chosen)), self.chosen]
        return np.where(self.cases.within, own, np.nan)

    def supported(self, first: int | None = None) -> Float[np.ndarray, " m"]:
        """`expected` of the cases within the range of training.

        Args:
          first: count the first so many cases only; None for all.
        """
        expected = self.expected[:first].astype(float)
        return expected[~np.isnan(expected)]

    @property
    def expected_accuracy(self) -> float | None:
        """The accuracy that the model expects within the range of training; None for no cases."""
        known = self.supported()
        return float(known.mean()) if len(known) else None

    def expected_interval(self, first: int | None = None) -> tuple[float, float] | None:
        """95 % prediction interval of the accuracy, if the model's expectations hold.

        Each decision is right with its own probability, independently: a Poisson binomial
        distribution, which is too narrow for several cases of one patient. The error of the model's
        expectations is not included, nor are cases outside the range of training.

        Args:
          first: count the first so many cases only; None for all.

        Returns:
          Shares in [0, 1]; None for no cases.
        """
        chances = self.supported(first)
        if not len(chances):
            return None
        # By halves: convolving ten thousand cases one after another takes a hundred times as long.
        parts = [np.array([1.0 - p, p]) for p in chances]
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            parts = [np.convolve(*pair) for pair in pairs] + parts[len(parts) // 2 * 2 :]
        reached = parts[0].cumsum()
        low, high = np.searchsorted(reached, [0.025, 0.975])
        return float(low) / len(chances), float(min(high, len(chances))) / len(chances)

    def frame(self) -> pd.DataFrame:
        """A row per case, for a spreadsheet."""
        columns = {
            "case_id": self.cases.case_ids.astype(object),
            "agent": [self.agents[k] for k in self.chosen],
            "reason": self.reasons,
            "ai_answer": [self.classes[c] for c in self.cases.ai_answer],
        }
        outside = self.cases.outside
        columns["outside_training_range"] = (
            ["not known"] * len(self.chosen)
            if outside is None
            else [listed_columns(names) for names in outside]
        )
        for k, agent in enumerate(self.agents):
            columns[f"expected {agent}"] = np.round(self.value[:, k], 4)
        return pd.DataFrame(columns)


def in_one_go(
    cases: CaseScores,
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
    agents: Sequence[str],
    classes: Sequence[str],
    ruled: Ruled | None = None,
) -> Routed:
    """The optimal assignment within whole-number capacities and guard rules.

    Args:
      cases: to assign.
      minimum: cases per agent at least.
      maximum: cases per agent at most.
      agents: names, the AI last.
      classes: names.
      ruled: a scenario on these cases, whose rules and duties apply; None for none.

    Raises:
      ScenarioError: the capacities cannot be met under the rules.
    """
    may, free = _may(cases, ruled)
    chosen = worklist(cases, minimum, maximum, may, agents=agents).chosen
    without = None
    if ruled is not None and ruled.rules:
        without = worklist(cases, minimum, maximum, free, agents=agents).chosen
    reasons = _outside(
        capacity_reasons(cases.value, chosen, agents, maximum, may), chosen, agents, cases
    )
    return Routed(
        agents=tuple(agents),
        classes=tuple(classes),
        cases=cases,
        chosen=chosen,
        reasons=_with_rules(reasons, chosen, without, ruled),
        method="highs",
        ruled=ruled,
        without_rules=without,
    )


def one_by_one(
    cases: CaseScores,
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
    agents: Sequence[str],
    classes: Sequence[str],
    *,
    validation: CaseScores,
    seed: int,
    ruled: Ruled | None = None,
) -> Routed:
    """Each case on its own, at prices that meet the capacities' shares on validation cases.

    The realised loads come close to the capacities but do not meet them exactly, because future
    cases are unknown. Guard rules and duties always apply.

    Args:
      cases: in the order in which they arrive.
      minimum: cases per agent at least, of all the cases.
      maximum: cases per agent at most, of all the cases.
      agents: names, the AI last.
      classes: names.
      validation: the run's validation cases.
      seed: of the jitter that splits ties.
      ruled: a scenario on these cases, whose rules and duties apply; None for none.

    Raises:
      ScenarioError: capacities and rules together have no room for all cases.
    """
    may, free = _may(cases, ruled)
    count = max(len(cases), 1)
    notes: tuple[str, ...] = ()
    seen, seen_free = np.ones(validation.value.shape, bool), None
    if ruled is not None or cases.kept_words:
        check_room(may, minimum, maximum, agents, cases.kept_words)
    people_only = np.ix_(_drawn(cases, len(validation), seed), np.array(cases.ais))
    if ruled is not None:
        seen, notes = permitted_so_far(ruled, validation, classes)
        seen_free = np.repeat(np.asarray(ruled.free[:1].any(0))[None], len(seen), 0)
        seen_free[people_only] = False
    seen[people_only] = False
    low, high = minimum / count, maximum / count
    fitted = fit_within_reach(validation.value, low, high, seen, seed=seed)
    able = able_agents(fitted.allowed, may)
    chosen, so_far = online(cases, fitted.prices, able, seed=seed)
    without = None
    if ruled is not None and ruled.rules and seen_free is not None:
        other = fit_within_reach(validation.value, low, high, seen_free, seed=seed)
        without = online(cases, other.prices, able_agents(other.allowed, free), seed=seed).chosen
    reasons = price_reasons(cases.value, chosen, agents, fitted.prices, able)
    reasons = _outside(reasons, chosen, agents, cases)
    return Routed(
        agents=tuple(agents),
        classes=tuple(classes),
        cases=cases,
        chosen=chosen,
        reasons=_with_rules(reasons, chosen, without, ruled),
        method="prices",
        so_far=so_far,
        prices=fitted.prices,
        ruled=ruled,
        without_rules=without,
        notes=notes,
    )


def _may(
    cases: CaseScores, ruled: Ruled | None
) -> tuple[Bool[np.ndarray, "n K"], Bool[np.ndarray, "n K"]]:
    """Which agents may take which case, with the rules and without them."""
    if ruled is None:
        return cases.may, cases.may
    ruled.check_takers()
    return ruled.may, ruled.free & cases.may


def _drawn(cases: CaseScores, count: int, seed: int) -> Int[np.ndarray, " m"]:
    """Validation cases that stand for those that go to people only, in the same proportion.

    Otherwise the prices would leave people room that these cases take.
    """
    kept = (~cases.may[:, -1]).mean() if len(cases) else 0.0
    return np.random.default_rng(seed).permutation(count)[: round(float(kept) * count)]


def _outside(
    reasons: list[str], chosen: Int[np.ndarray, " n"], agents: Sequence[str], cases: CaseScores
) -> list[str]:
    """The reasons; cases outside the range of training have one without an expectation."""
    if cases.outside is None:
        return reasons
    return [
        outside_range(agents[agent], listed_columns(columns), people_only=cases.people_only)
        if columns
        else line
        for line, agent, columns in zip(reasons, chosen.tolist(), cases.outside, strict=True)
    ]


def _with_rules(
    reasons: list[str],
    chosen: Int[np.ndarray, " n"],
    without: Int[np.ndarray, " n"] | None,
    ruled: Ruled | None,
) -> list[str]:
    """The reasons, each with the rule that kept the case from the agent it would have gone to."""
    if ruled is None or without is None:
        return reasons
    return [
        line
        if first in (mine, -1) or not (rule := ruled.words(case, first))
        else kept_away(ruled.scenario.names[first], rule, line)
        for case, (line, mine, first) in enumerate(
            zip(reasons, chosen.tolist(), without.tolist(), strict=True)
        )
    ]
