"""Small worlds in which a plan wants to destroy a cluster: for the demo, and for the end-to-end tests.

A scenario is a configuration, the variables it is made with, and the variables of the change.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tfsync.errors import BadInput

_HERE = Path(__file__).parent
_SSH = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ{} demo"


@dataclass(frozen=True)
class Scenario:
    """A change for which azurerm `provider` replaces a cluster."""

    name: str
    says: str
    provider: str
    configuration: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    # Flags that `tfsync apply` needs for it, such as --allow-preview.
    flags: tuple[str, ...] = ()
    # The exit code of that `tfsync apply`.
    ends_with: int = 0

    def lay_out(self, directory: Path) -> Path:
        """Copy the configuration below `directory`, set to `before`; return the root module's folder."""
        root = directory / self.configuration
        shutil.copytree(
            source(self.configuration), root, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*")
        )
        if self.configuration == QUICKSTART:
            shutil.copytree(source("modules"), directory.parent / "modules", dirs_exist_ok=True)
        self.set_variables(root, self.before)
        return root

    def set_variables(self, root: Path, variables: Mapping[str, Any]) -> None:
        """Write the variables that terraform reads by itself."""
        (root / "terraform.tfvars.json").write_text(json.dumps(variables, indent=2) + "\n", encoding="utf-8")


QUICKSTART = "quickstart"
_REGISTRY = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shared"
    "/providers/Microsoft.ContainerRegistry/registries/demo"
)


def source(name: str) -> Path:
    """Where a configuration lies: with this package, or in the repository it was cloned with."""
    places = (_HERE / name, _HERE.parents[2] / "examples" / name, _HERE.parents[2] / name)
    for place in places:
        if place.is_dir():
            return place
    raise BadInput(f"the example {name} is not installed", hint="Run it from a clone of the repository.")


def _cluster(name: str, says: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Scenario:
    return Scenario(name, says, "5.2.0", "cluster", before, after)


def _network(**values: Any) -> dict[str, Any]:
    return {"network": values}


_ALL = (
    Scenario(
        "load-balancer-sku",
        "the load balancer moves from basic to standard",
        "5.2.0",
        QUICKSTART,
        {"container_registry_id": _REGISTRY, "load_balancer_sku": "basic"},
        {"container_registry_id": _REGISTRY, "load_balancer_sku": "standard"},
    ),
    Scenario(
        "http-routing-off",
        "an add-on goes off on azurerm 2.36: HTTP routing, which Azure no longer lets be switched on",
        "2.36.0",
        "routing",
        {"routing": True},
        {"routing": False},
    ),
    _cluster(
        "dual-stack",
        "the cluster gets IPv6 beside IPv4",
        _network(network_plugin_mode="overlay", ip_versions=["IPv4"]),
        _network(network_plugin_mode="overlay", ip_versions=["IPv4", "IPv6"]),
    ),
    _cluster("kubelet-identity", "the nodes get another identity", {"kubelet": "k1"}, {"kubelet": "k2"}),
    _cluster(
        "network-policy",
        "the network policy engine changes from calico to azure, through none",
        _network(network_policy="calico"),
        _network(network_policy="azure"),
    ),
    _cluster(
        "pod-cidr",
        "the pod network grows",
        _network(network_plugin_mode="overlay", pod_cidr="10.244.0.0/16"),
        _network(network_plugin_mode="overlay", pod_cidr="10.240.0.0/12"),
    ),
    Scenario(
        "kubenet-to-overlay",
        "kubenet becomes Azure CNI Overlay, on azurerm 3.117 (4.66 does it by itself)",
        "3.117.1",
        "kubenet",
        _network(network_plugin="kubenet"),
        _network(network_plugin="azure", network_plugin_mode="overlay"),
    ),
    _cluster(
        "private-cluster",
        "a cluster with API-server VNet integration becomes private",
        {"api_server_subnet": "api", "private": False},
        {"api_server_subnet": "api", "private": True},
    ),
    _cluster(
        "extension-version",
        "an extension goes to a newer version",
        {"flux_version": "1.16.2"},
        {"flux_version": "1.17.0"},
    ),
    replace(
        _cluster(
            "ssh-key",
            "the nodes' SSH key changes, through a preview api-version",
            {"ssh_key": _SSH.format("A")},
            {"ssh_key": _SSH.format("B")},
        ),
        flags=("--allow-preview",),
    ),
    replace(
        _cluster(
            "dns-prefix",
            "the DNS prefix changes, which Azure cannot do: blocked, and nothing is written",
            {"dns_prefix": "demo"},
            {"dns_prefix": "other"},
        ),
        ends_with=3,
    ),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _ALL})


def scenario(name: str) -> Scenario:
    """The scenario of that name. Raises BadInput with the names there are."""
    if name not in SCENARIOS:
        raise BadInput(f"there is no scenario {name}", hint=f"Choose one of {', '.join(SCENARIOS)}.")
    return SCENARIOS[name]
