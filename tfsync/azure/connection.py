"""One cloud, one identity, one pipeline, and the resources that are read and written through them.

Clusters and node pools go through azure-mgmt-containerservice, any other type through the same pipeline with
its id as the address. Bodies are raw JSON both ways, so that nothing newer than the SDK's models is lost.

This module imports the Azure SDK. `tfsync.azure.arm` imports it when the first request is made.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, urlsplit

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.mgmt.containerservice import ContainerServiceClient
from azure.mgmt.core import ARMPipelineClient

from tfsync.azure import pipeline
from tfsync.azure.clouds import resolve
from tfsync.azure.credentials import credential
from tfsync.azure.patience import Patience
from tfsync.azure.pipeline import PATIENCE, CountRequests, Response
from tfsync.azure.settings import Settings
from tfsync.errors import BadInput

_AKS = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.ContainerService/managedClusters/(?P<cluster>[^/]+)(?:/agentPools/(?P<pool>[^/]+))?",
    re.IGNORECASE,
)
_ANY = re.compile(r"/subscriptions/[^/]+/.+/[^/]+", re.IGNORECASE)
_DONE = (200, 201, 202, 204)


def _whole_answer(response: Response, *_: Any) -> Response:
    """What the SDK's operations return instead of a model."""
    return response


def _addressed(client: ContainerServiceClient, aks: re.Match[str]) -> tuple[list[str], Any]:
    """The names in an id, and the SDK's operations for its type."""
    if aks["pool"]:
        return [aks["group"], aks["cluster"], aks["pool"]], client.agent_pools
    return [aks["group"], aks["cluster"]], client.managed_clusters


class Connection:
    """Made once per run, by the first request. Safe for many threads."""

    def __init__(self, settings: Settings, counter: CountRequests) -> None:
        cloud = resolve(settings)
        self.endpoint = cloud.endpoint
        self.host = urlsplit(cloud.endpoint).netloc
        self._credential = credential(settings, cloud)
        self._pipeline = pipeline.build(self._credential, cloud.scope, settings, counter)
        self.client = ARMPipelineClient[Any, Any](cloud.endpoint, policies=[], pipeline=self._pipeline)
        self._sdk: dict[tuple[str, str], ContainerServiceClient] = {}
        self._lock = threading.Lock()

    def get(self, arm_id: str, api_version: str, patience: Patience) -> Response:
        """The answer to a GET. Raises the SDK's exceptions, as the other two do."""
        aks = _AKS.fullmatch(arm_id)
        if not aks:
            return self._send("GET", arm_id, api_version, patience)
        client = self._container_service(aks["subscription"], api_version)
        options: dict[str, Any] = {PATIENCE: patience, "cls": _whole_answer}
        if aks["pool"]:
            return cast(
                Response, client.agent_pools.get(aks["group"], aks["cluster"], aks["pool"], **options)
            )
        return cast(Response, client.managed_clusters.get(aks["group"], aks["cluster"], **options))

    def put(
        self, arm_id: str, api_version: str, body: Mapping[str, Any], etag: str | None, patience: Patience
    ) -> Response:
        """The answer to a PUT, before its operation has ended."""
        aks = _AKS.fullmatch(arm_id)
        if not aks:
            return self._send("PUT", arm_id, api_version, patience, body=body, etag=etag)
        client = self._container_service(aks["subscription"], api_version)
        options: dict[str, Any] = {PATIENCE: patience, "cls": _whole_answer, "polling": False}
        if etag:
            # The SDK sends no header, and says nothing, when one of the two is missing.
            options |= {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        names, operations = _addressed(client, aks)
        return cast(Response, operations.begin_create_or_update(*names, body, **options).result())

    def patch(
        self, arm_id: str, api_version: str, body: Mapping[str, Any], etag: str | None, patience: Patience
    ) -> Response:
        """The answer to a PATCH, before its operation has ended. For types other than clusters and pools."""
        return self._send("PATCH", arm_id, api_version, patience, body=body, etag=etag)

    def close(self) -> None:
        """Close the connections of the pipeline and of the credential."""
        self.client.close()
        if close := getattr(self._credential, "close", None):
            close()

    def _container_service(self, subscription: str, api_version: str) -> ContainerServiceClient:
        """The SDK's client. Its api-version belongs to the client, not to the call."""
        with self._lock:
            key = subscription, api_version
            if key not in self._sdk:
                self._sdk[key] = ContainerServiceClient(
                    self._credential,
                    subscription,
                    self.endpoint,
                    api_version=api_version,
                    policies=[],
                    pipeline=self._pipeline,
                )
            return self._sdk[key]

    def _send(
        self,
        method: str,
        arm_id: str,
        api_version: str,
        patience: Patience,
        *,
        body: Mapping[str, Any] | None = None,
        etag: str | None = None,
    ) -> Response:
        if not _ANY.fullmatch(arm_id):
            raise BadInput("is not the id of an Azure resource", where=arm_id)
        headers = {"Accept": "application/json"}
        if etag:
            headers["If-Match"] = etag if etag.startswith(('"', "W/")) else f'"{etag}"'
        request = HttpRequest(
            method,
            self.endpoint + quote(arm_id),
            params={"api-version": api_version},
            headers=headers,
            json=body,
        )
        answer = self._pipeline.run(request, **{PATIENCE: patience})
        if answer.http_response.status_code not in _DONE:
            raise HttpResponseError(response=answer.http_response)
        return answer
