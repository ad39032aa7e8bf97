"""The conditions under which the real provider replaces, at the versions where they differ."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tfsync.sandbox.provider.provider import Provider
from tfsync.sandbox.provider.replacing import Replacing
from tfsync.sandbox.provider.values import complete

CLUSTER = "azurerm_kubernetes_cluster"
POOL = "azurerm_kubernetes_cluster_node_pool"


provider = cache(Provider)


def nested(path: str, value: Any) -> Any:
    """`{"a": [{"b": value}]}` for `a.b`."""
    name, _, rest = path.partition(".")
    return {name: [nested(rest, value)] if rest else value}


def forced(version: str, type_name: str, path: str, old: Any, new: Any, **also: Any) -> bool:
    schema = provider(version).resources[type_name].schema
    prior, planned = complete(schema, nested(path, old)), complete(schema, nested(path, new))
    for name, value in also.items():
        planned[path.split(".")[0]][0][name] = value
    return path in Replacing.load(version).by_condition(type_name, schema, prior, planned)


@pytest.mark.parametrize(
    ("version", "old", "new", "replaces"),
    [
        ("3.117.1", "", "calico", False),
        ("3.117.1", "azure", "cilium", True),
        ("4.81.0", "azure", "cilium", False),
        ("5.2.0", "calico", "cilium", False),
        ("5.2.0", "calico", "azure", True),
        ("5.2.0", "cilium", "azure", True),
    ],
)
def test_network_policy(version: str, old: str, new: str, replaces: bool) -> None:
    assert forced(version, CLUSTER, "network_profile.network_policy", old, new) is replaces


@pytest.mark.parametrize(
    ("old", "new", "mode", "replaces"),
    [
        ("kubenet", "azure", "overlay", False),
        ("kubenet", "azure", None, True),
        ("azure", "kubenet", "overlay", True),
        ("azure", "none", None, True),
    ],
)
def test_network_plugin(old: str, new: str, mode: str | None, replaces: bool) -> None:
    path = "network_profile.network_plugin"
    assert forced("5.2.0", CLUSTER, path, old, new, network_plugin_mode=mode) is replaces


@pytest.mark.parametrize(("old", "new", "replaces"), [("", "overlay", False), ("overlay", None, True)])
def test_network_plugin_mode(old: str, new: str | None, replaces: bool) -> None:
    assert forced("5.2.0", CLUSTER, "network_profile.network_plugin_mode", old, new) is replaces


@pytest.mark.parametrize(("temporary", "replaces"), [(None, True), ("old", False), ("tmp", True)])
def test_the_way_back_from_a_failed_rotation_is_no_rename(temporary: str | None, replaces: bool) -> None:
    path = "default_node_pool.name"
    renamed = forced("5.2.0", CLUSTER, path, "old", "new", temporary_name_for_rotation=temporary)
    assert renamed is replaces


@pytest.mark.parametrize(
    ("version", "path", "old", "new", "replaces"),
    [
        ("2.36.0", "sku_tier", "Paid", "Free", True),
        ("2.36.0", "sku_tier", "Free", "Paid", False),
        ("3.117.1", "oidc_issuer_enabled", True, False, False),
        ("5.2.0", "oidc_issuer_enabled", True, False, True),
        ("5.2.0", "oidc_issuer_enabled", False, True, False),
        ("5.2.0", "network_profile.pod_cidr", "", "10.0.0.0/16", False),
        ("5.2.0", "network_profile.pod_cidrs", ["10.0.0.0/16"], ["10.0.0.0/8"], True),
        ("5.2.0", "network_profile.network_data_plane", "azure", "cilium", False),
        ("3.117.1", "network_profile.network_data_plane", "azure", "cilium", True),
        ("5.2.0", "api_server_access_profile.subnet_id", "/subnet", None, True),
        ("3.117.1", "custom_ca_trust_certificates_base64", ["Q0E="], None, True),
        ("4.81.0", "custom_ca_trust_certificates_base64", ["Q0E="], None, False),
        ("5.2.0", "default_node_pool.upgrade_settings.undrainable_node_behavior", "Cordon", None, True),
        ("5.2.0", "windows_profile.gmsa", [{"dns_server": "d", "root_domain": "r"}], [], True),
    ],
)
def test_a_cluster(version: str, path: str, old: Any, new: Any, replaces: bool) -> None:
    assert forced(version, CLUSTER, path, old, new) is replaces


@pytest.mark.parametrize(
    ("version", "old", "new", "replaces"),
    [
        ("3.117.1", "Ubuntu", "AzureLinux", False),
        ("3.117.1", "Ubuntu", "Ubuntu2204", True),
        ("5.2.0", "Ubuntu", "Ubuntu2204", False),
        ("5.2.0", "Ubuntu", "Windows2022", True),
    ],
)
def test_the_system_of_a_pool(version: str, old: str, new: str, replaces: bool) -> None:
    assert forced(version, POOL, "os_sku", old, new) is replaces
