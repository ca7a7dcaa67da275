"""What was trained and with which settings, as names and values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app import words
from app.results import Result

_NAMES = {
    "method": "Method",
    "coverage": "Targets: the AI takes",
    "humans": "Experts' shares",
    "lower": "Least workloads",
    "upper": "Greatest workloads",
    "off_duty": "Experts off duty",
    "missing_rate": "Annotations taken away",
    "missing_rates": "Annotations taken away per expert",
    "network": "Network",
    "epochs": "Epochs",
    "batch_size": "Cases per step, at most",
    "learning_rate": "Learning rate",
    "weight_decay": "Weight decay",
    "hidden": "Hidden layers",
    "expert_networks": "Networks of the experts",
    "projection": "Workload projection",
    "seeds": "Seeds",
    "seed": "First seed",
    "ai": "AI",
}
_SHARES = ("coverage", "missing_rate", "missing_rates", "lower", "upper")


def trained(result: Result, dataset: str, run_id: str) -> list[tuple[str, str]]:
    """What was trained on what, and when."""
    cases, seconds = result["cases"], result.get("seconds") or {}
    simulated = " (simulated experts)" if result["dataset"].get("simulated") else ""
    return [
        ("Data set", f"{dataset}{simulated}"),
        ("Its content", str(result["dataset"]["content_hash"])),
        (
            "Cases",
            f"{cases['train']:,} training, {cases['validation']:,} validation, "
            f"{cases['test']:,} test",
        ),
        ("Experts", f"{len(result['experts']):,}: {words.listing(result['experts'], 12)}"),
        ("Classes", f"{len(result['classes']):,}: {words.listing(result['classes'], 12)}"),
        ("Method", words.method_name(result["method"])),
        ("Trained", moment(result.get("created"))),
        ("It took", f"{words.duration(seconds.get('total'))} on {result.get('device', 'cpu')}"),
        ("Run", run_id),
    ]


def asked(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every setting of a run by its name on screen, those without one by their own."""
    bounded = bool(config.get("lower") or config.get("upper"))
    unused = {"coverage", "humans"} if bounded else {"lower", "upper"}
    return [
        (_NAMES.get(name, name.replace("_", " ").capitalize()), _value(name, value))
        for name, value in config.items()
        if name not in unused
    ]


def moment(text: str | None) -> str:
    """An ISO time as people write it: `2026-11-21 03:47 UTC`."""
    if not text:
        return words.UNKNOWN
    then = datetime.fromisoformat(text)
    return f"{then:%Y-%m-%d %H:%M} {then.tzname() or ''}".strip()


def _value(name: str, value: Any) -> str:
    if value is None:
        return "the default"
    if name == "method":
        return f"{words.method_name(value)} ({value})"
    if name == "humans" and value in words.HUMANS:
        return f"{words.HUMANS[value].label} ({value})"
    if isinstance(value, Mapping):
        told = [f"{agent} {_value(name, share)}" for agent, share in value.items()]
        return "; ".join(told) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_value(name, item) for item in value) or "none"
    if name in _SHARES and isinstance(value, int | float):
        return words.percent(float(value))
    return str(value)
