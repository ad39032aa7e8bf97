"""Which changes the real provider answers with a replacement: data, and the conditions it names.

data/replacing.json is reduced from the table of every azurerm schema by
tests/sandbox_provider/reduce_facts.py; nothing in it was written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from tfsync.sandbox.provider.schema import Block, Schema
from tfsync.sandbox.provider.values import UNKNOWN

_DATA: Final = "data/replacing.json"

# Not in the table, which is about AKS. A role assignment can be updated in its condition and its
# description from azurerm 5.2.0 on (its changelog, #32714), before that not at all; recording
# 5.2.0/cascade-lb-sku shows principal_id. Names and places are fixed for everything in Azure.
_OTHERS: Final[Mapping[str, frozenset[str]]] = {
    "azurerm_resource_group": frozenset({"name", "location"}),
    "azurerm_user_assigned_identity": frozenset({"name", "location", "resource_group_name"}),
    "azurerm_role_assignment": frozenset(
        {
            "name",
            "scope",
            "role_definition_id",
            "role_definition_name",
            "principal_id",
            "principal_type",
            "skip_service_principal_aad_check",
            "delegated_managed_identity_resource_id",
        }
    ),
}
_UNTIL_5_2: Final = frozenset({"condition", "condition_version", "description"})

Condition = Callable[[Any, Any, Mapping[str, Any]], bool]


def _was_set_but(*to_cilium: str) -> Condition:
    return lambda old, new, _: bool(old) and not (old in to_cilium and new == "cilium")


def _renamed(old: Any, _new: Any, planned: Mapping[str, Any]) -> bool:
    # A pool under its temporary name is what a failed rotation leaves; the way back is no rename.
    return not old or old != planned["default_node_pool"][0].get("temporary_name_for_rotation")


def _is_not_kubenet_to_overlay(old: Any, new: Any, planned: Mapping[str, Any]) -> bool:
    mode = planned["network_profile"][0].get("network_plugin_mode")
    return not (old == "kubenet" and new == "azure" and mode == "overlay")


def _is_other_os_family(old: Any, new: Any, _: Any) -> bool:
    families = ("Ubuntu", "AzureLinux")
    return not (str(old).startswith(families) and str(new).startswith(families))


CONDITIONS: Final[Mapping[str, Condition]] = {
    "becomes_free": lambda _old, new, _: new == "Free",
    "was_managed_identity": lambda old, _new, _: old in ("msi", ""),
    "cleared": lambda old, new, _: bool(old) and not new,
    "was_set": lambda old, _new, _: bool(old),
    "was_set_but_azure_to_cilium": _was_set_but("azure"),
    "was_set_but_azure_or_calico_to_cilium": _was_set_but("azure", "calico"),
    "is_not_to_overlay": lambda _old, new, _: str(new).lower() != "overlay",
    "is_not_kubenet_to_overlay": _is_not_kubenet_to_overlay,
    "is_other_os": lambda old, new, _: not {old, new} <= {"Ubuntu", "AzureLinux"},
    "is_other_os_family": _is_other_os_family,
    "renamed": _renamed,
}
"""By the name that the data gives them: old value, new value (null as "", 0, false or []), the plan."""


@dataclass(frozen=True)
class Replacing:
    """What replaces, and what rotates a node pool, in one provider version. Paths have no indices."""

    version: str
    _data: Mapping[str, Mapping[str, Any]]

    @classmethod
    def load(cls, version: str) -> Replacing:
        """The data of one version, from the package."""
        found = json.loads(files(__package__).joinpath(_DATA).read_bytes())["resources"]
        return cls(version, {name: versions.get(version, {}) for name, versions in found.items()})

    def always(self, type_name: str) -> frozenset[str]:
        """The attributes of which any change replaces the resource."""
        if type_name == "azurerm_role_assignment" and self.version != "5.2.0":
            return _OTHERS[type_name] | _UNTIL_5_2
        if type_name in _OTHERS:
            return _OTHERS[type_name]
        return frozenset(self._data[type_name]["replaces"])

    def rotates(self, type_name: str) -> frozenset[str]:
        """The attributes of which a change makes the provider cycle the pool through another name.

        `os_sku?` means that this depends on both values.
        """
        return frozenset(self._data.get(type_name, {}).get("rotates", ()))

    def by_condition(
        self, type_name: str, schema: Schema, prior: Mapping[str, Any], planned: Mapping[str, Any]
    ) -> frozenset[str]:
        """The attributes of which this change replaces the resource, though not every change would."""
        conditions: Mapping[str, str] = self._data.get(type_name, {}).get("conditional", {})
        forced = set()
        for path, name in conditions.items():
            steps = path.split(".")
            if (zero := _zero(schema, steps)) is not None:
                old, new = _value(prior, steps, zero), _value(planned, steps, zero)
                if old != new and CONDITIONS[name](old, new, planned):
                    forced.add(path)
        return frozenset(forced)


def _zero(schema: Schema, steps: list[str]) -> Any:
    field = schema.get(steps[0])
    if field is None:
        return None
    if len(steps) > 1:
        return _zero(field.schema, steps[1:]) if isinstance(field, Block) else None
    return field.zero


def _value(value: Any, steps: list[str], zero: Any) -> Any:
    for step in steps:
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(step) if isinstance(value, Mapping) else None
    return zero if value is None or value is UNKNOWN else value
