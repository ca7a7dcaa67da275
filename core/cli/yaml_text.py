"""YAML as people expect it: 0:1:0.1 is text, 1e-3 is a number, and nothing expands itself."""

import re
from typing import Any

import yaml


class _Plain(yaml.SafeLoader):
    """The safe loader, with the numbers of YAML 1.2, each name once, and without aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.YAMLError(f"aliases such as *{event.anchor} are not read")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = [name for name in names if names.count(name) > 1]
        if repeated:
            raise yaml.YAMLError(f"{repeated[0]!r} is there twice")
        return super().construct_mapping(node, deep)


# YAML 1.1 reads 0:1:0.1 as a number to base 60, and 1e-3 as a text.
_Plain.yaml_implicit_resolvers = {
    sign: [(tag, known) for tag, known in found if not tag.endswith((":float", ":int"))]
    for sign, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_FLOAT = r"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?$"
for _tag, _form in (("float", _FLOAT), ("int", r"[-+]?\d+$")):
    _Plain.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_form, re.ASCII), list("-+.0123456789")
    )
# YAML 1.1 reads 010 to base 8.
_Plain.add_constructor(
    "tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node))
)


def read(text: str) -> Any:
    """What YAML holds: plain values only.

    Raises:
      yaml.YAMLError, ValueError: it is no YAML, names something twice, or has aliases.
    """
    return yaml.load(text, Loader=_Plain)
