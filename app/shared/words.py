"""The words and number formats of the screen, in one place."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from core.base import percents
from core.base.names import isolated
from core.methods import rules
from core.methods.registry import METHODS

if TYPE_CHECKING:
    from core.config.train_config import TrainConfig
    from core.scenarios.settings import AgentTerms, Scenario

TITLE = "Caseload"
UNKNOWN = "–"  # shown where there is no number

ABOUT = (
    "Caseload answers one question: which cases should the AI decide, and which go to which human "
    "expert? It learns from annotations where each expert has seen only some of the cases, and it "
    "keeps everyone's workload within the bounds you set. "
    "The result is a curve: the team's accuracy for each share of cases that the AI takes."
)

RANDOM_MISSING = (
    "Accuracy is measured on the cases that the chosen expert annotated. That is fair when "
    "annotations are missing completely at random; where experts skipped hard cases, it is not."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: its plain name, what it means, and the technical term with its symbols."""

    label: str
    text: str
    term: str = ""

    @property
    def help(self) -> str:
        """The sentence and the term, for a help bubble."""
        return f"{self.text} {self.term}".strip()


RULES: Mapping[str, Choice] = {
    name: Choice(rule.label, rule.text, rule.term) for name, rule in rules.RULES.items()
}

HUMANS: Mapping[str, Choice] = {
    "free": Choice("Any shares", "Any expert may get any share.", "Each expert within [0, 1]."),
    "balanced": Choice(
        "Equal shares",
        "All experts get the same share of what the AI leaves.",
        "Each expert at (1 − c)/M for the target c and M experts.",
    ),
}

STATES: Mapping[str, tuple[str, str, str]] = {
    "queued": ("Waiting", "gray", ":material/hourglass_empty:"),
    "running": ("Running", "blue", ":material/autorenew:"),
    "finished": ("Finished", "green", ":material/check:"),
    "failed": ("Failed", "red", ":material/error:"),
    "cancelled": ("Cancelled", "orange", ":material/cancel:"),
}

OTHER_VERSION = "Other version"
OTHER_VERSION_HELP = (
    "Trained by another version of Caseload: its result cannot be opened here. Train it again with "
    "the same settings."
)

STAGES: Mapping[str, str] = {
    "prepare": "Preparing",
    "train": "Training",
    "correctness": "Learning who is right",
    "pricing": "Fitting workloads to the bounds",
    "evaluate": "Evaluating",
}

KINDS: Mapping[str, str] = {
    "features": "table of features",
    "images": "images",
    "scores": "labels and an AI's scores",
    "labels": "labels only",
}


CSV_NOTE = (
    "A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers and ids "
    "such as -12 stay as they are. Caseload removes the apostrophe when it reads the file."
)


def escape_html(text: str) -> str:
    """Other people's text for a page: no markup, and nothing that moves what stands beside it."""
    return escape(isolated(text))


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage with a narrow space: `71.2 %`."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return percents.percent(share, digits)


def with_interval(share: float | None, interval: Sequence[float] | None) -> str:
    """A share with its interval: `71.2 % (68.0–74.1)`."""
    if share is None or not math.isfinite(share) or not interval:
        return percent(share)
    return f"{percent(share)} ({100 * interval[0]:.1f}–{100 * interval[1]:.1f})"


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign, a true minus and no minus zero: `+1.2`, `−0.5`, `0.0`."""
    text = f"{value:+.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "\u2212")


def area(mean: float | None, interval: Sequence[float] | None = None) -> str:
    """An area under the curve × 100 with its interval: `81.5 (80.9–82.1)`."""
    if mean is None or not math.isfinite(mean):
        return UNKNOWN
    if not interval:
        return f"{mean:.1f}"
    return f"{mean:.1f} ({interval[0]:.1f}–{interval[1]:.1f})"


def sentence(text: object, names: Collection[str] = ()) -> str:
    """The text of an error or a rule as a sentence.

    Args:
      text: without a capital or a full stop.
      names: that stay as they are spelt, also where the sentence begins with one.
    """
    said = str(text).removesuffix(".")
    if any(said.startswith((f"{name} ", f"{name}'")) for name in names):
        return f"{said}."
    return f"{said[:1].upper()}{said[1:]}."


def by_patient(patients: int | None) -> str:
    """What to add about intervals where several test cases are of one patient, else nothing."""
    if patients is None:
        return ""
    return (
        f" Patients, not cases, are resampled: the test cases are of {count(patients, 'patient')}."
    )


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 case`, `1,078 cases`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float | None) -> str:
    """A length of time in words: `less than a second`, `45 s`, `3 min`, `1 h 20 min`."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def ago(moment: str | datetime | None, now: datetime | None = None) -> str:
    """How long ago an ISO time (UTC) was: `just now`, `5 min ago`, `3 days ago`."""
    if not moment:
        return UNKNOWN
    then = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 36 * 3600:
        return f"{duration(max(seconds, 90))} ago"
    return f"{count(round(seconds / 86400), 'day')} ago"


