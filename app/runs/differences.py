"""Settings in which the runs shown differ: marked in the table, listed beside a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.shared import data_queries, setting_words, settings_queries
from core.experiment.differences import differing

if TYPE_CHECKING:
    from core.record.record import RunRecord

# Column of the table → the settings it shows.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Data set": (settings_queries.DATA,),
    "Method": ("method",),
    "Missing rate": ("missing_rate", "missing_rates"),
    "Seeds": ("seeds",),
    "Learning rate": ("learning_rate",),
}
OTHERS = "Other settings that differ"
_WITH_COLUMN = {name for names in COLUMNS.values() for name in names}
_MOST_VALUES = 6  # of a setting in a sentence


@dataclass(frozen=True, slots=True)
class Differences:
    """The settings that differ among some runs.

    Attributes:
      settings: per run, in the order given, the settings that took effect.
      values: setting → its values among the runs with their texts, only where they differ.
    """

    settings: Sequence[Mapping[str, Any]]
    values: Mapping[str, Mapping[Any, str]]

    def marked(self, column: str) -> bool:
        """Whether the runs differ in a setting that a column of the table shows."""
        return any(name in self.values for name in COLUMNS.get(column, ()))

    @property
    def others(self) -> list[str]:
        """Settings that differ and have no column of their own."""
        return [name for name in self.values if name not in _WITH_COLUMN]

    def of_run(self, place: int, names: Sequence[str]) -> str:
        """One run's values of some settings that differ: `weight decay 0.1, epochs 8`."""
        own = self.settings[place]
        parts = [
            f"{setting_words.short_name(name)} {self.values[name][own[name]]}"
            for name in names
            if own.get(name) is not None
        ]
        return ", ".join(parts)

    def sentence(self) -> str:
        """All differences: `method (pl2d, naive), missing rate (0 %, 50 %)`; may be empty."""
        parts = []
        for name, texts in self.values.items():
            values = list(texts.values())
            if len(values) > _MOST_VALUES:
                values = [*values[: _MOST_VALUES - 1], f"{len(values) - _MOST_VALUES + 1} more"]
            between = "; " if any("," in value for value in values) else ", "
            parts.append(f"{setting_words.short_name(name)} ({between.join(values)})")
        return ", ".join(parts)


def among(records: "Sequence[RunRecord]") -> Differences:
    """The differences among these runs."""
    settings = settings_queries.settings(records)
    titles = {record.dataset_hash: data_queries.title_of(record.dataset_name) for record in records}
    values = {}
    for name, found in differing(settings).items():
        texts = (
            _titles([titles[key] for key in found], found)
            if name == settings_queries.DATA
            else setting_words.short_values(name, found)
        )
        values[name] = dict(zip(found, texts, strict=True))
    return Differences(settings, values)


def _titles(titles: Sequence[str], hashes: Sequence[str]) -> list[str]:
    """Titles of data sets, with part of the content hash where two are the same."""
    return [
        f"{title} ({key[:6]})" if titles.count(title) > 1 else title
        for title, key in zip(titles, hashes, strict=True)
    ]
