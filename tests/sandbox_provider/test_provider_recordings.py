"""The stand-in against the real provider: its plans, what it reads, and what it writes.

Every recording is a plan that Terraform and the real azurerm made, the Azure bodies it was made from and,
where the provider updates in place, the requests it then sent. Given the same configuration and the same
state, the stand-in must plan the same value (every attribute it has, unknown ones included), for the same
causes; read the same state from the same bodies; and send the same requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.recorded import Recording, recordings
from tests.sandbox_provider.core import Change, Value, change, configured, merged
from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.normalize import normalize
from tfsync.sandbox.provider.provider import Provider
from tfsync.sandbox.provider.schema import Block, Schema
from tfsync.sandbox.provider.values import UNKNOWN, complete, known_only

CLUSTER = "azurerm_kubernetes_cluster"
PROVIDERS = {version: Provider(version) for version in ("2.36.0", "3.117.1", "5.2.0")}

# Its configuration is HCL with variables: test_provider_terraform.py plans it with real terraform.
IN_HCL = {"5.2.0/cascade-lb-sku"}
# The plan is an update, but no request was recorded.
WRITES_UNRECORDED = {"2.36.0/v2-dashboard-off", "2.36.0/v2-oms-on"}

# What the recorded clusters have (always null, empty or a default there) and the stand-in has not.
NOT_MODELLED = {
    "auto_scaler_profile",
    "bootstrap_profile",
    "confidential_computing",
    "default_node_pool.linux_os_config",
    "default_node_pool.node_network_profile",
    "enable_pod_security_policy",
    "http_proxy_config",
    "key_management_service",
    "linux_os_config",
    "maintenance_window",
    "maintenance_window_auto_upgrade",
    "maintenance_window_node_os",
    "network_profile.outbound_ip_address_ids",
    "network_profile.outbound_ip_prefix_ids",
    "node_network_profile",
    "plan",
    "private_link_enabled",
    "public_network_access_enabled",
    "role_based_access_control.azure_active_directory",
    "service_mesh_profile",
    "service_mesh_profile.certificate_authority",
    "service_principal",
    "upgrade_override",
    "web_app_routing",
    "windows_profile",
    "workload_autoscaler_profile",
}
UNUSED: tuple[object, ...] = (None, "", [], {}, False, True)


def in_json() -> list[Recording]:
    return [one for one in recordings() if str(one) not in IN_HCL]


def in_place() -> list[Recording]:
    return [one for one in recordings() if one.updates_in_place and str(one) not in WRITES_UNRECORDED]


@pytest.mark.parametrize("recording", in_json(), ids=str)
def test_the_plan_is_the_real_one(recording: Recording) -> None:
    provider = PROVIDERS[recording.version]
    changes = resource_changes(recording)
    resources = json.loads((recording.path / "after.tf.json").read_bytes())["resource"]
    for type_name, named in resources.items():
        schema = provider.resources[type_name].schema
        for name, given in named.items():
            real = changes[f"{type_name}.{name}"]["change"]
            before = trimmed(schema, real["before"])
            config = configured(schema, given, references(changes))
            assert change(provider, type_name, before, config) == Change(
                tuple(real["actions"]),
                trimmed(schema, merged(real["after"], real["after_unknown"])),
                frozenset(tuple(path) for path in real.get("replace_paths", ())),
            )


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_a_refresh_reads_the_state_of_the_real_one(recording: Recording) -> None:
    provider = PROVIDERS[recording.version]
    plan = raw_plan(recording)
    drifted = {one["address"]: one["change"]["before"] for one in plan.get("resource_drift", ())}
    bodies = arm_bodies(recording)
    for address, real in resource_changes(recording).items():
        if real["type"] == "azurerm_role_assignment":
            continue  # not recorded as a body
        resource: Any = provider.resources[real["type"]]
        state = trimmed(resource.schema, real["change"]["before"])
        known = trimmed(resource.schema, drifted.get(address, real["change"]["before"]))
        body = bodies.get(state["id"].lower())
        if body is None:
            assert real["type"] == "azurerm_kubernetes_cluster_extension"
            continue
        read = resource.flatten(body, known)
        if real["type"] == CLUSTER:
            read |= {name: state[name] for name in state if name.startswith("kube_")}
        assert normalize(complete(resource.schema, read), known, resource.schema) == state


@pytest.mark.parametrize("recording", in_place(), ids=str)
def test_an_update_sends_the_requests_of_the_real_one(recording: Recording) -> None:
    provider = PROVIDERS[recording.version]
    azure = Azure(arm_bodies(recording))
    for real in resource_changes(recording).values():
        if real["change"]["actions"] != ["update"]:
            continue
        resource = provider.resources[real["type"]]
        before = trimmed(resource.schema, real["change"]["before"])
        after = merged(real["change"]["after"], real["change"]["after_unknown"])
        planned = complete(resource.schema, known_only(trimmed(resource.schema, after)))
        if not recording.provider_writes():
            # The real one refuses, too: only at apply, and before it sends anything.
            with pytest.raises(ProviderError, match="`temporary_name_for_rotation` must be specified"):
                resource.update(azure, before, planned)  # type: ignore[arg-type]
        else:
            resource.update(azure, before, planned)  # type: ignore[arg-type]
    assert azure.writes == [
        {"method": one["method"], "path": one["path"], "body": one.get("body")}
        for one in recording.provider_writes()
    ]


# What Azure does not keep as it was sent: "" for what it picks itself, passwords, and the settings of
# an addon that is off.
NOT_KEPT = {
    "/properties/addonProfiles/azurepolicy/config/version",
    "/properties/networkProfile/networkPluginMode",
    "/properties/networkProfile/podCidrs",
    "/properties/nodeResourceGroup",
    "/properties/windowsProfile/adminPassword",
}


@pytest.mark.parametrize("recording", in_json(), ids=str)
def test_a_create_sends_what_the_real_ones_bodies_came_from(recording: Recording) -> None:
    # The recordings keep bodies as Azure's side filled them: what is sent must all be in there.
    bodies = arm_bodies(recording)
    for resource, address, created in creations(recording):
        sent = dict(leaves(resource.body(known_only(created))))
        stored = dict(leaves(bodies[resource_id(recording, address).lower()]))
        assert {path: value for path, value in sent.items() if stored.get(path) != value}.keys() <= NOT_KEPT


@pytest.mark.parametrize("recording", in_json(), ids=str)
def test_a_create_leaves_the_state_of_the_real_one(recording: Recording) -> None:
    # What Terraform called drift on the next refresh shows the state right after the apply.
    drifted = {one["address"]: one["change"]["before"] for one in raw_plan(recording)["resource_drift"]}
    bodies = arm_bodies(recording)
    for resource, address, created in creations(recording):
        if address not in drifted:
            continue
        state = trimmed(resource.schema, drifted[address])
        wanted = known_only(created) | {"id": state["id"]}
        read = resource.flatten(bodies[state["id"].lower()], wanted)
        read |= {name: state[name] for name in state if name.startswith("kube_")}
        whole = complete(resource.schema, read)
        assert normalize(whole, created, resource.schema, applied=True) == state


def test_what_the_stand_in_lacks_is_listed_and_of_no_consequence_in_the_recordings() -> None:
    # Otherwise a recording would only seem to be covered.
    missing: set[str] = set()
    for recording in recordings():
        for real in resource_changes(recording).values():
            schema = PROVIDERS[recording.version].resources[real["type"]].schema
            for side in ("before", "after"):
                found = unmodelled(schema, real["change"][side])
                assert not [path for path, value in found.items() if value not in UNUSED], str(recording)
                missing |= found.keys()
    assert missing == NOT_MODELLED


class Azure:
    """The recorded bodies, and a record of what is written: stands where the real ARM client does."""

    def __init__(self, bodies: dict[str, Value]) -> None:
        self._bodies = bodies
        self.writes: list[Value] = []

    def get(self, path: str, _api_version: str) -> Value | None:
        return self._bodies.get(path.lower())

    def put(self, path: str, api_version: str, body: Value) -> None:
        self._bodies[path.lower()] = body
        self._wrote("PUT", path, api_version, body)

    def patch(self, path: str, api_version: str, body: Value) -> None:
        self._wrote("PATCH", path, api_version, body)

    def delete(self, path: str, api_version: str) -> None:
        self._bodies.pop(path.lower(), None)
        self._wrote("DELETE", path, api_version, None)

    def _wrote(self, method: str, path: str, api_version: str, body: Value | None) -> None:
        self.writes.append({"method": method, "path": f"{path}?api-version={api_version}", "body": body})


def creations(recording: Recording) -> Iterator[tuple[Any, str, Value]]:
    """Each resource of the configuration that was applied first, its address, and its plan."""
    provider = PROVIDERS[recording.version]
    resources = json.loads((recording.path / "before.tf.json").read_bytes())["resource"]
    known = {
        f"{address}.id": real["change"]["before"]["id"]
        for address, real in resource_changes(recording).items()
    }
    for type_name, named in resources.items():
        resource = provider.resources[type_name]
        for name, given in named.items():
            config = configured(resource.schema, given, known)
            created = change(provider, type_name, None, config).after
            assert created is not None
            yield resource, f"{type_name}.{name}", created


def resource_id(recording: Recording, address: str) -> str:
    return str(resource_changes(recording)[address]["change"]["before"]["id"])


def raw_plan(recording: Recording) -> Value:
    plan: Value = json.loads((recording.path / "plan.json").read_bytes())
    return plan


def resource_changes(recording: Recording) -> dict[str, Value]:
    """The recorded changes of azurerm's resources, by address."""
    changes = raw_plan(recording)["resource_changes"]
    return {one["address"]: one for one in changes if one["type"].startswith("azurerm_")}


