"""What an attribute's expression refers to, from the configuration part of plan JSON.

References lead through variables into the calling module and through outputs into the called one.
Local values do not: plan JSON does not hold their expressions, so there the search ends undecided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfsync.attributes import Path

_INSTANCE_KEY = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
_MODULE_CALL = re.compile(r"module\.([\w-]+)\.?")

# The keys of an expression; an object without them is a block.
_EXPRESSION = frozenset({"references", "constant_value"})

# A resource or data source, its instance keys, and what is read of it.
_TARGET = re.compile(rf"((?:data\.)?[^.\[]+\.[^.\[]+)(?:{_INSTANCE_KEY.pattern})*\.?(.*)")

ModulePath = tuple[str, ...]


@dataclass(frozen=True, order=True)
class Reference:
    """A resource, data source or whole module, without instance keys, and the attribute that is read."""

    address: str
    attribute: str
    is_data: bool = False


@dataclass(frozen=True)
class References:
    """What an expression refers to; `undecided` names what could not be followed."""

    found: tuple[Reference, ...]
    undecided: tuple[str, ...] = ()


def without_keys(address: str) -> str:
    """`module.a["x"].azurerm_kubernetes_cluster.b[0]` as `module.a.azurerm_kubernetes_cluster.b`."""
    return _INSTANCE_KEY.sub("", address)


class Configuration:
    """The configuration of a plan, ready to answer what refers to what."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._root: Mapping[str, Any] = configuration.get("root_module") or {}
        self._tables: dict[ModulePath, Mapping[str, Mapping[str, Any]]] = {}

    def references(self, address: str, path: Path) -> References:
        """What the expression for `path` of the resource at `address` refers to, through modules."""
        module, relative = self._split(without_keys(address))
        resource = self._resource(module, relative)
        if resource is None:
            return References(())
        expression = _expression_at(resource.get("expressions") or {}, path)
        names = list(_names(expression))
        if any(name.startswith("each.") for name in names):
            names += _names(resource.get("for_each_expression"))
        return self._resolve(module, names)

    def provider_key(self, address: str) -> str:
        """Which entry of `provider_config` a resource is configured by; its type's own name by default."""
        module, relative = self._split(without_keys(address))
        key = (self._resource(module, relative) or {}).get("provider_config_key")
        return str(key) if key else relative.partition("_")[0]

    def arguments(self, address: str) -> References:
        """What all the arguments of a resource or data source refer to."""
        module, relative = self._split(without_keys(address))
        resource = self._resource(module, relative) or {}
        return self._resolve(module, list(_names(resource.get("expressions"))))

    def waits_for(self, address: str) -> References:
        """What a resource or data source, or a module call around it, names in its depends_on."""
        module, relative = self._split(without_keys(address))
        found = dict.fromkeys(self._resolve(module, self._own_depends_on(module, relative)).found)
        for length in range(len(module), 0, -1):
            outside = self._call(module[:length]).get("depends_on") or ()
            found |= dict.fromkeys(self._resolve(module[: length - 1], outside).found)
        return References(tuple(sorted(found)))

    def is_set(self, address: str, path: Path) -> bool:
        """Whether the configuration says something about a path, so that it is no computed value."""
        module, relative = self._split(without_keys(address))
        expressions = (self._resource(module, relative) or {}).get("expressions") or {}
        for step in path:
            if isinstance(expressions, Mapping) and not _EXPRESSION.isdisjoint(expressions):
                return True
            expressions = _step_into(expressions, step)
            if expressions is None:
                return False
        return True

    def _own_depends_on(self, module: ModulePath, relative: str) -> Sequence[str]:
        return (self._resource(module, relative) or {}).get("depends_on") or ()

    def _split(self, address: str) -> tuple[ModulePath, str]:
        module: list[str] = []
        while match := _MODULE_CALL.match(address):
            module.append(match[1])
            address = address[match.end() :]
        return tuple(module), address

    def _module(self, path: ModulePath) -> Mapping[str, Any]:
        module = self._root
        for name in path:
            module = ((module.get("module_calls") or {}).get(name) or {}).get("module") or {}
        return module

    def _call(self, path: ModulePath) -> Mapping[str, Any]:
        return (self._module(path[:-1]).get("module_calls") or {}).get(path[-1]) or {}

    def _resource(self, module: ModulePath, relative: str) -> Mapping[str, Any] | None:
        return self._resources(module).get(relative)

    def _resources(self, module: ModulePath) -> Mapping[str, Mapping[str, Any]]:
        if module not in self._tables:
            entries = self._module(module).get("resources") or ()
            self._tables[module] = {str(entry.get("address")): entry for entry in entries}
        return self._tables[module]

    def _resolve(self, module: ModulePath, names: Sequence[str]) -> References:
        found: dict[Reference, None] = {}
        undecided: dict[str, None] = {}
        seen: set[tuple[ModulePath, str]] = set()
        todo = [(module, name) for name in _longest(names)]
        while todo:
            here, name = todo.pop()
            if (here, name) in seen:
                continue
            seen.add((here, name))
            kind, _, rest = without_keys(name).partition(".")
            if kind == "var":
                arguments = (self._call(here).get("expressions") or {}) if here else {}
                todo += ((here[:-1], inner) for inner in _longest(_names(arguments.get(rest.split(".")[0]))))
            elif kind == "module":
                call, _, output = rest.partition(".")
                if not output:
                    found[Reference(_address((*here, call)), "")] = None
                outputs = self._module((*here, call)).get("outputs") or {}
                expression = (outputs.get(output.split(".")[0]) or {}).get("expression")
                todo += (((*here, call), inner) for inner in _longest(_names(expression)))
            elif kind == "local":
                undecided[_address(here, name)] = None
            elif kind not in ("each", "count", "path", "self", "terraform"):
                found[_reference(here, name)] = None
        return References(tuple(sorted(found)), tuple(sorted(undecided)))


def _reference(module: ModulePath, name: str) -> Reference:
    match = _TARGET.match(name)
    own, attribute = match.groups() if match else (name, "")
    return Reference(_address(module, own), attribute, own.startswith("data."))


def _address(module: ModulePath, *inside: str) -> str:
    return ".".join([*(f"module.{call}" for call in module), *inside])


def _expression_at(expressions: Any, path: Path) -> Any:
    """The expression for a path; as deep as the configuration goes, because blocks may be dynamic."""
    for step in path:
        inner = _step_into(expressions, step)
        if inner is None:
            break
        expressions = inner
    return expressions


def _step_into(expressions: Any, step: str | int) -> Any:
    if isinstance(expressions, Mapping):
        return None if "references" in expressions else expressions.get(str(step))
    if isinstance(expressions, list) and isinstance(step, int) and step < len(expressions):
        return expressions[step]
    return None


def _names(expression: Any) -> Iterator[str]:
    """Every reference in an expression or in the expressions of a whole block."""
    if isinstance(expression, Mapping):
        for key, value in expression.items():
            if key == "references" and isinstance(value, list):
                yield from value
            else:
                yield from _names(value)
    elif isinstance(expression, list):
        for value in expression:
            yield from _names(value)


def _longest(names: Any) -> list[str]:
    """Plan JSON lists `a.b.id` and then `a.b`; only the longest of them says what is read."""
    every = list(dict.fromkeys(names))
    return [
        name
        for name in every
        if not any(other != name and other.startswith((f"{name}.", f"{name}[")) for other in every)
    ]
