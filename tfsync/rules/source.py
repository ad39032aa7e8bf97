"""The YAML of a rule file: its values, and the line on which a value stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from tfsync.errors import BadInput

HINT = "docs/rules.md describes the format."

_AT = re.compile(r" - at `(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


def parse(text: str, name: str) -> Any:
    """The values of a YAML text. Raises BadInput with file and line, also for a key given twice."""
    import yaml

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506  built on the safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"is no YAML: {error.problem}", where=f"{name}:{line}", hint=HINT) from None
    except yaml.YAMLError as error:
        raise BadInput(f"is no YAML: {error}", where=name, hint=HINT) from None


@cache
def _loader() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class RuleLoader(base):  # type: ignore[misc]
        """The safe loader without dates, because `2025-10-01` is an api-version here."""

        yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's own name and shape
            first: [entry for entry in entries if entry[0] != _TIMESTAMP]
            for first, entries in base.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"`{key.value}` stands here twice", key.start_mark
                    )
                if isinstance(key, yaml.ScalarNode):
                    seen.add(key.value)
            return super().construct_mapping(node, deep)

    return RuleLoader


def complaint(message: str, text: str, name: str) -> BadInput:
    """The error for a message that ends in msgspec's ` - at `$.path``, with the line that path stands on."""
    found = _AT.search(message)
    path = found["path"].removeprefix("$") if found else ""
    steps = [name or int(index) for name, index in _STEP.findall(path)]
    unknown = re.search(r"unknown field `([^`]+)`", message)
    if unknown:
        steps.append(unknown[1])
    words = _AT.sub("", message)
    place = f"{path.lstrip('.')}: " if path else ""
    return BadInput(f"{place}{words}", where=f"{name}:{_line_of(text, steps)}", hint=HINT)


def _line_of(text: str, steps: Sequence[str | int]) -> int:
    """The line of the deepest node on the way to `steps` that the YAML really has."""
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == step), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
