"""What the modules accept and refuse, asked of real terraform.

Only their variables are planned, so no provider is needed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tfsync.terraform import find

MODULES = Path(__file__).parents[2] / "modules"
NEEDED = {"name": "payments", "location": "westeurope", "resource_group_name": "payments"}


def plan(module: str, variables: dict[str, Any], folder: Path) -> tuple[int, str]:
    """The exit code and the words of a plan of nothing but the module's variables."""
    shutil.copy(MODULES / module / "variables.tf", folder)
    (folder / "terraform.tfvars.json").write_text(json.dumps(variables), encoding="utf-8")
    ended = subprocess.run(
        [find(None, os.environ).path, f"-chdir={folder}", "plan", "-input=false", "-no-color"],
        env={"PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    # Terraform wraps and frames its messages.
    return ended.returncode, re.sub(r"[\s│]+", " ", ended.stdout + ended.stderr)


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="nothing but the name and place"),
        pytest.param({"node_pools": {"apps": {"vm_size": "Standard_D4ds_v5"}}}, id="a pool is a size"),
        pytest.param(
            {
                "kubernetes_version": "1.34",
                "node_pools": {"legacy": {"vm_size": "Standard_D4ds_v5", "kubernetes_version": "1.32.4"}},
            },
            id="a pool of an older version",
        ),
        pytest.param(
            {"system_node_pool": {"autoscaling": {"min_count": 2, "max_count": 5}}}, id="autoscaling"
        ),
        pytest.param(
            {
                "network": {
                    "plugin": "kubenet",
                    "plugin_mode": "none",
                    "data_plane": "azure",
                    "policy": "calico",
                }
            },
            id="kubenet with calico",
        ),
        pytest.param(
            {"network": {"service_cidr": "10.7.0.0/17", "dns_service_ip": "10.7.127.10"}},
            id="a service range of one's own",
        ),
        pytest.param({"network": {"ip_versions": ["IPv4", "IPv6"]}}, id="dual stack"),
        pytest.param({"entra_id": {}, "addons": {"key_vault_secrets_provider": {}}}, id="empty objects"),
    ],
)
def test_the_aks_module_accepts(variables: dict[str, Any], tmp_path: Path) -> None:
    code, words = plan("aks", NEEDED | variables, tmp_path)

    assert (code, "No changes" in words) == (0, True), words


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"name": "-payments"}, "1 to 63 letters"),
        ({"dns_prefix": "pay_ments"}, "1 to 54 letters"),
        ({"kubernetes_version": "v1.34"}, "MAJOR.MINOR or MAJOR.MINOR.PATCH"),
        ({"automatic_upgrade_channel": "none"}, "patch, rapid, stable, node-image, or null"),
        ({"sku_tier": "Paid"}, "Free, Standard or Premium"),
        ({"identity_ids": ["a", "b"]}, "one user-assigned identity"),
        ({"system_node_pool": {"name": "System"}}, "lower-case letters and digits"),
        ({"system_node_pool": {"os_sku": "Windows2022"}}, "AzureLinux or Ubuntu"),
        ({"system_node_pool": {"node_count": 0}}, "at least one node"),
        ({"system_node_pool": {"autoscaling": {"min_count": 5, "max_count": 2}}}, "min_count is at most"),
        ({"system_node_pool": {"drain_timeout_in_minutes": 0}}, "1 to 1440"),
        ({"node_pools": {"application": {"vm_size": "Standard_D4ds_v5"}}}, "1 to 9 lower-case letters"),
        ({"node_pools": {"apps": {"vm_size": "x", "mode": "user"}}}, "User or System"),
        ({"node_pools": {"apps": {"vm_size": "x", "kubernetes_version": "latest"}}}, "MAJOR.MINOR"),
        ({"network": {"plugin": "kubenet"}}, "overlay, for the plugin azure only"),
        ({"network": {"plugin_mode": "none"}}, "or cilium with plugin_mode overlay"),
        ({"network": {"policy": "calico"}}, "azure, calico or none with the data plane azure"),
        ({"network": {"service_cidr": "10.7.0.0/16"}}, "both or none"),
        ({"network": {"service_cidr": "10.7.0.0/17", "dns_service_ip": "10.7.128.10"}}, "lies in the range"),
        ({"network": {"pod_cidr": "10.244.0.0"}}, "pod_cidr: a CIDR"),
        ({"network": {"ip_versions": ["IPv6"]}}, "ip_versions:"),
        ({"api_server": {"authorized_ip_ranges": ["203.0.113.9"]}}, "CIDRs, such as"),
        (
            {"api_server": {"private_cluster_enabled": True, "authorized_ip_ranges": ["203.0.113.0/24"]}},
            "A private cluster has no",
        ),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_the_aks_module_refuses(variables: dict[str, Any], message: str, tmp_path: Path) -> None:
    code, words = plan("aks", NEEDED | variables, tmp_path)

    assert code == 1
    assert words.count("Error: ") == 1, words
    assert message in words


@pytest.mark.parametrize(
    ("registry", "code"),
    [
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r", 0),
        ("r.azurecr.io", 1),
    ],
)
def test_the_registry_is_named_by_its_arm_id(registry: str, code: int, tmp_path: Path) -> None:
    assert plan("acr-pull", {"registry_id": registry, "principal_id": "p"}, tmp_path)[0] == code


@pytest.mark.parametrize("module", sorted(path.parent.name for path in MODULES.glob("*/variables.tf")))
def test_a_readme_names_every_input_and_output(module: str) -> None:
    folder = MODULES / module
    readme = (folder / "README.md").read_text(encoding="utf-8")
    declared = re.findall(
        r'^(?:variable|output) "(\w+)"',
        "".join((folder / name).read_text(encoding="utf-8") for name in ("variables.tf", "outputs.tf")),
        flags=re.MULTILINE,
    )

    assert declared
    assert [name for name in declared if f"`{name}`" not in readme] == []
