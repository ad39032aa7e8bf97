"""Microsoft.ContainerService/managedClusters: one handler for each call."""

from __future__ import annotations

import re
from copy import deepcopy

from tfsync.sandbox import etags, immutability, kubeconfig, merge, versions
from tfsync.sandbox.cloud import TENANT_ID, Cloud
from tfsync.sandbox.defaults import fill_cluster
from tfsync.sandbox.operations import poll_headers
from tfsync.sandbox.wire import (
    Answer,
    ApiVersion,
    Body,
    Refused,
    Request,
    gateway_error,
    not_found,
    provider_error,
)

TYPE = "Microsoft.ContainerService/managedClusters"


def get(cloud: Cloud, request: Request) -> Answer:
    cloud.operations.hold_removal(request.path, cloud.store.get(request.path))
    return Answer(200, etags.shown(existing(cloud, request), request.api_version))


def list_all(cloud: Cloud, request: Request) -> Answer:
    """GET of the collection, in a resource group or in the whole subscription."""
    version = request.api_version
    group = re.escape(request.params["group"]) if "group" in request.params else "[^/]+"
    scope = f"/subscriptions/{re.escape(request.params['subscription'])}/resourcegroups/{group}"
    pattern = re.compile(f"{scope}/providers/microsoft.containerservice/managedclusters/[^/]+", re.IGNORECASE)
    found = [etags.shown(cluster, version) for cluster in cloud.store.matching(pattern)]
    return Answer(200, {"value": found})


def put(cloud: Cloud, request: Request) -> Answer:
    """Create, or merge into what is there. Both are long-running."""
    current = cloud.store.get(request.path)
    cloud.refuse_if_busy(request.path, beneath=True)
    etags.check_preconditions(request, (current or {}).get("eTag"), exists=current is not None)
    requested = merge.without(merge.writable_cluster(request.json), request.injection.ignored)
    _check_form(requested, new=current is None)
    if requested.get("location"):
        requested["location"] = str(requested["location"]).replace(" ", "").lower()
    new = {"id": request.path, "name": request.params["cluster"], "type": TYPE, "properties": {}}
    cluster = merge.merged(current or new, requested)
    _refuse_changes(current, cluster, requested, request.api_version)
    fill(cluster, current)
    cluster["properties"]["provisioningState"] = "Updating" if current else "Creating"
    return _accept(cloud, request, cluster, status=200 if current else 201)


def fill(cluster: Body, current: Body | None) -> None:
    """Fill in what Azure does; `current` is what was there before."""
    pools = (current or {}).get("properties", {}).get("agentPoolProfiles") or []
    known = frozenset(str(pool["name"]).lower() for pool in pools)
    fill_cluster(cluster, tenant=TENANT_ID, known_pools=known)


def patch(cloud: Cloud, request: Request) -> Answer:
    """PATCH changes tags and nothing else (arm-mutability §3.5)."""
    cluster = existing(cloud, request)
    cloud.refuse_if_busy(request.path, beneath=True)
    etags.check_preconditions(request, cluster.get("eTag"), exists=True)
    if set(request.json) - {"tags"}:
        raise Refused(provider_error(400, "InvalidParameter", "PATCH takes tags only.", target="body"))
    cluster["tags"] = request.json.get("tags") or {}
    cluster["properties"]["provisioningState"] = "Updating"
    return _accept(cloud, request, cluster, status=200)


def delete(cloud: Cloud, request: Request) -> Answer:
    cluster = cloud.store.get(request.path)
    if cluster is None:
        return Answer(204)
    cloud.refuse_if_busy(request.path, beneath=True)
    etags.check_preconditions(request, cluster.get("eTag"), exists=True)
    cluster["properties"]["provisioningState"] = "Deleting"
    cloud.store.put(request.path, cluster)
    operation = cloud.start(request, request.path, location=cluster["location"], removes=True)
    return Answer(202, None, poll_headers(request, operation, location=True))


def list_credentials(cloud: Cloud, request: Request) -> Answer:
    """POST listCluster…Credential, and …/accessProfiles/…/listCredential as azurerm 2 calls it.

    Both answers at once: the callers look at different keys.
    """
    cluster = existing(cloud, request)
    user = (
        "clusterAdmin" if "admin" in request.path.lower().rsplit("/managedclusters/", 1)[1] else "clusterUser"
    )
    encoded = kubeconfig.encoded(cluster, user)
    body = {
        "kubeconfigs": [{"name": user, "value": encoded}],
        "properties": {"kubeConfig": encoded},
        "value": [],
    }
    return Answer(200, body)


def available_versions(cloud: Cloud, request: Request) -> Answer:
    """GET availableAgentPoolVersions: azurerm asks before it gives a pool a version."""
    cluster = existing(cloud, request)
    current = cluster["properties"]["currentKubernetesVersion"]
    found = [
        {"kubernetesVersion": version, "default": version == current}
        for version in versions.available(cluster)
    ]
    return Answer(200, {"id": request.path, "name": "default", "properties": {"agentPoolVersions": found}})


def existing(cloud: Cloud, request: Request) -> Body:
    """The cluster in the request's path, or 404."""
    arm_id = re.match(r".*/managedClusters/[^/]+", request.path, re.IGNORECASE)
    assert arm_id is not None  # every route to here has one
    cluster = cloud.store.get(arm_id[0])
    if cluster is None:
        raise Refused(not_found(arm_id[0]))
    return cluster


def _accept(cloud: Cloud, request: Request, cluster: Body, *, status: int) -> Answer:
    etags.renew_all(cluster)
    cloud.store.put(request.path, cluster)
    operation = cloud.start(request, request.path, location=cluster["location"])
    shown = etags.shown(deepcopy(cluster), request.api_version)
    return Answer(status, shown, poll_headers(request, operation))


def _check_form(requested: Body, *, new: bool) -> None:
    if new and not requested.get("location"):
        raise Refused(gateway_error(400, "LocationRequired", "The location property is required."))
    if not isinstance(requested.setdefault("properties", {}), dict):
        raise Refused(gateway_error(400, "InvalidRequestContent", "'properties' is not an object."))
    pools = requested["properties"].get("agentPoolProfiles")
    if pools == [] or (new and not pools):
        message = "At least one agent pool is required."
        raise Refused(provider_error(400, "InvalidParameter", message, target="agentPoolProfiles"))
    if any(not isinstance(pool, dict) or not pool.get("name") for pool in pools or []):
        message = "Every agent pool needs a name."
        raise Refused(provider_error(400, "InvalidParameter", message, target="agentPoolProfiles.name"))


def _refuse_changes(current: Body | None, cluster: Body, requested: Body, version: ApiVersion) -> None:
    refusals = [immutability.refusal("cluster", current, cluster, version)]
    if current is not None:
        before = {pool["name"]: pool for pool in current["properties"].get("agentPoolProfiles") or []}
        refusals += [
            immutability.refusal("pool", before[pool["name"]], pool, version, target="agentPoolProfile.")
            for pool in cluster["properties"].get("agentPoolProfiles") or []
            if pool["name"] in before
        ]
        refusals.append(versions.check_pools(current, requested))
    for refusal in filter(None, refusals):
        raise Refused(refusal)
