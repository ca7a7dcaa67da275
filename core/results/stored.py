"""A stored result read again: of the present form, or brought to it from the one before.

A form that is not known here, or one from before versions that lacks something, is no damage: such
a run is reported as of an unknown version, and training it again gives it the present form.
"""

import re

from pydantic import ValidationError
from pydantic_core import from_json

from core.results.models import VERSION, RunResult
from core.results.over_seeds import ai_alone


class UnknownVersionError(ValueError):
    """A result of a form that this version of the program does not know."""


def read(text: bytes) -> RunResult:
    """The result in a JSON text.

    Raises:
      UnknownVersionError: it is of another form.
      ValueError: it is damaged.
    """
    value = from_json(text)
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    if "version" in value:
        if value["version"] != VERSION:
            raise UnknownVersionError(f"version {value['version']!r}")
        return RunResult.model_validate(value)
    try:
        return _from_before_versions(RunResult.model_validate({**value, "version": VERSION}))
    except ValidationError as error:
        raise UnknownVersionError(
            "no version, and other parts than the last one without"
        ) from error


def begins_present(text: bytes) -> bool:
    """Whether the first bytes of a JSON text say that it is of the present form."""
    found = re.match(rb'\s*\{\s*"version":\s*(\d+)', text)
    return found is not None and int(found[1]) == VERSION


def _from_before_versions(old: RunResult) -> RunResult:
    """The last form without a version: the AI's intervals over seeds had a formula of their own."""
    intervals = {
        rule: ai_alone(per_seed, old.cases.test).interval
        for rule, per_seed in old.ai_accuracy_per_seed.items()
        if per_seed
    }
    return old.model_copy(
        update={"ai_accuracy_interval": {**old.ai_accuracy_interval, **intervals}}
    )
