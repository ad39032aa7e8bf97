"""Plans for tests, as small as they can be and as terraform would write them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

from tfsync.rules import RuleBook, builtin_rules
from tfsync.terraform.plan import Plan, decode_plan
from tfsync.triage import AttributeVerdict, Permissions, ResourceVerdict, Triage, triage

Json = dict[str, Any]

CLUSTER = "azurerm_kubernetes_cluster.aks"
POOL = "azurerm_kubernetes_cluster_node_pool.apps"
EXTENSION = "azurerm_kubernetes_cluster_extension.flux"
REPLACE = ["delete", "create"]
_GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers"


def cluster_id(name: str = "aks") -> str:
    return f"{_GROUP}/Microsoft.ContainerService/managedClusters/{name}"


def subnet_id(name: str) -> str:
    return f"{_GROUP}/Microsoft.Network/virtualNetworks/net/subnets/{name}"


def change(
    address: str,
    before: Json | None = None,
    after: Json | None = None,
    *,
    causes: list[list[str | int]] | None = None,
    unknown: Any = None,
    actions: list[str] | None = None,
    **more: Any,
) -> Json:
    """One entry of resource_changes: a replacement for the causes, unless `actions` say otherwise.

    `more` goes into the entry, but for the `*_sensitive` marks, which belong to its change.
    """
    own = address.rpartition("module.")[2].partition(".")[2] if address.startswith("module.") else address
    mode, own = ("data", own.removeprefix("data.")) if own.startswith("data.") else ("managed", own)
    kind, _, name = own.partition(".")
    marks: Json = {key: more.pop(key) for key in ("before_sensitive", "after_sensitive") if key in more}
    body: Json = {
        "actions": actions or REPLACE,
        "before": before,
        "after": after,
        "after_unknown": unknown or {},
        **marks,
    }
    if causes:
        body["replace_paths"] = causes
        more.setdefault("action_reason", "replace_because_cannot_update")
    return {
        "address": address,
        "mode": mode,
        "type": kind,
        "name": name.partition("[")[0],
        "change": body,
        **more,
    }


def cluster(
    cause: list[str | int], before: Any, after: Any, *, address: str = CLUSTER, name: str = "aks", **more: Any
) -> Json:
    """A cluster that is replaced for one attribute; `with_values` are attributes that stay as they are.

    What Azure computes is unknown afterwards, as in every replacement.
    """
    common = {"name": name, "type": "kept", **more.pop("with_values", {})}
    old, new = (
        put({**common, "id": cluster_id(name), "fqdn": f"{name}-abc123.hcp.eastus.azmk8s.io"}, cause, before),
        put(dict(common), cause, after),
    )
    return change(address, old, new, causes=[cause], unknown={"id": True, "fqdn": True}, **more)


def pool(address: str = POOL, *, of: str = "aks", **more: Any) -> Json:
    """A node pool that is replaced because the id of its cluster is unknown."""
    before = {
        "id": f"{cluster_id(of)}/agentPools/apps",
        "name": "apps",
        "kubernetes_cluster_id": cluster_id(of),
    }
    return change(
        address,
        before,
        {"name": "apps"},
        causes=[["kubernetes_cluster_id"]],
        unknown={"id": True, "kubernetes_cluster_id": True},
        **more,
    )


def put(value: Json, path: list[str | int], leaf: Any) -> Json:
    """The value with a leaf at a path, and single blocks on the way."""
    target: Any = value
    for step, following in itertools.pairwise(path):
        if isinstance(step, int):
            target = target[step]
        else:
            target = target.setdefault(step, [{}] if isinstance(following, int) else {})
    target[path[-1]] = leaf
    return value


def resource(address: str, /, depends_on: list[str] | None = None, **arguments: list[str]) -> Json:
    """A resource of the configuration; each argument names what its expression refers to."""
    expressions = {name: {"references": with_prefixes(names)} for name, names in arguments.items()}
    entry: Json = {"address": address, "expressions": expressions}
    return {**entry, "depends_on": depends_on} if depends_on else entry


def with_prefixes(names: list[str]) -> list[str]:
    """References as plan JSON lists them: `a.b.id` and then `a.b`."""
    found: dict[str, None] = {}
    for name in names:
        found[name] = None
        if not name.startswith(("var.", "local.", "each.")):
            found[".".join(name.split(".")[: 3 if name.startswith("data.") else 2])] = None
    return list(found)


def module(
    *resources: Json,
    calls: Mapping[str, Json] | None = None,
    outputs: Mapping[str, list[str]] | None = None,
) -> Json:
    """A module of the configuration; an output names what it refers to."""
    shown = {
        name: {"expression": {"references": with_prefixes(names)}} for name, names in (outputs or {}).items()
    }
    return {"resources": list(resources), "module_calls": dict(calls or {}), "outputs": shown}


def call(of: Json, depends_on: list[str] | None = None, **arguments: list[str]) -> Json:
    """A module call; each argument names what its expression refers to."""
    expressions = {name: {"references": with_prefixes(names)} for name, names in arguments.items()}
    entry: Json = {"module": of, "expressions": expressions}
    return {**entry, "depends_on": depends_on} if depends_on else entry


def plan(*changes: Json, root: Json | None = None) -> Plan:
    return decode_plan(
        json.dumps(
            {
                "format_version": "1.2",
                "terraform_version": "1.11.4",
                "resource_changes": list(changes),
                "configuration": {"root_module": root or {}},
            }
        ).encode()
    )


def judged(
    *changes: Json,
    root: Json | None = None,
    live: Mapping[str, Json] | None = None,
    rules: RuleBook | None = None,
    **permissions: Any,
) -> Triage:
    return triage(
        plan(*changes, root=root), rules or builtin_rules(), live=live, permissions=Permissions(**permissions)
    )


def verdict_of(found: Triage, address: str) -> ResourceVerdict:
    return next(item for item in found.resources if item.address == address)


def only(found: Triage) -> AttributeVerdict:
    """The one attribute of the one resource."""
    (resource_verdict,) = found.resources
    (attribute,) = resource_verdict.attributes
    return attribute
