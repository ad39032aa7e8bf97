"""All that is around a cluster: login, groups, extensions, roles, and the small resources."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from tests.sandbox.arm import CLUSTER, CURRENT, GROUP, OLD, SUBSCRIPTION, Client, cluster
from tfsync.sandbox import Sandbox

EXTENSION = f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/flux"
EXTENSIONS_VERSION = "2024-11-01"
ROLES = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


# Login and metadata


@pytest.mark.parametrize(
    ("path", "form", "audience"),
    [
        ("/the-tenant/oauth2/v2.0/token", "scope=https://arm/.default&client_id=me", "https://arm"),
        ("/the-tenant/oauth2/token", "resource=https://arm&client_id=me", "https://arm"),
    ],
)
def test_a_token_parses_and_says_whose_it_is(arm: Client, path: str, form: str, audience: str) -> None:
    body = arm("POST", path, form, headers=FORM).body
    assert body.keys() >= {"token_type", "expires_in", "expires_on", "resource", "access_token"}
    payload = body["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["tid"], claims["appid"], claims["aud"]) == ("the-tenant", "me", audience)
    assert claims["oid"]


@pytest.mark.parametrize("version", ["2018-01-01", "2020-06-01"])
def test_older_clients_get_a_list_of_one_cloud_with_a_name_of_its_own(
    sandbox: Sandbox, arm: Client, version: str
) -> None:
    (cloud,) = arm("GET", "/metadata/endpoints", version=version).body
    assert cloud["name"] == "lab"
    assert (cloud["authentication"]["identityProvider"], cloud["authentication"]["tenant"]) == (
        "AAD",
        "common",
    )
    assert cloud["resourceManager"] == cloud["graph"] == sandbox.url


def test_the_old_graph_knows_one_service_principal(arm: Client) -> None:
    (found,) = arm("GET", "/the-tenant/servicePrincipals", version="1.6").body["value"]
    assert found["objectId"]


def test_instance_discovery_points_at_itself(sandbox: Sandbox, arm: Client) -> None:
    body = arm("GET", "/common/discovery/instance?api-version=1.1").body
    assert body["tenant_discovery_endpoint"].startswith(sandbox.url)


# Subscriptions and groups


def test_a_subscription_and_its_resource_providers(arm: Client) -> None:
    assert arm("GET", SUBSCRIPTION, version="2022-12-01").body["state"] == "Enabled"
    assert arm("GET", f"{SUBSCRIPTION}/providers", version="2022-09-01").body == {"value": []}
    path = f"{SUBSCRIPTION}/providers/Microsoft.ContainerService"
    for method, suffix in (("GET", ""), ("POST", "/register")):
        assert arm(method, path + suffix, version="2022-09-01").body["registrationState"] == "Registered"


def test_a_group_lives_and_dies_with_what_is_in_it(arm: Client) -> None:
    lower = GROUP.replace("resourceGroups", "resourcegroups")
    assert arm("GET", lower, version="2020-06-01").status == 404
    assert arm("HEAD", lower, version="2020-06-01").status == 404
    created = arm("PUT", lower, {"location": "eastus", "tags": {}}, version="2020-06-01")
    assert (created.status, created.body["id"]) == (201, lower)
    assert arm("PUT", GROUP, {"location": "eastus", "tags": {"a": "1"}}, version="2023-07-01").status == 200
    assert arm("GET", GROUP, version="2023-07-01").body["tags"] == {"a": "1"}
    assert arm("HEAD", GROUP, version="2023-07-01").status == 204

    arm("PUT", CLUSTER, cluster(), version=CURRENT)
    inside = arm("GET", f"{GROUP}/resources", version="2023-07-01").body["value"]
    assert [resource["id"] for resource in inside] == [CLUSTER]
    reply = arm("DELETE", GROUP, version="2023-07-01")
    assert (reply.status, arm.finish(reply)["status"]) == (202, "Succeeded")
    assert arm("GET", GROUP, version="2023-07-01").status == 404
    assert arm("GET", CLUSTER, version=CURRENT).status == 404


def test_a_cluster_needs_no_group_of_its_own(arm: Client) -> None:
    """The recorded scenarios name a group that they do not create."""
    assert arm("PUT", CLUSTER, cluster(), version=CURRENT).status == 201


# Extensions


@pytest.fixture
def extension(arm: Client) -> dict[str, Any]:
    arm("PUT", CLUSTER, cluster(), version=CURRENT)
    properties = {
        "extensionType": "microsoft.flux",
        "autoUpgradeMinorVersion": False,
        "version": "1.16.2",
        "configurationSettings": {"a": "1"},
        "configurationProtectedSettings": {"key": "never returned"},
    }
    reply = arm("PUT", EXTENSION, {"properties": properties}, version=EXTENSIONS_VERSION)
    assert reply.status == 201
    body: dict[str, Any] = reply.body
    return body


def test_an_extension_is_there_at_once_without_its_secrets(arm: Client, extension: dict[str, Any]) -> None:
    properties = extension["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["configurationProtectedSettings"] is None
    assert properties["currentVersion"] == "1.16.2"
    assert arm("GET", EXTENSION, version=EXTENSIONS_VERSION).body == extension
    listed = arm("GET", EXTENSION.rsplit("/", 1)[0], version=EXTENSIONS_VERSION).body["value"]
    assert listed == [extension]
    gone = arm("DELETE", EXTENSION, version=EXTENSIONS_VERSION)
    assert (gone.status, gone.body) == (200, extension)
    assert arm("DELETE", EXTENSION, version=EXTENSIONS_VERSION).status == 204


def test_a_patch_is_an_operation_and_merges_settings_key_by_key(
    sandbox: Sandbox, arm: Client, extension: dict[str, Any]
) -> None:
    sandbox.put_fault({"fault": "slow", "seconds": 60, "match": {"method": "PATCH", "nth": 2}})
    changes = {"version": "1.17.0", "autoUpgradeMinorVersion": False, "configurationSettings": {"b": "2"}}
    reply = arm("PATCH", EXTENSION, {"properties": changes}, version=EXTENSIONS_VERSION)
    assert (reply.status, reply.body["properties"]["provisioningState"]) == (202, "Updating")
    assert arm.finish(reply)["status"] == "Succeeded"
    after = arm("GET", EXTENSION, version=EXTENSIONS_VERSION).body["properties"]
    assert (after["version"], after["currentVersion"]) == ("1.17.0", "1.17.0")
    assert after["configurationSettings"] == {"a": "1", "b": "2"}
    assert after["provisioningState"] == "Succeeded"
    arm("PATCH", EXTENSION, {"properties": {}}, version=EXTENSIONS_VERSION)
    assert (
        arm("PATCH", EXTENSION, {"properties": {}}, version=EXTENSIONS_VERSION).code == "OperationNotAllowed"
    )


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"version": "1.17.0", "autoUpgradeMinorVersion": False}, True),
        ({"version": "1.17.0"}, True),  # automatic upgrades are off already
        ({"version": "1.17.0", "autoUpgradeMinorVersion": True}, False),
        ({"releaseTrain": "Preview", "autoUpgradeMinorVersion": True}, True),
        ({"releaseTrain": "Preview"}, False),
        ({"releaseTrain": "Preview", "version": "1.17.0", "autoUpgradeMinorVersion": True}, False),
        ({"releaseTrain": "Preview", "version": "1.17.0", "autoUpgradeMinorVersion": False}, False),
        ({"extensionType": "microsoft.dapr"}, False),
        ({"scope": {"cluster": {"releaseNamespace": "other"}}}, False),
    ],
)
def test_a_patch_takes_a_version_or_a_train_with_its_condition(
    arm: Client, extension: dict[str, Any], changes: dict[str, Any], accepted: bool
) -> None:
    reply = arm("PATCH", EXTENSION, {"properties": changes}, version=EXTENSIONS_VERSION)
    assert reply.status == (202 if accepted else 400)
    if not accepted:
        assert reply.body["error"]["code"] == "ValidationFailed"
        assert arm("GET", EXTENSION, version=EXTENSIONS_VERSION).body == extension


def test_a_patch_can_be_made_to_have_no_effect(
    sandbox: Sandbox, arm: Client, extension: dict[str, Any]
) -> None:
    sandbox.put_fault({"fault": "ignore", "property": "properties.version", "match": {"method": "PATCH"}})
    changes = {"properties": {"version": "1.17.0", "autoUpgradeMinorVersion": False}}
    assert arm("PATCH", EXTENSION, changes, version=EXTENSIONS_VERSION).status == 202
    assert arm("GET", EXTENSION, version=EXTENSIONS_VERSION).body == extension


def test_an_extension_is_of_one_type_for_good(arm: Client, extension: dict[str, Any]) -> None:
    other = {"properties": {"extensionType": "microsoft.dapr"}}
    assert arm("PUT", EXTENSION, other, version=EXTENSIONS_VERSION).status == 400
    assert arm("PUT", EXTENSION, extension, version=EXTENSIONS_VERSION).status == 200


def test_an_extension_needs_its_cluster(arm: Client) -> None:
    body = {"properties": {"extensionType": "microsoft.flux"}}
    assert arm("PUT", EXTENSION, body, version=EXTENSIONS_VERSION).status == 404
    assert arm("PATCH", EXTENSION, body, version=EXTENSIONS_VERSION).status == 404


# Roles


def test_a_role_is_found_by_name_and_by_id(arm: Client) -> None:
    for name in ("AcrPull", "A role of our own"):
        query = urlencode({"api-version": "2022-05-01-preview", "$filter": f"roleName eq '{name}'"})
        (found,) = arm("GET", f"{ROLES}?{query}").body["value"]
        read = arm("GET", found["id"], version="2022-05-01-preview").body
        assert read["properties"]["roleName"] == found["properties"]["roleName"] == name
        assert read["id"] == found["id"]
    unknown = arm("GET", f"{ROLES}/11111111-2222-3333-4444-555555555555", version="2022-05-01-preview")
    assert unknown.status == 200


def test_a_role_assignment_carries_its_scope(arm: Client) -> None:
    scope = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/acr"
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/one"
    assert arm("GET", path, version="2022-04-01").status == 404
    properties = {"principalId": "p", "roleDefinitionId": f"{ROLES}/r"}
    created = arm("PUT", path, {"properties": properties}, version="2022-04-01")
    assert created.status == 201
    assert created.body["properties"] == {**properties, "principalType": "ServicePrincipal", "scope": scope}
    for at in (scope, GROUP):
        listed = arm("GET", f"{at}/providers/Microsoft.Authorization/roleAssignments", version="2022-04-01")
        assert listed.body["value"] == [created.body]
    assert arm("DELETE", path, version="2022-04-01").body == created.body
    assert arm("DELETE", path, version="2022-04-01").status == 204


# Small resources


@pytest.mark.parametrize(
    ("path", "version", "properties"),
    [
        (f"{CLUSTER}/trustedAccessRoleBindings/tab", CURRENT, {"roles": ["a/b"], "sourceResourceId": "/w"}),
        (f"{CLUSTER}/maintenanceConfigurations/default", CURRENT, {"timeInWeek": []}),
        (
            f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cp",
            "2023-01-31",
            {"isolationScope": "None"},
        ),
    ],
)
def test_a_small_resource_is_kept_as_it_was_sent(
    arm: Client, path: str, version: str, properties: dict[str, Any]
) -> None:
    assert arm("GET", path, version=version).code == "ResourceNotFound"
    created = arm("PUT", path, {"location": "eastus", "properties": properties}, version=version)
    assert created.status == 200
    assert created.body["properties"].items() >= properties.items()
    assert (created.body["id"], created.body["name"]) == (path, path.rsplit("/", 1)[1])
    assert arm("GET", path, version=version).body == created.body
    assert arm("GET", path.rsplit("/", 1)[0], version=version).body["value"] == [created.body]
    assert arm("DELETE", path, version=version).status == 204
    assert arm("GET", path, version=version).status == 404


@pytest.mark.parametrize(
    ("call", "version", "user"),
    [
        ("listClusterUserCredential", CURRENT, "clusterUser"),
        ("listClusterAdminCredential", CURRENT, "clusterAdmin"),
        ("accessProfiles/clusterUser/listCredential", OLD, "clusterUser"),
        ("accessProfiles/clusterAdmin/listCredential", OLD, "clusterAdmin"),
    ],
)
def test_a_kubeconfig_parses_and_stays_the_same(arm: Client, call: str, version: str, user: str) -> None:
    assert arm("POST", f"{CLUSTER}/{call}", version=version).status == 404
    fqdn = arm("PUT", CLUSTER, cluster(), version=CURRENT).body["properties"]["fqdn"]
    body = arm("POST", f"{CLUSTER}/{call}", version=version).body
    assert body == arm("POST", f"{CLUSTER}/{call}", version=version).body
    (named,) = body["kubeconfigs"]
    assert named["name"] == user
    assert named["value"] == body["properties"]["kubeConfig"]
    config = yaml.safe_load(base64.b64decode(named["value"]))
    assert config["clusters"][0]["cluster"]["server"] == f"https://{fqdn}:443"
    assert config["users"][0]["name"] == config["contexts"][0]["context"]["user"]
