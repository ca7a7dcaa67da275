"""What runs are called where several are listed or drawn together."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from app.shared import setting_words, views, words

if TYPE_CHECKING:
    from core.record.record import RunRecord

# Settings that tell runs of one name apart, the most telling first.
_TELLING: dict[str, Callable[[Any], str]] = {
    "method": words.method_name,
    "humans": lambda policy: f"experts {policy}",
    "missing_rate": lambda rate: f"{words.percent(rate, 0)} taken away",
    "seeds": lambda number: words.count(number, "seed"),
    "epochs": lambda number: words.count(number, "epoch"),
    "projection": lambda kind: f"{kind} prices",
    "learning_rate": lambda rate: "usual learning rate" if rate is None else f"rate {rate:g}",
}


def listed(records: "Sequence[RunRecord]") -> list[str]:
    """A line per run for a list to choose from: its name, what tells it apart, when.

    The time is no "5 min ago": the browser loses a choice whose label has changed.
    """
    return _numbered(
        [
            " · ".join([", ".join([name, *said]), f"{record.created.astimezone():%d %b %H:%M}"])
            for record, (name, said) in zip(records, _told_apart(records), strict=True)
        ]
    )


def run_names(records: "Sequence[RunRecord]") -> list[str]:
    """A short name per run for a figure, no two alike.

    Their own names, with what differs where these are the same; where all are, only that.
    """
    parts = _told_apart(records)
    common = len({name for name, _ in parts}) == 1 and all(said for _, said in parts)
    return _numbered(
        [", ".join(said if common else [name, *said]) for name, said in parts],
    )


def _told_apart(records: "Sequence[RunRecord]") -> list[tuple[str, list[str]]]:
    """Each run's name, and up to two settings in which runs of that name differ."""
    alike: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        alike.setdefault(views.called(record), []).append(place)
    found: list[tuple[str, list[str]]] = [("", [])] * len(records)
    for name, places in alike.items():
        configs = [records[place].config.named() for place in places]
        order = dict.fromkeys([*_TELLING, *(key for config in configs for key in config)])
        telling = [key for key in order if len({c.get(key) for c in configs}) > 1][:2]
        said = [_say(key, [config.get(key) for config in configs]) for key in telling]
        for row, place in enumerate(places):
            found[place] = name, [texts[row] for texts in said]
    return found


def _say(setting: str, values: Sequence[Any]) -> list[str]:
    """A setting of several runs, as it stands behind their names."""
    if setting in _TELLING:
        return [_TELLING[setting](value) for value in values]
    distinct = list(dict.fromkeys(values))
    texts = setting_words.short_values(setting, distinct)
    shown = dict(zip(distinct, texts, strict=True))
    return [f"{setting_words.short_name(setting)} {shown[value]}" for value in values]


def _numbered(names: list[str]) -> list[str]:
    """Names that are alike with a number."""
    same, seen = Counter(names), Counter[str]()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} ({seen[name]})" if same[name] > 1 else name)
    return numbered
