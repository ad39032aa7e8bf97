"""The stand-in's schemas: what the table of azurerm's schemas says about which version has what."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from tests.sandbox_provider.reduce_facts import reduce
from tfsync.sandbox.provider.provider import Provider
from tfsync.sandbox.provider.replacing import CONDITIONS
from tfsync.sandbox.provider.schema import Attribute, Block, Schema, optional, select, since, until
from tfsync.sandbox.provider.versions import VERSIONS

DATA: dict[str, Any] = json.loads(
    files("tfsync.sandbox.provider").joinpath("data/replacing.json").read_bytes()
)["resources"]


def paths(schema: Schema, prefix: str = "") -> dict[str, Attribute | Block]:
    found: dict[str, Attribute | Block] = {}
    for name, field in schema.items():
        found[prefix + name] = field
        if isinstance(field, Block):
            found |= paths(field.schema, f"{prefix}{name}.")
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("type_name", DATA)
def test_no_version_has_an_attribute_that_the_real_one_lacks(version: str, type_name: str) -> None:
    provider = Provider(version)
    if version not in DATA[type_name]:
        assert type_name not in provider.resources
        return
    present = paths(provider.resources[type_name].schema)
    assert not set(DATA[type_name][version]["absent"]) & present.keys()


# Replacing attributes that the sandbox and its modules do not use.
LEFT_OUT = {
    "azurerm_kubernetes_cluster": {
        "default_node_pool.linux_os_config",
        "default_node_pool.node_network_profile.node_public_ip_tags",
        "private_link_enabled",
        "service_principal.client_id",
    },
    "azurerm_kubernetes_cluster_node_pool": {
        "linux_os_config",
        "node_network_profile.node_public_ip_tags",
        "windows_profile",
        "windows_profile.outbound_nat_enabled",
    },
    "azurerm_kubernetes_cluster_extension": {
        "plan",
        "plan.name",
        "plan.product",
        "plan.promotion_code",
        "plan.publisher",
        "plan.version",
    },
    "azurerm_kubernetes_cluster_trusted_access_role_binding": set(),
}


@pytest.mark.parametrize("type_name", DATA)
def test_every_replacing_attribute_is_there_but_for_these(type_name: str) -> None:
    missing: set[str] = set()
    for version, data in DATA[type_name].items():
        present = paths(Provider(version).resources[type_name].schema)
        replacing = {*data["replaces"], *data["conditional"], *data["rotates"]}
        wanted = {path for path in replacing if not path.endswith("?")}
        missing |= {path for path in wanted if path not in present and "linux_os_config." not in path}
    assert missing == LEFT_OUT[type_name]


def test_every_condition_of_the_data_is_known() -> None:
    named = {
        name
        for versions in DATA.values()
        for data in versions.values()
        for name in data["conditional"].values()
    }
    assert named <= CONDITIONS.keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_sensitive_values_are_marked(version: str) -> None:
    schema = paths(Provider(version).resources["azurerm_kubernetes_cluster"].schema)
    marked = {path for path, field in schema.items() if isinstance(field, Attribute) and field.sensitive}
    always = {"kube_config_raw", "kube_admin_config_raw", "windows_profile.admin_password"}
    since_3 = {"kube_config", "kube_admin_config"}
    assert marked == (always if version == "2.36.0" else always | since_3)


def test_a_field_exists_from_one_version_to_another() -> None:
    fields = {"old": until("3.117.1", optional("string")), "new": since("4.0.0", optional("string"))}
    assert list(select(fields, (3, 117, 1))) == ["old"]
    assert list(select(fields, (4, 0, 0))) == ["new"]


def test_the_data_is_reduced_from_the_table_of_schemas() -> None:
    attributes = [
        {"path": "name", "at": {"v3.117.1": "R", "v5.2.0": "R"}},
        {"path": "oidc_issuer_enabled", "at": {"v3.117.1": "u", "v5.2.0": "c"}},
    ]
    condition = {"path": "oidc_issuer_enabled", "plain": "true -> false", "ranges": [["v4.68.0", "v5.2.0"]]}
    cluster = {"first_tag": "v3.0.0", "attributes": attributes, "customize_diff": [condition]}
    nothing = {"first_tag": "v9.0.0", "attributes": [], "customize_diff": []}
    names = list(DATA)
    facts = {
        "generated_from": "somewhere",
        "resources": {name: cluster if name == names[0] else nothing for name in names},
        "rotation": {names[0]: [{"from": "v4.0.0", "to": "v5.2.0", "attributes": ["vm_size"]}]},
    }
    reduced = reduce(facts)["resources"]
    assert reduced[names[1]] == {}
    assert reduced[names[0]]["3.117.1"] == {
        "replaces": ["name"],
        "conditional": {},
        "rotates": [],
        "absent": [],
    }
    assert reduced[names[0]]["5.2.0"] == {
        "replaces": ["name"],
        "conditional": {"oidc_issuer_enabled": "cleared"},
        "rotates": ["vm_size"],
        "absent": [],
    }
