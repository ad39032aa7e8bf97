"""Which handler answers which request. Paths are matched without case, as ARM does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from tfsync.sandbox import (
    authorization,
    children,
    clusters,
    entra,
    extensions,
    groups,
    metadata,
    operations,
    pools,
)
from tfsync.sandbox.cloud import Cloud
from tfsync.sandbox.wire import Answer, Refused, Request, gateway_error, not_found

Handler = Callable[[Cloud, Request], Answer]

_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = f"{_SUBSCRIPTION}/resourceGroups/{{group}}"
_CLUSTERS = "/providers/Microsoft.ContainerService/managedClusters"
_CLUSTER = f"{_GROUP}{_CLUSTERS}/{{cluster}}"
_EXTENSIONS = f"{_CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions"
_AUTHORIZATION = "{scope*}/providers/Microsoft.Authorization"
_IDENTITIES = f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"


def _operation(cloud: Cloud, request: Request) -> Answer:
    return operations.show(cloud.operations, cloud.store, request)


_TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/metadata/endpoints", metadata.endpoints),
    ("POST", "/{tenant}/oauth2/v2.0/token", entra.token),
    ("POST", "/{tenant}/oauth2/token", entra.token),
    ("GET", "/{tenant}/v2.0/.well-known/openid-configuration", entra.configuration),
    ("GET", "/{tenant}/.well-known/openid-configuration", entra.configuration),
    ("GET", "/common/discovery/instance", entra.instances),
    ("GET", "/{tenant}/servicePrincipals", entra.service_principals),
    ("GET", _SUBSCRIPTION, groups.subscription),
    ("GET", f"{_SUBSCRIPTION}/providers", groups.providers),
    ("GET", f"{_SUBSCRIPTION}/providers/{{namespace}}", groups.provider),
    ("POST", f"{_SUBSCRIPTION}/providers/{{namespace}}/register", groups.provider),
    ("GET", _GROUP, groups.get),
    ("HEAD", _GROUP, groups.head),
    ("PUT", _GROUP, groups.put),
    ("DELETE", _GROUP, groups.delete),
    ("GET", f"{_GROUP}/resources", groups.contents),
    (
        "GET",
        f"{_SUBSCRIPTION}/providers/Microsoft.ContainerService/locations/{{location}}/operations/{{operation}}",
        _operation,
    ),
    ("GET", f"{_SUBSCRIPTION}{_CLUSTERS}", clusters.list_all),
    ("GET", f"{_GROUP}{_CLUSTERS}", clusters.list_all),
    ("GET", _CLUSTER, clusters.get),
    ("PUT", _CLUSTER, clusters.put),
    ("PATCH", _CLUSTER, clusters.patch),
    ("DELETE", _CLUSTER, clusters.delete),
    ("POST", f"{_CLUSTER}/listClusterUserCredential", clusters.list_credentials),
    ("POST", f"{_CLUSTER}/listClusterAdminCredential", clusters.list_credentials),
    ("POST", f"{_CLUSTER}/accessProfiles/{{profile}}/listCredential", clusters.list_credentials),
    ("GET", f"{_CLUSTER}/availableAgentPoolVersions", clusters.available_versions),
    ("GET", f"{_CLUSTER}/agentPools", pools.list_all),
    ("GET", f"{_CLUSTER}/agentPools/{{pool}}", pools.get),
    ("PUT", f"{_CLUSTER}/agentPools/{{pool}}", pools.put),
    ("DELETE", f"{_CLUSTER}/agentPools/{{pool}}", pools.delete),
    ("GET", _EXTENSIONS, extensions.list_all),
    ("GET", f"{_EXTENSIONS}/{{extension}}", extensions.get),
    ("PUT", f"{_EXTENSIONS}/{{extension}}", extensions.put),
    ("PATCH", f"{_EXTENSIONS}/{{extension}}", extensions.patch),
    ("DELETE", f"{_EXTENSIONS}/{{extension}}", extensions.delete),
    ("GET", f"{_AUTHORIZATION}/roleDefinitions", authorization.definitions),
    ("GET", f"{_AUTHORIZATION}/roleDefinitions/{{role}}", authorization.definition),
    ("GET", f"{_AUTHORIZATION}/roleAssignments", authorization.assignments),
    ("GET", f"{_AUTHORIZATION}/roleAssignments/{{assignment}}", authorization.get),
    ("PUT", f"{_AUTHORIZATION}/roleAssignments/{{assignment}}", authorization.put),
    ("DELETE", f"{_AUTHORIZATION}/roleAssignments/{{assignment}}", authorization.delete),
    *(
        (method, collection + item, handler)
        for collection in (
            f"{_CLUSTER}/trustedAccessRoleBindings",
            f"{_CLUSTER}/maintenanceConfigurations",
            _IDENTITIES,
        )
        for method, item, handler in (
            ("GET", "", children.list_all),
            ("GET", "/{name}", children.get),
            ("PUT", "/{name}", children.put),
            ("DELETE", "/{name}", children.delete),
        )
    ),
)


def _pattern(template: str) -> re.Pattern[str]:
    """`{name}` is one segment of a path, `{name*}` any number of them."""
    parts = re.split(r"(\{\w+\*?\})", template)
    pattern = "".join(
        f"(?P<{part[1:-2]}>.*)"
        if part.endswith("*}")
        else f"(?P<{part[1:-1]}>[^/]+)"
        if part.startswith("{")
        else re.escape(part)
        for part in parts
    )
    return re.compile(pattern, re.IGNORECASE)


_ROUTES = [(method, _pattern(template), handler) for method, template, handler in _TABLE]


def dispatch(cloud: Cloud, request: Request) -> Answer:
    """The answer to a request. Writes are one at a time; reads are not held up by them."""
    cloud.operations.settle()
    path_known = False
    for method, pattern, handler in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match is None:
            continue
        path_known = True
        if method == request.method:
            return _answer(handler, cloud, replace(request, params=match.groupdict()))
    if path_known and request.method != "HEAD":
        message = f"The method '{request.method}' is not supported on '{request.path}'."
        return gateway_error(405, "MethodNotAllowed", message)
    return not_found(request.path)


def _answer(handler: Handler, cloud: Cloud, request: Request) -> Answer:
    try:
        if request.path.lower().startswith("/subscriptions/"):
            _ = request.api_version  # the gateway refuses a request without one, whatever it asks for
        if request.method in ("GET", "HEAD"):
            return handler(cloud, request)
        with cloud.store.lock:
            return handler(cloud, request)
    except Refused as refused:
        return refused.answer