def listing(words: Sequence[str], most: int = 5) -> str:
    """Words as a list in a sentence: `A, B and C`, `A, B and 4 more`."""
    words = list(words)
    if len(words) > most:
        return f"{', '.join(words[: most - 1])} and {len(words) - most + 1} more"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def marked(name: str, machines: Collection[str]) -> str:
    """An expert's name, marked where it is an AI's and does not say so."""
    own = name in machines and "AI" not in re.split(r"\W+", name)
    return f"{name} (AI)" if own else name


def all_marked(names: Iterable[str], machines: Collection[str]) -> list[str]:
    """Agents' names, `marked`."""
    return [marked(name, machines) for name in names]


def further_ais(machines: Sequence[str]) -> str:
    """Which experts are AIs, in a sentence; empty without any."""
    if not machines:
        return ""
    are = "is an AI" if len(machines) == 1 else "are AIs"
    return f"{listing(machines)} {are}, too: with fixed answers, and workloads set as for experts."


def who_said(said: Mapping[str, Sequence[str]], most: int = 3) -> str:
    """Labels with the experts who gave them: `ill: Ada and Ben; well: 7 experts`."""
    return "; ".join(
        f"{label}: {listing(who) if len(who) <= most else count(len(who), 'expert')}"
        for label, who in said.items()
    )


def method_name(method: str) -> str:
    """Label of a method, its name where this version does not know it."""
    spec = METHODS.get(method)
    return method if spec is None else spec.label


def rule_name(rule: str) -> str:
    """Label of a rule, its name where this version does not know it."""
    return RULES[rule].label if rule in RULES else rule


def rule_names(rules: Iterable[str]) -> str:
    """Labels of rules as a list in a sentence: `“A” and “B”`."""
    return listing([f"“{rule_name(rule)}”" for rule in rules])


def progress_text(stage: str, seconds_left: float | None, cancelling: bool = False) -> str:
    """Stage of a run and time left: `Training · about 8 s left`."""
    left = ""
    if seconds_left is not None:
        left = f"{'about ' if seconds_left >= 1 else ''}{duration(seconds_left)} left"
    if cancelling:
        left = "cancelling"
    return f"{STAGES.get(stage, stage)} · {left or 'estimating the time left'}"


def targets_text(config: "TrainConfig") -> str:
    """The targets of a run, or that it has bounds for every agent."""
    targets = config.coverage
    if config.bounded:
        return "own workload bounds"
    if len(targets) == 1:
        return f"AI takes {percent(targets[0], 0)}"
    return f"AI takes {100 * targets[0]:.0f}–{percent(targets[-1], 0)}, {len(targets)} points"


def effort_text(config: "TrainConfig") -> str:
    """How much was trained: epochs, seeds, experts off duty, annotations removed."""
    parts = [count(config.epochs, "epoch"), count(config.seeds, "seed")]
    if config.off_duty:
        parts.append(f"{count(len(config.off_duty), 'expert')} off duty")
    if config.missing_rates:
        parts.append("annotations removed per expert")
    elif config.missing_rate:
        parts.append(f"{percent(config.missing_rate, 0)} of the annotations removed")
    return ", ".join(parts)


def breach(share: float, lower: float, upper: float, allowance: float = 0.0) -> str:
    """How far a workload is outside its bounds; empty when it is inside.

    Args:
      share: realised workload, in [0, 1].
      lower: minimum workload.
      upper: maximum workload.
      allowance: share by which a workload may miss its bounds by chance.
    """
    if share > upper + allowance:
        return f"{100 * (share - upper):.1f} points above its maximum"
    if share < lower - allowance:
        return f"{100 * (lower - share):.1f} points below its minimum"
    return ""


def bounds_text(lower: float, upper: float) -> str:
    """Bounds as a range: `20.0–40.0 %`, `exactly 30.0 %`, `any share`."""
    if upper - lower < 5e-4:
        return f"exactly {percent(upper)}"
    if lower <= 0 and upper >= 1:
        return "any share"
    return f"{100 * lower:.1f}–{percent(upper)}"


def range_words(scenario: "Scenario", terms: "AgentTerms") -> str:
    """An agent's bounds, each in its own unit: `20–40 cases a day`, `at most 30.0 %`."""
    if not terms.bounded:
        return "any share" if scenario.unit == "share" else "any number of cases"
    low, high = terms.minimum, terms.maximum
    if high is None:
        return f"at least {low.words()}"
    if low == high:
        return f"exactly {high.words()}"
    if low.value <= 0:
        return f"at most {high.words()}"
    if low.unit != high.unit:
        return f"{low.words()} to {high.words()}"
    if low.unit == "share":
        return bounds_text(low.value, high.value)
    return f"{low.value:g}–{high.words()}"
