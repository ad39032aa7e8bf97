"""The azurerm provider block as a plan shows it: constants, and plain references to root variables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def provider_constants(
    configuration: Mapping[str, Any],
    provider_config_key: str,
    variables: Mapping[str, Any] = _NOTHING,
) -> Mapping[str, Any]:
    """The attributes of one provider block that are plain text or true/false.

    `configuration` and `variables` are the plan's own objects of these names; `provider_config_key` is what a
    resource of `configuration` names as its provider, for example "azurerm" or "azurerm.west".

    A plan lists what an expression refers to, not the expression. An attribute that refers to exactly one
    root variable is taken to be that variable. `lower(var.x)` looks the same; for ids and names in the
    provider block the difference would not matter. Anything else that is computed is left out, and the
    environment fills it in.
    """
    block = configuration.get("provider_config", {}).get(provider_config_key, {})
    # The variables of a plan are those of the root module; a block in a child module has others.
    visible = {} if block.get("module_address") else variables
    found = {}
    for name, expression in block.get("expressions", {}).items():
        value = _value(expression, visible)
        if isinstance(value, (str, bool)):
            found[name] = value
    return MappingProxyType(found)


def _value(expression: Any, variables: Mapping[str, Any]) -> Any:
    if not isinstance(expression, Mapping):
        return None  # a nested block, `features` for example
    if "constant_value" in expression:
        return expression["constant_value"]
    references = expression.get("references", [])
    if len(references) == 1 and references[0].startswith("var."):
        return variables.get(references[0].removeprefix("var."), {}).get("value")
    return None
