"""managedClusters/{cluster}/agentPools: a view of the cluster's agentPoolProfiles, with writes of its own."""

from __future__ import annotations

from copy import deepcopy

from tfsync.sandbox import etags, immutability, merge
from tfsync.sandbox.cloud import Cloud
from tfsync.sandbox.clusters import existing
from tfsync.sandbox.defaults import fill_pool
from tfsync.sandbox.operations import poll_headers
from tfsync.sandbox.wire import Answer, Body, Refused, Request, not_found


def get(cloud: Cloud, request: Request) -> Answer:
    cloud.operations.hold_removal(request.path, cloud.store.get(request.path))
    pool = cloud.store.get(request.path)
    if pool is None:
        return not_found(request.path)
    return Answer(200, etags.shown(pool, request.api_version))


def list_all(cloud: Cloud, request: Request) -> Answer:
    cluster = existing(cloud, request)
    found = []
    for profile in cluster["properties"].get("agentPoolProfiles") or []:
        pool = cloud.store.get(f"{cluster['id']}/agentPools/{profile['name']}")
        assert pool is not None
        found.append(etags.shown(pool, request.api_version))
    return Answer(200, {"value": found})


def put(cloud: Cloud, request: Request) -> Answer:
    """Create or update one pool. Pools of one cluster may be written at the same time."""
    cluster = existing(cloud, request)
    current = cloud.store.get(request.path)
    _refuse_if_busy(cloud, cluster, request)
    etag = current["properties"].get("eTag") if current else None
    etags.check_preconditions(request, etag, exists=current is not None)
    body = merge.without(request.json, request.injection.ignored)
    requested = merge.writable_pool(body.get("properties") or {})
    before = current["properties"] if current else None
    properties = merge.merged(before or {}, requested)
    refusal = immutability.refusal("pool", before, properties, request.api_version, target="properties.")
    if refusal:
        raise Refused(refusal)
    fill_pool(properties, cluster["properties"])
    properties["provisioningState"] = "Updating" if current else "Creating"
    properties["eTag"] = etags.new_etag()
    pool: Body = {"properties": properties}
    cloud.store.put(request.path, pool)
    operation = cloud.start(request, request.path, location=cluster["location"])
    stored = cloud.store.get(request.path)
    assert stored is not None
    stored["properties"]["provisioningState"] = properties["provisioningState"]  # it may be over already
    shown = etags.shown(deepcopy(stored), request.api_version)
    return Answer(200 if current else 201, shown, poll_headers(request, operation))


def delete(cloud: Cloud, request: Request) -> Answer:
    cluster = existing(cloud, request)
    pool = cloud.store.get(request.path)
    if pool is None:
        return Answer(204)
    _refuse_if_busy(cloud, cluster, request)
    etags.check_preconditions(request, pool["properties"].get("eTag"), exists=True)
    pool["properties"]["provisioningState"] = "Deleting"
    cloud.store.put(request.path, pool)
    operation = cloud.start(request, request.path, location=cluster["location"], removes=True)
    return Answer(202, None, poll_headers(request, operation))


def _refuse_if_busy(cloud: Cloud, cluster: Body, request: Request) -> None:
    cloud.refuse_if_busy(cluster["id"], beneath=False)
    cloud.refuse_if_busy(request.path, beneath=False)
