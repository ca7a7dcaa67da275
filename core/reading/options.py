"""How a data set is read where only the user can say."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.base.report import clip, listed
from core.consensus.methods import LABELS, Method
from core.matching.roles import Roles

TruthWords = Literal["ask", "missing", "class"]
Ids = Literal["exact", "alike"]
Repeats = Literal["refuse", "first", "last", "majority"]
GivenSplit = Literal["given", "draw"]
Consensus = Literal["none", Method]


class ReadOptions(BaseModel):
    """Choices that only the user can make; problems offer them (`core.base.report.Choice`).

    Attributes:
      ignore_unknown_cases: leave out annotations of cases that are not listed, with a warning.
      truth_words: what a word for missing, such as NA, means where it is the ground truth of
        several cases: `ask` refuses the set with the question, `missing` leaves these cases
        out, `class` keeps it as a class.
      rate: which variant of per-expert JSON to read, such as "0.3"; None: those without a rate.
      answers: what an answer that is no class means: (answer, class), (answer, "") for no
        annotation, or (answer, answer) for an answer of its own, which is always wrong.
      ids: `alike` joins ids of annotations and cases that differ only in capitals, leading zeros,
        ".0", folders or endings.
      repeats: which of several annotations of a case by one expert counts.
      keep_columns: kept as features although they look like none.
      leave_out_columns: of the cases, not used as features.
      patients: the column that says whose case it is; "" guesses by name, "none" is none, "ids"
        takes the beginning of the case ids.
      split: `draw` draws train and test again although the set has splits.
      test_folds: of a column of folds, those of the test cases; all others are train cases.
      missing_words: what says that something is missing, in place of the usual words.
      roles: what the columns of other tables than cases.csv and annotations.csv are for; None
        guesses.
      finding: which of several findings is read.
      cut: readers' scores from here on are answers of the class `positive`; where the ground
        truth is grades, those from here on are one class of it, and those below the other.
      positive: the class that a high score speaks for; "" guesses.
      primary_ai: which of several AIs is the one that coverage counts; "" the first.
      consensus: which consensus of the experts is the truth of cases that have none; `none` leaves
        such cases out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ignore_unknown_cases: bool = False
    truth_words: TruthWords = "ask"
    rate: str | None = None
    answers: tuple[tuple[str, str], ...] = ()
    ids: Ids = "exact"
    repeats: Repeats = "refuse"
    keep_columns: tuple[str, ...] = ()
    leave_out_columns: tuple[str, ...] = ()
    patients: str = ""
    split: GivenSplit = "given"
    test_folds: tuple[str, ...] = ()
    missing_words: tuple[str, ...] | None = None
    roles: Roles | None = None
    finding: str = ""
    cut: float | None = None
    positive: str = ""
    primary_ai: str = ""
    consensus: Consensus = "none"

    @property
    def fills(self) -> bool:
        """Whether a consensus takes the place of a ground truth that is not known."""
        return self.consensus != "none"

    def choose(self, option: str, value: Any) -> "ReadOptions":
        """The options with one more choice; tuples grow, and the last choice of a name counts.

        Raises:
          ValidationError: there is no such option, or it cannot have that value.
        """
        old = self.model_dump()
        if option == "answers":
            value = tuple({**dict(self.answers), **dict(value)}.items())
        elif option in (
            other := {"keep_columns": "leave_out_columns", "leave_out_columns": "keep_columns"}
        ):
            value = tuple(dict.fromkeys([*old[option], *value]))
            old[other[option]] = tuple(v for v in old[other[option]] if v not in value)
        elif option in (other := {"split": "test_folds", "test_folds": "split"}):
            old[other[option]] = getattr(ReadOptions(), other[option])  # one way to choose them
        return ReadOptions.model_validate(old | {option: value})

    def chosen(self) -> list[str]:
        """What differs from the usual options, in words."""
        usual = ReadOptions()
        return [
            _WORDS[option] + ("" if value is True else f": {_value(value, option)}")
            for option in ReadOptions.model_fields
            if (value := getattr(self, option)) != getattr(usual, option)
        ]


_WORDS = {
    "ignore_unknown_cases": "annotations of cases that are not listed are left out",
    "truth_words": "a word for missing as the ground truth",
    "rate": "missing rate of the manifests",
    "answers": "answers that are no class",
    "ids": "case ids that are nearly the same",
    "repeats": "of several annotations of a case by one expert",
    "keep_columns": "kept as features",
    "leave_out_columns": "not used as features",
    "patients": "patients",
    "split": "splits",
    "test_folds": "folds of the test cases",
    "missing_words": "words for missing",
    "roles": "columns",
    "finding": "finding",
    "cut": "cut of scores or grades",
    "positive": "class that a high score speaks for",
    "primary_ai": "the AI",
    "consensus": "consensus as the truth of cases that have none",
}
_VALUES = {
    "missing": "the truth is missing",
    "class": "a class",
    "alike": "joined",
    "first": "the first counts",
    "last": "the last counts",
    "majority": "the majority counts",
    "draw": "drawn again",
}


def _value(value: Any, option: str) -> str:
    if isinstance(value, Roles):
        return "as matched"
    if option == "consensus":
        return LABELS[value]
    if not isinstance(value, tuple):
        return _VALUES.get(str(value), clip(value, 60))
    texts = [f"{v[0]} = {v[1] or 'no annotation'}" if isinstance(v, tuple) else v for v in value]
    return listed(texts) if texts else "none"
