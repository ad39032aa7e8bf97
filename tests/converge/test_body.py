"""ARM bodies: finding a property, and what a PUT must not send back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recorded import recordings
from tfsync.attributes import MISSING
from tfsync.converge.body import remove_value, sendable, set_value, steps_of, value_at

NAMES = st.from_regex(r"\A[a-zA-Z][a-zA-Z0-9]{0,7}\Z")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
BODIES = [case for case in recordings() if case.version in ("3.117.1", "5.2.0")]


def _clusters(body: Any) -> list[dict[str, Any]]:
    """A recorded arm-before.json is one cluster, or all bodies by id."""
    bodies = [body] if "properties" in body else list(body.values())
    return [item for item in bodies if "agentPoolProfiles" in (item.get("properties") or {})]


def test_a_path_is_names_and_indices() -> None:
    assert steps_of("properties.linuxProfile.ssh.publicKeys[0].keyData") == (
        "properties",
        "linuxProfile",
        "ssh",
        "publicKeys",
        0,
        "keyData",
    )


def test_keys_are_found_whatever_their_casing() -> None:
    body = {"properties": {"addonProfiles": {"omsAgent": {"enabled": True}}}}
    assert value_at(body, "properties.addonProfiles.omsagent.enabled") is True
    set_value(body, "properties.addonProfiles.omsagent.enabled", False)
    assert body == {"properties": {"addonProfiles": {"omsAgent": {"enabled": False}}}}


@given(st.dictionaries(NAMES, JSON, max_size=4), st.lists(NAMES, min_size=1, max_size=4), JSON)
def test_what_is_set_is_found_again(body: dict[str, Any], names: list[str], value: Any) -> None:
    path = ".".join(names)
    set_value(body, path, value)
    assert value_at(body, path) == value


def test_a_first_element_is_made_when_the_array_is_missing() -> None:
    body: dict[str, Any] = {}
    set_value(body, "linuxProfile.ssh.publicKeys[0].keyData", "ssh-rsa x")
    assert body == {"linuxProfile": {"ssh": {"publicKeys": [{"keyData": "ssh-rsa x"}]}}}


def test_a_removed_property_is_gone_and_its_neighbours_stay() -> None:
    body = {"properties": {"networkProfile": {"podCidr": "a", "podCidrs": ["a"]}}}
    remove_value(body, "properties.networkProfile.podCidrs")
    assert body == {"properties": {"networkProfile": {"podCidr": "a"}}}
    remove_value(body, "properties.absent.thing")
    assert value_at(body, "properties.absent.thing") is MISSING


@pytest.mark.parametrize("case", BODIES, ids=str)
def test_recorded_clusters_lose_what_azure_owns_and_nothing_else(case: Any) -> None:
    for body in _clusters(case.arm_before() or {}):
        sent = sendable(body)
        for name in ("id", "type", "eTag", "systemData"):
            assert name not in sent
        for name in ("provisioningState", "powerState", "fqdn", "currentKubernetesVersion"):
            assert name not in sent["properties"]
        for pool in sent["properties"]["agentPoolProfiles"]:
            assert not {"orchestratorVersion", "nodeImageVersion", "currentOrchestratorVersion"} & pool.keys()
        names = [pool["name"] for pool in body["properties"]["agentPoolProfiles"]]
        assert [pool["name"] for pool in sent["properties"]["agentPoolProfiles"]] == names
        assert sendable(sent) == sent


def test_properties_newer_than_any_sdk_survive() -> None:
    body = {
        "properties": {"agentPoolProfiles": [], "futureProfile": {"knob": [1, None]}},
        "futureTop": {"a": 1},
    }
    assert sendable(body) == body


def test_identities_are_named_and_not_described() -> None:
    body = {
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": {"/x": {"principalId": "p", "clientId": "c"}},
        },
        "properties": {
            "agentPoolProfiles": [],
            "addonProfiles": {"omsagent": {"enabled": True, "identity": {}}},
        },
    }
    sent = sendable(body)
    assert sent["identity"]["userAssignedIdentities"] == {"/x": {}}
    assert sent["properties"]["addonProfiles"] == {"omsagent": {"enabled": True}}


def test_half_a_service_principal_is_left_out_and_a_managed_identity_stays() -> None:
    with_secret = {"properties": {"agentPoolProfiles": [], "servicePrincipalProfile": {"clientId": "guid"}}}
    managed = {"properties": {"agentPoolProfiles": [], "servicePrincipalProfile": {"clientId": "msi"}}}
    assert "servicePrincipalProfile" not in sendable(with_secret)["properties"]
    assert sendable(managed)["properties"]["servicePrincipalProfile"] == {"clientId": "msi"}


def test_internal_addons_are_not_sent_back() -> None:
    addons = {"keda": {"config": {"addonv2": "true"}, "enabled": True}, "azurepolicy": {"enabled": True}}
    sent = sendable({"properties": {"agentPoolProfiles": [], "addonProfiles": addons}})
    assert sent["properties"]["addonProfiles"] == {"azurepolicy": {"enabled": True}}
    assert "keda" in addons