def references(changes: dict[str, Value]) -> dict[str, Any]:
    cluster = changes["azurerm_kubernetes_cluster.aks"]["change"]
    kept = "create" not in cluster["actions"]
    return {"azurerm_kubernetes_cluster.aks.id": cluster["before"]["id"] if kept else UNKNOWN}


def arm_bodies(recording: Recording) -> dict[str, Value]:
    """Every recorded body by its id in lower case, a cluster's pools among them."""
    recorded = recording.arm_before()
    bodies = {recorded["id"].lower(): recorded} if "properties" in recorded else recorded
    pools = [
        (f"{body['id']}/agentPools/{pool['name']}", pool)
        for body in bodies.values()
        for pool in body["properties"].get("agentPoolProfiles", ())
    ]
    return {
        identifier.lower(): {
            "id": identifier,
            "name": pool["name"],
            "type": "Microsoft.ContainerService/managedClusters/agentPools",
            "properties": {name: value for name, value in pool.items() if name != "name"},
        }
        for identifier, pool in pools
    } | bodies


def trimmed(schema: Schema, value: Value | None) -> Value:
    """The value without what the stand-in's schema does not have."""
    trimmed_value: Value = {}
    for name, part in (value or {}).items():
        field = schema.get(name)
        if isinstance(field, Block) and isinstance(part, list):
            trimmed_value[name] = [trimmed(field.schema, one) for one in part]
        elif field is not None:
            trimmed_value[name] = part
    return trimmed_value


def unmodelled(schema: Schema, value: Value | None, prefix: str = "") -> dict[str, Any]:
    """What the stand-in's schema does not have of a value, by path."""
    found: dict[str, Any] = {}
    for name, part in (value or {}).items():
        field = schema.get(name)
        if field is None:
            found[prefix + name] = part
        elif isinstance(field, Block) and isinstance(part, list):
            for one in part:
                found |= unmodelled(field.schema, one, f"{prefix}{name}.")
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from leaves(part, f"{path}/{name}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, part in enumerate(value):
            yield from leaves(part, f"{path}[{index}]")
    else:
        yield path, value
