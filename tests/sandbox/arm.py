"""A plain HTTPS client for the tests of the loopback ARM, and the ids that they use."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tfsync.sandbox import Sandbox

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
GROUP = f"{SUBSCRIPTION}/resourceGroups/my-rg"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
CURRENT = "2025-10-01"  # azurerm 4.81 and 5.2
PREVIEW = "2023-09-02-preview"  # azurerm 3.117
OLD = "2020-09-01"  # azurerm 2.36

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire. Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The error code, from whichever of the two shapes."""
        return str((self.body.get("error") or self.body)["code"])


class Client:
    """One keep-alive connection that trusts the sandbox's authority and no other."""

    def __init__(self, sandbox: Sandbox, *, host: str = "localhost") -> None:
        tls = ssl.create_default_context(cafile=str(sandbox.directory / "tls" / "ca.pem"))
        self._connection = http.client.HTTPSConnection(host, sandbox.port, context=tls, timeout=30)

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        version: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        target = f"{path}?api-version={version}" if version else path
        content = None if body is None else body if isinstance(body, str) else json.dumps(body)
        sent = {"Content-Type": "application/json", "Authorization": "Bearer never-logged", **(headers or {})}
        self._connection.request(method, target, content, sent)
        response = self._connection.getresponse()
        raw = response.read()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, names, json.loads(raw) if raw else None)

    def finish(self, reply: Reply) -> Body:
        """Poll the operation that a reply began until it is over; its last answer."""
        path = reply.headers["azure-asyncoperation"].split("/", 3)[3]
        while True:
            polled: Body = self("GET", f"/{path}").body
            if polled["status"] != "InProgress":
                return polled

    def close(self) -> None:
        self._connection.close()


@contextmanager
def connected(sandbox: Sandbox, **options: Any) -> Iterator[Client]:
    client = Client(sandbox, **options)
    try:
        yield client
    finally:
        client.close()


def cluster(**properties: Any) -> Body:
    """A small cluster as a client would create it."""
    return {
        "location": "eastus",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "dnsPrefix": "aks",
            "agentPoolProfiles": [
                {"name": "system", "count": 1, "vmSize": "Standard_D2s_v5", "mode": "System"},
                {"name": "apps", "count": 2, "vmSize": "Standard_D4s_v5", "mode": "User"},
            ],
            "networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay"},
            **properties,
        },
    }
