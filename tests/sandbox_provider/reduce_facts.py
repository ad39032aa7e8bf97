"""Where tfsync/sandbox/provider/data/replacing.json comes from.

The project's table of what forces replacement in azurerm was extracted from the schemas of every
release tag (v1.1.2 to v5.2.0, checked against the schemas that the releases themselves publish). This
script keeps what the stand-in needs of it: for its four versions, which attributes replace always, which
under a condition, and which make the provider rotate the node pool.

    python tests/sandbox_provider/reduce_facts.py azurerm-forcenew.json > tfsync/sandbox/provider/data/replacing.json
"""  # noqa: E501

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tfsync.sandbox.provider.versions import VERSIONS, parse

RESOURCES = (
    "azurerm_kubernetes_cluster",
    "azurerm_kubernetes_cluster_node_pool",
    "azurerm_kubernetes_cluster_extension",
    "azurerm_kubernetes_cluster_trusted_access_role_binding",
)

# The table's wording of each condition: the predicate of tfsync/sandbox/provider/replacing.py it is.
PREDICATES = {
    'new value is "Free" (Paid -> Free)': "becomes_free",
    'old is "msi" or "" (managed identity -> service principal); rotating or SP -> identity does not': "was_managed_identity",  # noqa: E501
    "block removed (old non-empty, new empty)": "cleared",
    'set -> ""': "cleared",
    'set -> "" (also removing the block)': "cleared",
    "set -> unset": "cleared",
    "non-zero -> 0/unset": "cleared",
    "true -> false": "cleared",
    "list emptied (v3 only; the flag makes it false in v4.0.0..v4.7.0, removed v4.8.0)": "cleared",
    "any rename, except when old == temporary_name_for_rotation (recovery of a failed rotation)": "renamed",
    "old value non-empty": "was_set",
    "old list non-empty": "was_set",
    "any change from a non-empty old value": "was_set",
    "any change from a non-empty old value (azure -> cilium too)": "was_set",
    "any change from a non-empty old value except azure -> cilium": "was_set_but_azure_to_cilium",
    "any change from a non-empty old value except azure -> cilium or calico -> cilium": "was_set_but_azure_or_calico_to_cilium",  # noqa: E501
    'any change whose new value is not "overlay" (i.e. overlay -> unset)': "is_not_to_overlay",
    "any change except kubenet -> azure with network_plugin_mode == overlay": "is_not_kubenet_to_overlay",
}
# One wording for two conditions: up to v4.47.0 the names must be equal, then share a prefix.
_OS_SKU = 'unless both old and new start with "Ubuntu" or "AzureLinux"'


def reduce(facts: dict[str, Any]) -> dict[str, Any]:
    """The table's content for the stand-in's versions and resources."""
    return {
        "source": facts["generated_from"],
        "resources": {
            name: {
                version: _of(facts, name, version) for version in VERSIONS if _exists(facts, name, version)
            }
            for name in RESOURCES
        },
    }


def _of(facts: dict[str, Any], name: str, version: str) -> dict[str, Any]:
    tag = f"v{version}"
    resource = facts["resources"][name]
    attributes = _spelled_out(resource["attributes"], tag)
    rotations = [one for one in facts["rotation"].get(name, ()) if _covers(one["from"], one["to"], version)]
    return {
        "replaces": sorted(path for path, status in attributes.items() if status == "R"),
        "conditional": {
            rule["path"]: _predicate(rule["plain"], version)
            for rule in resource["customize_diff"]
            if any(_covers(since, until, version) for since, until in rule["ranges"])
        },
        "rotates": sorted(path for one in rotations for path in one["attributes"]),
        "absent": sorted(path for path, status in attributes.items() if status == "-"),
    }


def _spelled_out(attributes: list[dict[str, Any]], tag: str) -> dict[str, str]:
    return {one["path"]: one["at"].get(tag, "-") for one in attributes}


def _predicate(wording: str, version: str) -> str:
    if wording.startswith(_OS_SKU):
        return "is_other_os" if parse(version) <= (4, 47, 0) else "is_other_os_family"
    return PREDICATES[wording]


def _exists(facts: dict[str, Any], name: str, version: str) -> bool:
    return parse(facts["resources"][name]["first_tag"]) <= parse(version)


def _covers(since: str, until: str, version: str) -> bool:
    return parse(since) <= parse(version) <= parse(until)


if __name__ == "__main__":
    text = json.dumps(reduce(json.loads(Path(sys.argv[1]).read_bytes())), indent=1)
    sys.stdout.write(f"{text}\n")
