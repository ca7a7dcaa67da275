"""Reads a stored result in the current format, or converts it from the previous one.

An unknown format, or an unversioned one with missing fields, is not treated as damage: the run is
reported as of an unknown version, and can be trained again.
"""

import re

from pydantic import ValidationError
from pydantic_core import from_json

from core.results.models import VERSION, RunResult
from core.results.over_seeds import ai_alone


class UnknownVersionError(ValueError):
    """A result in a format unknown to this version of the program."""


def read(text: bytes) -> RunResult:
    """The result in a JSON text.

    Raises:
      UnknownVersionError: it is in another format.
      ValueError: it is damaged.
    """
    value = from_json(text)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    if "version" in value:
        if value["version"] != VERSION:
            raise UnknownVersionError(f"version {value['version']!r}")
        return RunResult.model_validate(value)
    try:
        return _from_before_versions(RunResult.model_validate({**value, "version": VERSION}))
    except ValidationError as error:
        raise UnknownVersionError(
            "it has no version, and other fields than the last unversioned format"
        ) from error


def begins_present(text: bytes) -> bool:
    """Whether the first bytes of a JSON text say that it is of the present form."""
    found = re.match(rb'\s*\{\s*"version":\s*(\d+)', text)
    return found is not None and int(found[1]) == VERSION


def _from_before_versions(old: RunResult) -> RunResult:
    """Converts the last unversioned format, which had another formula for the AI's intervals."""
    intervals = {
        rule: ai_alone(per_seed, old.cases.test).interval
        for rule, per_seed in old.ai_accuracy_per_seed.items()
        if per_seed
    }
    return old.model_copy(
        update={"ai_accuracy_interval": {**old.ai_accuracy_interval, **intervals}}
    )
