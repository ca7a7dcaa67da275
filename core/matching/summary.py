"""What follows from the roles of the columns, said before anything is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.base.report import DataError, Report, clip
from core.consensus.answers import Answers
from core.consensus.checks import Check, check_votes
from core.dataset.group_names import is_group
from core.encoding.missing_words import stands_for_missing
from core.files.table import Table
from core.matching.apply import CASE, EXPERT, LABEL, Join, Matched, apply
from core.matching.facts import Column
from core.matching.grades import in_order
from core.matching.names import names_person
from core.matching.roles import Role, Roles

_MOST_CHECKED = 1_000_000  # answers × classes: a consensus of more takes seconds


@dataclass(frozen=True)
class Summary:
    """What an upload amounts to.

    Attributes:
      cases: how many. answers: of each reader, how many. classes: cases of each, from the truth.
      with_truth: how many cases have a ground truth.
      features: how many columns are used as features. ais: how many AIs there are.
      checks: where some cases have one, how often a consensus of the readers gives it.
      matched: the tables in the one form; None where they cannot be put into it.
      report: why not, and what to look at.
    """

    cases: int
    answers: Mapping[str, int]
    classes: Mapping[str, int]
    with_truth: int
    features: int
    ais: int
    matched: Matched | None
    report: Report
    checks: tuple[Check, ...] = ()

    @property
    def missing(self) -> float:
        """Share of case–reader pairs without an answer."""
        pairs = self.cases * len(self.answers)
        return 1.0 - sum(self.answers.values()) / pairs if pairs else 0.0

    def sentence(self) -> str:
        """The summary in one line."""
        truth = (
            "no ground truth"
            if not self.with_truth
            else "ground truth for all"
            if self.with_truth == self.cases
            else f"ground truth for {self.with_truth:,}"
        )
        ais = f", {self.ais} AIs" if self.ais > 1 else ""
        readers = "reader" if len(self.answers) == 1 else "readers"
        return (
            f"{self.cases:,} cases, {len(self.answers):,} {readers}, "
            f"{sum(self.answers.values()):,} answers, {100 * self.missing:.0f} % missing, "
            f"{truth}{ais}"
        )


def summarise(tables: Sequence[Table], roles: Roles, join: Join | None = None) -> Summary:
    """What an upload amounts to under some roles; errors are in its report.

    Args:
      tables: of the upload.
      roles: of their columns.
      join: see `apply`.
    """
    report = Report()
    try:
        matched = apply(tables, roles, report, join)
    except DataError:
        return Summary(0, {}, {}, 0, 0, 0, None, report)
    cases, answers = matched.cases.frame, matched.answers.frame
    said = answers[_filled(answers[LABEL])]
    said = said[~said[EXPERT].isin(matched.machines)]
    counts = said.drop_duplicates([CASE, EXPERT])[EXPERT].value_counts()
    truth = cases[LABEL][_filled(cases[LABEL])] if LABEL in cases else cases[CASE][:0]
    known = {str(name): int(n) for name, n in truth.value_counts().items()}
    features = sum(
        len(table.having(Role.FEATURE)) for table in roles.tables.values() if table.columns
    )
    return Summary(
        cases=len(cases),
        answers={str(name): int(n) for name, n in counts.items()},
        classes={name: known[name] for name in in_order(list(known))},
        with_truth=len(truth),
        features=features,
        ais=(matched.ai is not None) + len(matched.machines),
        matched=matched,
        report=report,
        checks=_checks(matched) if 0 < len(truth) < len(cases) else (),
    )


def _checks(matched: Matched) -> tuple[Check, ...]:
    """How often a consensus of the readers gives the known truth, where that is found at once."""
    cases, answers = matched.cases.frame, matched.answers.frame
    answers = answers[_filled(answers[LABEL])].drop_duplicates([CASE, EXPERT])
    place = pd.Index(cases[CASE]).get_indexer(answers[CASE])
    answers, place = answers[place >= 0], place[place >= 0]
    known = _filled(cases[LABEL])
    truth = cases[LABEL].to_numpy(object)[known]
    words = np.concatenate([truth, answers[LABEL].to_numpy(object)]).astype(str)
    codes, classes = pd.factorize(words)
    expert, experts = pd.factorize(answers[EXPERT].to_numpy(object))
    if len(answers) * len(classes) > _MOST_CHECKED or len(classes) < 2:
        return ()
    of_case = np.full(len(cases), -1)
    of_case[known] = codes[: len(truth)]
    found = Answers(
        case=place,
        expert=expert,
        said=codes[len(truth) :],
        cases=len(cases),
        experts=len(experts),
        classes=len(classes),
        kinds=len(classes),
        known=of_case,
    )
    groups = {name: cases[name].to_numpy(str) for name in cases if is_group(name)}
    try:
        return check_votes(found, groups)
    except ValueError:
        return ()


def tell_unused_readers(tables: Sequence[Table], roles: Roles, report: Report) -> None:
    """Names columns called like readers that are none, as each holds one answer only.

    Args:
      tables: of the upload.
      roles: as guessed.
      report: takes the warning.
    """
    columns = (
        Column(table, name)
        for table in tables
        if table.name in roles.tables
        for name in roles.tables[table.name].having(Role.IGNORE)
        if names_person(name)
    )
    single = {c.name: str(c.levels[0]) for c in columns if len(c.levels) == 1}
    if single:
        said = [f"{clip(name, 40)} (only {clip(value, 40)!r})" for name, value in single.items()]
        report.warn(
            "columns that are called like readers are not used",
            found=", ".join(said[:8]),
            remedy="each holds one answer only, which nobody else gave; if it is a reader's, say "
            "so when the columns are matched",
            count=len(single),
        )


def _filled(labels: pd.Series) -> np.ndarray:
    codes, levels = pd.factorize(labels.to_numpy(object))
    there = [bool(v) and not stands_for_missing(str(v), numbered=False) for v in levels]
    return np.array(there, bool)[codes] if len(levels) else np.zeros(len(labels), bool)
