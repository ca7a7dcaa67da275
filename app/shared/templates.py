"""HTML from templates that stand beside the code, `<room>/<name>.html.jinja`.

Every value is escaped, and isolated so that names written from right to left move nothing.
"""

from pathlib import Path
from types import ModuleType
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.base.names import isolated


def render(name: str, **values: Any) -> str:
    """The page or part that a template makes of values.

    Raises:
      jinja2.UndefinedError: the template asks for a value that is not given.
    """
    return _ENVIRONMENT.get_template(name).render(**values)


def macros(name: str) -> ModuleType:
    """The macros of a template, as functions."""
    return cast("ModuleType", _ENVIRONMENT.get_template(name).module)


def _plain(value: object) -> object:
    """Text before it is escaped; what a macro made stays as it is."""
    return value if hasattr(value, "__html__") else isolated(str(value))


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1]),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_plain,
    trim_blocks=True,
    lstrip_blocks=True,
)
