"""Names and values of training settings as people read them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.shared import words
from core.base.report import clip
from core.methods import registry

_NAMES = {
    "method": "Method",
    "coverage": "Targets: the AI takes",
    "humans": "Experts' shares",
    "lower": "Minimum workloads",
    "upper": "Maximum workloads",
    "off_duty": "Experts off duty",
    "missing_rate": "Annotations removed",
    "missing_rates": "Annotations removed per expert",
    "network": "Network",
    "epochs": "Epochs",
    "batch_size": "Batch size, at most",
    "learning_rate": "Learning rate",
    "weight_decay": "Weight decay",
    "hidden": "Hidden layers",
    "expert_networks": "Networks of the experts",
    "curve": "Training of the curve",
    "seeds": "Seeds",
    "seed": "First seed",
    "ai": "AI",
}
# Where a name stands within a sentence or beside many others.
_SHORT = {
    "data_set": "data set",
    "coverage": "targets",
    "humans": "experts' shares",
    "lower": "minimum workloads",
    "upper": "maximum workloads",
    "missing_rate": "missing rate",
    "missing_rates": "missing rate per expert",
    "batch_size": "batch size",
    "seed": "first seed",
    "ai": "AI",
}
_SHARES = ("coverage", "missing_rate", "missing_rates", "lower", "upper")
_MOST_TARGETS = 8
_LONGEST = 60  # characters of a value beside others


def name(setting: str) -> str:
    """Label of a setting on screen, its name where it has no label."""
    own = registry.setting(setting)
    return own.label if own else _NAMES.get(setting, setting.replace("_", " ").capitalize())


def short_name(setting: str) -> str:
    """The same within a sentence: `missing rate`."""
    return _SHORT.get(setting) or setting.replace("_", " ")


def value(setting: str, given: Any) -> str:
    """A setting's value in full."""
    if given is None:
        return "the default"
    if setting == "method":
        return f"{words.method_name(given)} ({given})"
    if own := registry.setting(setting):
        return own.words(given)
    if setting == "humans" and given in words.HUMANS:
        return f"{words.HUMANS[given].label} ({given})"
    if isinstance(given, Mapping):
        each = [f"{agent} {value(setting, share)}" for agent, share in given.items()]
        return "; ".join(each) or "none"
    if isinstance(given, list | tuple):
        return ", ".join(value(setting, item) for item in given) or "none"
    if setting in _SHARES and isinstance(given, int | float):
        return words.percent(float(given))
    return str(given)


def short_values(setting: str, values: Sequence[Any]) -> list[str]:
    """Short texts of values shown beside one another; different values get different texts."""
    texts = [_short_value(setting, given) for given in values]
    alike, met, numbered = Counter(texts), Counter[str](), []
    for text in texts:
        met[text] += 1
        numbered.append(f"{text} [{met[text]}]" if alike[text] > 1 else text)
    return numbered


def _short_value(setting: str, given: Any) -> str:
    if given is None:
        return "default"
    if setting == "coverage" and not isinstance(given, str):
        return _targets(given)
    if setting == "hidden":
        return "-".join(map(str, given))
    if setting in ("lower", "upper", "missing_rates"):
        own = ", ".join(f"{agent} {_percent(share)}" for agent, share in given)
        return clip(own, _LONGEST) if own else "none"
    if setting == "off_duty":
        return clip(", ".join(given), _LONGEST) if given else "nobody"
    if setting == "missing_rate":
        return _percent(given)
    return f"{given:.6g}" if isinstance(given, float) else str(given)


def _targets(targets: Sequence[float]) -> str:
    shown = [f"{100 * target:.6g}" for target in targets]
    if len(shown) > _MOST_TARGETS:
        shown = [*shown[:2], "…", shown[-1]]
        return f"{', '.join(shown)}\u202f% ({len(targets)} points)"
    return f"{', '.join(shown)}\u202f%"


def _percent(share: float) -> str:
    return f"{100 * share:.6g}\u202f%"
