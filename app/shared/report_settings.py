"""What was trained and with which settings, as names and values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.shared import setting_words, words
from core.consensus.methods import in_full
from core.results.models import RunResult


def trained(result: RunResult, dataset: str, run_id: str) -> list[tuple[str, str]]:
    """What was trained on what, and when."""
    cases, seconds = result.cases, result.seconds
    simulated = " (simulated experts)" if result.dataset.simulated else ""
    experts = [words.marked(name, result.dataset.machines) for name in result.experts]
    return [
        ("Data set", f"{dataset}{simulated}"),
        *by_consensus(result),
        ("Its content", result.dataset.content_hash),
        (
            "Cases",
            f"{cases.train:,} training, {cases.validation:,} validation, {cases.test:,} test",
        ),
        ("Experts", f"{len(experts):,}: {words.listing(experts, 12)}"),
        ("Classes", f"{len(result.classes):,}: {words.listing(result.classes, 12)}"),
        *(
            [("Other answers", f"{words.listing(result.extra_answers, 12)}: counted as wrong")]
            if result.extra_answers
            else []
        ),
        ("Method", words.method_name(result.method)),
        ("Trained", moment(result.created)),
        ("It took", f"{words.duration(seconds.get('total'))} on {result.device}"),
        ("Run", run_id),
    ]


def by_consensus(result: RunResult) -> list[tuple[str, str]]:
    """That the ground truth is a consensus, and what that means; empty where it is known."""
    known = result.dataset.consensus
    return [] if known is None else [("Ground truth", in_full(known.model_dump()))]


def asked(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every setting of a run by its name on screen, those without one by their own."""
    bounded = bool(config.get("lower") or config.get("upper"))
    unused = {"coverage", "humans"} if bounded else {"lower", "upper"}
    return [
        (setting_words.name(name), setting_words.value(name, value))
        for name, value in config.items()
        if name not in unused
    ]


def moment(text: str) -> str:
    """An ISO time as people write it: `2026-11-21 03:47 UTC`."""
    then = datetime.fromisoformat(text)
    return f"{then:%Y-%m-%d %H:%M} {then.tzname() or ''}".strip()
