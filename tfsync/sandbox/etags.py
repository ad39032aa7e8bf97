"""ETags on clusters and pools, and what If-Match and If-None-Match mean (arm-mutability §3.1)."""

from __future__ import annotations

import uuid

from tfsync.sandbox.wire import Answer, ApiVersion, Body, Refused, Request, gateway_error, provider_error

# The first api-version with eTag and If-Match on managedClusters and agentPools. Older ones neither
# return an eTag nor look at the headers.
SINCE = "2024-09-01"


def new_etag() -> str:
    return str(uuid.uuid4())


def renew_all(cluster: Body) -> None:
    """New eTags for a cluster and all its pools, as every operation on the cluster gives."""
    cluster["eTag"] = new_etag()
    for pool in cluster["properties"].get("agentPoolProfiles") or []:
        pool["eTag"] = new_etag()


def shown(body: Body, version: ApiVersion) -> Body:
    """The body as this api-version shows it. Takes a copy that it may change."""
    if not version.since(SINCE):
        properties = body.get("properties", {})
        for holder in (body, properties, *(properties.get("agentPoolProfiles") or [])):
            holder.pop("eTag", None)
    return body


def check_preconditions(request: Request, etag: str | None, *, exists: bool) -> None:
    """Refuse with 412 when If-Match or If-None-Match does not hold, with 400 when they make no sense."""
    if not request.api_version.since(SINCE):
        return
    match, none_match = request.headers.get("if-match"), request.headers.get("if-none-match")
    if match and none_match:
        raise Refused(gateway_error(400, "InvalidHeader", "If-Match and If-None-Match cannot both be given."))
    if none_match and none_match != "*":
        raise Refused(gateway_error(400, "InvalidHeader", "If-None-Match accepts only '*'."))
    if none_match and exists:
        raise Refused(_precondition_failed("The resource exists already."))
    if match and (not exists or (match != "*" and _plain(match) != etag)):
        raise Refused(_precondition_failed("The eTag in If-Match is not the resource's current one."))


def _plain(header: str) -> str:
    return header.strip().removeprefix("W/").strip('"')


def _precondition_failed(message: str) -> Answer:
    return provider_error(412, "PreconditionFailed", message)
