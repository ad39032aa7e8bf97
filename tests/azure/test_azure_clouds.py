"""Which cloud, and that nothing about it is ever asked without TLS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.azure.loopback import Answer, Loopback
from tfsync.azure.clouds import from_metadata, resolve
from tfsync.azure.errors import Unreachable
from tfsync.azure.settings import from_environment
from tfsync.errors import BadInput


@pytest.mark.parametrize(
    ("name", "sdk_name", "authority"),
    [
        ("public", "AZURE_PUBLIC_CLOUD", "https://login.microsoftonline.com"),
        ("usgovernment", "AZURE_US_GOVERNMENT", "https://login.microsoftonline.us"),
        ("china", "AZURE_CHINA_CLOUD", "https://login.chinacloudapi.cn"),
        ("AzureUSGovernmentCloud", "AZURE_US_GOVERNMENT", "https://login.microsoftonline.us"),
    ],
)
def test_public_clouds_are_where_the_azure_sdk_says(name: str, sdk_name: str, authority: str) -> None:
    from azure.core import AzureClouds
    from azure.mgmt.core.tools import get_arm_endpoints

    cloud = resolve(from_environment({"ARM_ENVIRONMENT": name}))
    sdk = get_arm_endpoints(AzureClouds[sdk_name])
    assert (cloud.endpoint, [cloud.scope]) == (sdk["resource_manager"].rstrip("/"), sdk["credential_scopes"])
    assert (cloud.authority, cloud.custom) == (authority, False)


def test_a_custom_cloud_describes_itself(azure: Loopback, env: dict[str, str]) -> None:
    cloud = resolve(from_environment(env))
    assert (cloud.name, cloud.endpoint, cloud.authority) == ("Loopback", azure.url, azure.url)
    assert (cloud.scope, cloud.custom) == (f"{azure.url}/.default", True)
    (asked,) = azure.asked
    assert asked.target == "/metadata/endpoints?api-version=2022-09-01"
    assert "Authorization" not in asked.headers


def document(**more: Any) -> dict[str, Any]:
    authentication = {
        "loginEndpoint": "https://login.local/",
        "audiences": ["https://a.local/1/", "https://b"],
    }
    return {"resourceManager": "https://arm.local/", "authentication": authentication, **more}


def test_a_cloud_with_an_audience_of_its_own_is_asked_for_that() -> None:
    assert from_metadata(document(), "h").scope == "https://a.local/1//.default"


def test_a_cloud_without_audiences_is_asked_for_its_endpoint() -> None:
    bare = document(authentication={"loginEndpoint": "https://login.local"})
    assert from_metadata(bare, "h").scope == "https://arm.local/.default"


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "text",
        {},
        document(resourceManager="http://arm.local"),
        document(resourceManager=None),
        document(authentication={"loginEndpoint": "http://login.local"}),
        document(authentication=None),
        document(authentication={"loginEndpoint": "https://x", "identityProvider": "ADFS"}),
    ],
)
def test_a_cloud_that_cannot_be_used_is_refused(wrong: Any) -> None:
    with pytest.raises(BadInput):
        from_metadata(wrong, "h")


@pytest.mark.parametrize(
    "host", ["http://localhost", "localhost/path", "a b", "user@host", "localhost:x", "h?q"]
)
def test_a_metadata_host_is_a_host(host: str) -> None:
    with pytest.raises(BadInput, match="ARM_METADATA_HOSTNAME"):
        resolve(from_environment({"ARM_METADATA_HOSTNAME": host}))


@pytest.mark.parametrize(
    "answer",
    [Answer(404), Answer(200, b"<html>"), Answer(302, None, {"Location": "http://elsewhere.invalid"})],
)
def test_a_metadata_host_that_answers_otherwise_is_unreachable(
    azure: Loopback, env: dict[str, str], answer: Answer
) -> None:
    azure.on("GET", "/metadata/endpoints", answer)
    with pytest.raises(Unreachable, match=azure.host):
        resolve(from_environment(env))
