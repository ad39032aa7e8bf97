"""Rotating a node pool: how azurerm changes what Azure cannot change in a pool.

It makes a pool under `temporary_name_for_rotation` with the new settings, deletes the old one, makes it
again under its own name, and deletes the temporary one. Without that name the apply fails; the plan
looked harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from tfsync.sandbox.provider.arm import Arm
from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.replacing import Replacing
from tfsync.sandbox.provider.versions import Version

_FAMILIES = ("Ubuntu", "AzureLinux")


def rotated(
    type_name: str, version: Version, old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = ""
) -> list[str]:
    """The changed attributes that take a rotation. Under `prefix` they are in the resource's schema."""
    names = [path.removeprefix(prefix) for path in sorted(_paths(type_name, version))]
    found = [name for name in names if (old.get(name) or None) != (new.get(name) or None)]
    skus = [str(old.get("os_sku")), str(new.get("os_sku"))]
    depends = f"{prefix}os_sku?" in _paths(type_name, version)
    if depends and skus[0] != skus[1] and not all(sku.startswith(_FAMILIES) for sku in skus):
        found.append("os_sku")
    return found


@cache
def _paths(type_name: str, version: Version) -> frozenset[str]:
    return Replacing.load(".".join(map(str, version))).rotates(type_name)


def rotate(
    arm: Arm, pools: str, api_version: str, pool: Mapping[str, Any], body: Mapping[str, Any], names: list[str]
) -> None:
    """Cycle the pool `pool["name"]` under the path `pools` so that it ends as `body`."""
    name, temporary = pool["name"], pool.get("temporary_name_for_rotation")
    if not temporary:
        raise ProviderError(
            "`temporary_name_for_rotation` must be specified when updating any of the following properties "
            f"{names}"
        )
    # A failed rotation may have left the temporary pool.
    if arm.get(f"{pools}/{temporary}", api_version) is None:
        arm.put(f"{pools}/{temporary}", api_version, {**body, "name": temporary})
    arm.delete(f"{pools}/{name}", api_version)
    arm.put(f"{pools}/{name}", api_version, {**body, "name": name})
    arm.delete(f"{pools}/{temporary}", api_version)
