"""The modules and the quickstart under real terraform, on the stand-in for azurerm 4.81 and 5.2."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tfsync.sandbox import Sandbox
from tfsync.sandbox.provider import install
from tfsync.terraform import decode_plan, find
from tfsync.terraform.plan import Plan

ROOT = Path(__file__).parents[2]
CALLERS = ("modules/aks", "modules/acr-pull", "examples/quickstart")
VERSIONS = ("4.81.0", "5.2.0")

# Every input of the module in use at once.
EVERYTHING: dict[str, Any] = {
    "name": "everything",
    "location": "westeurope",
    "resource_group_name": "${azurerm_resource_group.this.name}",
    "dns_prefix": "everything-dns",
    "kubernetes_version": "1.34",
    "sku_tier": "Premium",
    "identity_ids": [
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/control"
    ],
    "system_node_pool": {
        "name": "core",
        "os_sku": "Ubuntu",
        "kubernetes_version": "1.34",
        "autoscaling": {"min_count": 2, "max_count": 4},
        "max_pods": 100,
        "zones": ["1", "2"],
        "labels": {"tier": "core"},
    },
    "node_pools": {
        "apps": {
            "vm_size": "Standard_D8ds_v5",
            "kubernetes_version": "1.31",
            "autoscaling": {"min_count": 0, "max_count": 9},
            "zones": ["3"],
            "taints": ["dedicated=apps:NoSchedule"],
        }
    },
    "network": {
        "pod_cidr": "10.244.0.0/16",
        "service_cidr": "10.7.0.0/17",
        "dns_service_ip": "10.7.0.10",
        "ip_versions": ["IPv4"],
    },
    "api_server": {"authorized_ip_ranges": ["203.0.113.0/24"]},
    "entra_id": {"admin_group_object_ids": ["5fbd1f4b-7d43-4c4a-8f57-0a0a5a0f7c11"]},
    "addons": {
        "azure_policy": True,
        "key_vault_secrets_provider": {},
        "oms_agent": {
            "log_analytics_workspace_id": "/subscriptions/00000000-0000-0000-0000-000000000000"
            "/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/logs"
        },
    },
    "tags": {"team": "platform"},
}


@dataclass(frozen=True)
class Root:
    """A root module in a copy of the repository's layout, initialised."""

    folder: Path
    env: dict[str, str]

    def terraform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [find(None, os.environ).path, f"-chdir={self.folder}", *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def succeed(self, *arguments: str) -> str:
        ended = self.terraform(*arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def plan(self, *arguments: str) -> Plan:
        self.succeed("plan", "-out=plan", *arguments)
        return decode_plan(self.succeed("show", "-json", "plan").encode())


def changed(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {one.address: one.change.actions for one in plan.resource_changes if not one.change.is_nothing}


def root(base: Path, version: str, folder: str, environment: dict[str, str] | None = None) -> Root:
    """A copy of `modules/` and `examples/` below `base`, with the module `folder` initialised."""
    for part in ("modules", "examples"):
        shutil.copytree(
            ROOT / part, base / part, ignore=shutil.ignore_patterns(".terraform*", "*.tfvars", "*.tfstate*")
        )
    config = install(base / "provider", version)
    (base / folder).mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": str(config), **(environment or {})}
    return Root(base / folder, env)


def calling_aks(base: Path, version: str, inputs: dict[str, Any], environment: dict[str, str]) -> Root:
    """A root module that does nothing but call modules/aks."""
    caller = root(base, version, "examples/caller", environment)
    configuration = {
        "provider": {"azurerm": {"features": {}, "resource_provider_registrations": "none"}},
        "resource": {
            "azurerm_resource_group": {"this": {"name": "everything", "location": "westeurope"}},
        },
        "module": {"aks": {"source": "../../modules/aks", **inputs}},
        "output": {"api_server": {"value": "${module.aks.api_server}", "sensitive": True}},
    }
    (caller.folder / "main.tf.json").write_text(json.dumps(configuration), encoding="utf-8")
    caller.succeed("init")
    return caller


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a loopback Azure."""
    with Sandbox(tmp_path / "azure") as sandbox:
        yield dict(sandbox.environment())


def test_terraform_fmt_has_nothing_to_say() -> None:
    binary = find(None, os.environ)
    env = {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": os.devnull}

    for part in ("modules", "examples", "tfsync"):
        words = [str(binary.path), "fmt", "-check", "-recursive", str(ROOT / part)]
        ended = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout) == (0, ""), part


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", CALLERS)
def test_the_configuration_is_valid(folder: str, version: str, tmp_path: Path) -> None:
    module = root(tmp_path, version, folder)
    module.succeed("init", "-backend=false")

    assert json.loads(module.succeed("validate", "-json"))["valid"]


def test_the_quickstart_settles_and_one_variable_would_destroy_five(
    tmp_path: Path, azure: dict[str, str]
) -> None:
    quickstart = root(tmp_path, "4.81.0", "examples/quickstart", azure)
    example = quickstart.folder / "terraform.tfvars.example"
    shutil.copy(example, example.with_suffix(""))
    quickstart.succeed("init")

    quickstart.succeed("apply", "-auto-approve")
    assert changed(quickstart.plan()) == {}

    assert changed(quickstart.plan('-var=ip_versions=["IPv4","IPv6"]')) == dict.fromkeys(
        [
            "azurerm_kubernetes_cluster_extension.flux",
            "module.acr_pull.azurerm_role_assignment.this",
            "module.aks.azurerm_kubernetes_cluster.this",
            'module.aks.azurerm_kubernetes_cluster_node_pool.this["apps"]',
            'module.aks.azurerm_kubernetes_cluster_node_pool.this["batch"]',
        ],
        ("delete", "create"),
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cluster_with_every_input_set_settles(version: str, tmp_path: Path, azure: dict[str, str]) -> None:
    caller = calling_aks(tmp_path, version, EVERYTHING, azure)

    caller.succeed("apply", "-auto-approve")
    plan = caller.plan()

    assert changed(plan) == {}
    cluster = plan.by_address["module.aks.azurerm_kubernetes_cluster.this"].change.after
    assert cluster["local_account_disabled"]
    assert cluster["default_node_pool"][0]["only_critical_addons_enabled"]
    api_server = json.loads(caller.succeed("output", "-json", "api_server"))
    assert set(api_server) == {"host", "cluster_ca_certificate"}
    assert api_server["host"].startswith("https://everything-dns")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"entra_id": None, "local_account_disabled": True}, "nobody could sign in"),
        (
            {"node_pools": {"old": {"vm_size": "x", "kubernetes_version": "1.30"}}},
            "Pool old: Kubernetes 1.30",
        ),
        (
            {"node_pools": {"new": {"vm_size": "x", "kubernetes_version": "1.35"}}},
            "Pool new: Kubernetes 1.35",
        ),
        (
            {
                "identity_ids": [],
                "api_server": {
                    "subnet_id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"
                    "/virtualNetworks/v/subnets/api"
                },
            },
            "api_server.subnet_id needs identity_ids",
        ),
    ],
    ids=["no way in", "pool too old", "pool too new", "subnet of another"],
)
def test_inputs_that_contradict_each_other_stop_the_plan(
    inputs: dict[str, Any], message: str, tmp_path: Path, azure: dict[str, str]
) -> None:
    ended = calling_aks(tmp_path, "5.2.0", EVERYTHING | inputs, azure).terraform("plan", "-no-color")

    assert ended.returncode == 1
    assert message in " ".join(ended.stderr.replace("│", " ").split())
