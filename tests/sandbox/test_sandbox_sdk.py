"""The real Azure SDK against the loopback ARM: login through msal, writes with eTags, operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.sandbox.arm import CURRENT, cluster
from tfsync.sandbox import Sandbox


@pytest.fixture
def clusters(sandbox: Sandbox) -> Iterator[Any]:
    """The managed cluster operations of the SDK's client, logged in with a secret."""
    from azure.identity import ClientSecretCredential
    from azure.mgmt.containerservice import ContainerServiceClient

    environment = sandbox.environment()
    trust: dict[str, Any] = {"connection_verify": str(sandbox.ca_bundle)}
    credential = ClientSecretCredential(
        environment["ARM_TENANT_ID"],
        environment["ARM_CLIENT_ID"],
        environment["ARM_CLIENT_SECRET"],
        authority=sandbox.url,
        disable_instance_discovery=True,
        **trust,
    )
    with ContainerServiceClient(
        credential,
        environment["ARM_SUBSCRIPTION_ID"],
        base_url=sandbox.url,
        credential_scopes=[f"{sandbox.url}/.default"],
        api_version=CURRENT,
        polling_interval=0.05,
        **trust,
    ) as client:
        yield client.managed_clusters
    credential.close()


def test_the_sdk_creates_reads_writes_and_deletes_a_cluster(sandbox: Sandbox, clusters: Any) -> None:
    from azure.core import MatchConditions
    from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

    def write(body: dict[str, Any], etag: str) -> dict[str, Any]:
        poller = clusters.begin_create_or_update(
            "my-rg", "aks", cast(Any, body), etag=etag, match_condition=MatchConditions.IfNotModified
        )
        return cast(dict[str, Any], poller.result())

    created = clusters.begin_create_or_update("my-rg", "aks", cast(Any, cluster())).result()
    assert created["properties"]["provisioningState"] == "Succeeded"
    read = dict(clusters.get("my-rg", "aks"))
    read["tags"] = {"a": "1"}
    written = write(read, created["eTag"])
    assert written["tags"] == {"a": "1"}
    with pytest.raises(ResourceModifiedError):
        write(read, created["eTag"])
    assert [found["name"] for found in clusters.list()] == ["aks"]

    clusters.begin_delete("my-rg", "aks").result()
    with pytest.raises(ResourceNotFoundError):
        clusters.get("my-rg", "aks")
    puts = [line for line in sandbox.requests() if line["method"] == "PUT"]
    assert [line["if_match"] for line in puts] == [None, f'"{created["eTag"]}"', f'"{created["eTag"]}"']


def test_the_sdk_reads_both_shapes_of_an_error(clusters: Any) -> None:
    from azure.core.exceptions import HttpResponseError

    clusters.begin_create_or_update("my-rg", "aks", cast(Any, cluster())).result()
    with pytest.raises(HttpResponseError, match=r"Changing property 'properties\.dnsPrefix' is not allowed"):
        clusters.begin_create_or_update("my-rg", "aks", cast(Any, cluster(dnsPrefix="other"))).result()
    with pytest.raises(HttpResponseError, match="ResourceNotFound"):
        clusters.get("my-rg", "none")


def test_the_sdk_waits_out_a_throttled_write_and_reports_a_failed_operation(
    sandbox: Sandbox, clusters: Any
) -> None:
    from azure.core.exceptions import HttpResponseError

    sandbox.put_fault("429:retry_after=0,times=2")
    clusters.begin_create_or_update("my-rg", "aks", cast(Any, cluster())).result()
    puts = [line["status"] for line in sandbox.requests() if line["method"] == "PUT"]
    assert puts == [429, 429, 201]
    sandbox.put_fault("fail:code=QuotaExceeded,message=no cores left")
    with pytest.raises(HttpResponseError, match="no cores left"):
        clusters.begin_create_or_update("my-rg", "aks", cast(Any, cluster())).result()


def test_msal_finds_the_token_endpoint_by_discovery(sandbox: Sandbox, clusters: Any) -> None:
    list(clusters.list())
    tenant = sandbox.environment()["ARM_TENANT_ID"]
    paths = [line["path"] for line in sandbox.requests()]
    assert paths[:2] == [
        f"/{tenant}/v2.0/.well-known/openid-configuration",
        f"/{tenant}/oauth2/v2.0/token",
    ]
