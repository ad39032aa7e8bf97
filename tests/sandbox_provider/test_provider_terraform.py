"""The stand-in under real terraform: recorded plans made again, and whole lives of a cluster."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import recording
from tfsync.sandbox import Sandbox
from tfsync.sandbox.provider import VERSIONS, install, reattached

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no terraform here")


def terraform(
    folder: Path, environment: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )


def ok(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    done = terraform(folder, environment, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# One for each of the stand-in's ways to plan, and the one whose configuration is HCL.
PLANNED_AGAIN = [
    "2.36.0/v2-http-routing-on",
    "3.117.1/pool-kubelet-config",
    "3.117.1/ssh-key-rotate",
    "5.2.0/cascade-lb-sku",
    "5.2.0/drain-timeout-removed",
    "5.2.0/network-policy-calico-to-azure",
]


@pytest.mark.parametrize("name", PLANNED_AGAIN)
def test_terraform_makes_the_recorded_plan_with_the_stand_in(name: str, tmp_path: Path) -> None:
    recorded = recording(name)
    real = json.loads((recorded.path / "plan.json").read_bytes())
    for source in ("after.tf.json", "main.tf"):
        if (recorded.path / source).exists():
            shutil.copy(recorded.path / source, tmp_path / source)
    (tmp_path / "terraform.tfstate").write_text(json.dumps(state_of(real)))
    environment = {
        **os.environ,
        "ARM_METADATA_HOSTNAME": "localhost:1",
        **{f"TF_VAR_{variable}": given["value"] for variable, given in real.get("variables", {}).items()},
    }
    with reattached(recorded.version, environment) as served:
        ok(tmp_path, served, "plan", "-refresh=false", "-out=plan")
        shown = json.loads(ok(tmp_path, served, "show", "-json", "plan"))
    assert changes(shown) == changes(real)


def changes(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {
        one["address"]: (
            one["change"]["actions"],
            sorted(map(str, one["change"].get("replace_paths", ()))),
            one.get("action_reason"),
        )
        for one in plan["resource_changes"]
    }


def state_of(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A state file with what the recorded plan found before it."""
    resources: dict[tuple[str, str], dict[str, Any]] = {}
    for one in plan["prior_state"]["values"]["root_module"]["resources"]:
        provider = one["provider_name"]
        resource = resources.setdefault(
            (one["type"], one["name"]),
            {
                "mode": one["mode"],
                "type": one["type"],
                "name": one["name"],
                "provider": f'provider["{provider}"]',
                "instances": [],
            },
        )
        marks = [name for name, mark in one["sensitive_values"].items() if mark is True]
        instance = {
            "schema_version": one["schema_version"],
            "attributes": one["values"],
            "sensitive_attributes": [[{"type": "get_attr", "value": name}] for name in marks],
        }
        if one["type"] == "terraform_data":
            for dynamic in ("input", "output"):
                instance["attributes"][dynamic] = {"value": one["values"][dynamic], "type": "string"}
        resource["instances"].append(instance | ({"index_key": one["index"]} if "index" in one else {}))
    outputs = plan["prior_state"]["values"].get("outputs", {})
    return {
        "version": 4,
        "terraform_version": plan["terraform_version"],
        "serial": 1,
        "lineage": "recorded",
        "outputs": {name: {"value": one["value"], "type": one["type"]} for name, one in outputs.items()},
        "resources": list(resources.values()),
    }


def configuration(version: str) -> str:
    """A group, a cluster with two pools, an identity, a role assignment, and from 3 on an extension."""
    quiet = 'resource_provider_registrations = "none"' if version[0] in "45" else ""
    provisioning = 'node_provisioning_profile { mode = "Manual" }' if version[0] == "5" else ""
    surge = 'upgrade_settings { max_surge = "10%" }' if version[0] != "2" else ""
    addon = "azure_policy_enabled = var.policy" if version[0] != "2" else ""
    old_addon = "addon_profile {\n azure_policy { enabled = var.policy }\n}" if version[0] == "2" else ""
    children = """
    resource "azurerm_kubernetes_cluster_extension" "flux" {
      name           = "flux"
      cluster_id     = azurerm_kubernetes_cluster.aks.id
      extension_type = "microsoft.flux"
      configuration_settings = { a = "1" }
    }
    """
    return f"""
    terraform {{
      required_providers {{ azurerm = {{ source = "hashicorp/azurerm", version = "{version}" }} }}
    }}
    provider "azurerm" {{
      features {{}}
      {quiet}
    }}
    variable "policy" {{ default = false }}
    variable "labels" {{
      type    = map(string)
      default = {{ pool = "apps" }}
    }}
    resource "azurerm_resource_group" "rg" {{
      name     = "my-rg"
      location = "West Europe"
    }}
    resource "azurerm_kubernetes_cluster" "aks" {{
      name                = "aks"
      location            = azurerm_resource_group.rg.location
      resource_group_name = azurerm_resource_group.rg.name
      dns_prefix          = "my"
      {addon}
      identity {{ type = "SystemAssigned" }}
      default_node_pool {{
        name       = "system"
        node_count = 1
        vm_size    = "Standard_D2s_v5"
        {surge}
      }}
      network_profile {{
        network_plugin    = "azure"
        load_balancer_sku = "standard"
      }}
      {provisioning}
      {old_addon}
    }}
    resource "azurerm_kubernetes_cluster_node_pool" "apps" {{
      name                  = "apps"
      kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id
      vm_size               = "Standard_D4s_v5"
      node_count            = 2
      node_labels           = var.labels
    }}
    resource "azurerm_user_assigned_identity" "app" {{
      name                = "app"
      location            = azurerm_resource_group.rg.location
      resource_group_name = azurerm_resource_group.rg.name
    }}
    resource "azurerm_role_assignment" "pull" {{
      scope                = azurerm_resource_group.rg.id
      role_definition_name = "AcrPull"
      principal_id         = azurerm_kubernetes_cluster.aks.kubelet_identity[0].object_id
    }}
    {children if version[0] != "2" else ""}
    """


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "sandbox", operation_seconds=0) as running:
        yield running


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cluster_lives_from_create_to_destroy(version: str, sandbox: Sandbox, workdir: Path) -> None:
    (workdir / "main.tf").write_text(configuration(version))
    with reattached(version, {**os.environ, **sandbox.environment()}) as served:
        ok(workdir, served, "apply", "-auto-approve")
        clean(workdir, served)
        changed = ("-var=policy=true", '-var=labels={ pool = "web" }')
        before = len(writes(sandbox))
        ok(workdir, served, "apply", "-auto-approve", *changed)
        assert len(writes(sandbox)) == before + 2 if version[0] != "2" else before + 1
        clean(workdir, served, *changed)
        ok(workdir, served, "destroy", "-auto-approve")
    written = {one["path"].split("?")[0] for one in sandbox.requests() if one["method"] == "PUT"}
    assert len(written) == (5 if version[0] == "2" else 6)
    for path in written:
        with pytest.raises(KeyError):
            sandbox.body(path)


def test_what_is_imported_needs_no_change(sandbox: Sandbox, workdir: Path) -> None:
    (workdir / "main.tf").write_text(configuration("5.2.0"))
    with reattached("5.2.0", {**os.environ, **sandbox.environment()}) as served:
        ok(workdir, served, "apply", "-auto-approve")
        resources = json.loads(ok(workdir, served, "show", "-json"))["values"]["root_module"]["resources"]
        imports = [
            f'import {{\n  to = {one["address"]}\n  id = "{one["values"]["id"]}"\n}}\n' for one in resources
        ]
        (workdir / "terraform.tfstate").unlink()
        (workdir / "imports.tf").write_text("".join(imports))
        done = ok(workdir, served, "apply", "-auto-approve", "-no-color")
    assert "6 imported, 0 added, 0 changed, 0 destroyed" in done


def clean(folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
    planned = terraform(folder, environment, "plan", "-detailed-exitcode", *arguments)
    assert planned.returncode == 0, planned.stdout + planned.stderr


def writes(sandbox: Sandbox) -> list[str]:
    return [one["path"] for one in sandbox.requests() if one["method"] in ("PUT", "PATCH", "DELETE")]


@pytest.fixture
def installed(sandbox: Sandbox, workdir: Path, tmp_path: Path) -> dict[str, str]:
    """An initialised folder on the installed stand-in, and the environment to run terraform in."""
    (workdir / "main.tf").write_text(configuration("5.2.0"))
    environment = {
        **os.environ,
        **sandbox.environment(),
        "TF_CLI_CONFIG_FILE": str(install(tmp_path / "installed", "5.2.0")),
    }
    ok(workdir, environment, "init")
    return environment


def test_terraform_starts_the_installed_provider_and_no_process_stays(
    installed: dict[str, str], workdir: Path
) -> None:
    ok(workdir, installed, "apply", "-auto-approve")
    clean(workdir, installed)
    assert not providers(installed)


def test_an_attribute_that_is_not_modelled_is_an_error_and_not_ignored(
    installed: dict[str, str], workdir: Path
) -> None:
    text = (workdir / "main.tf").read_text()
    (workdir / "main.tf").write_text(text.replace("dns_prefix ", 'image_reconciler = "x"\n dns_prefix '))
    done = terraform(workdir, installed, "validate", "-no-color")
    assert done.returncode == 1
    assert "Unsupported argument" in done.stderr


def test_an_update_that_azure_refuses_is_an_error_with_azures_words(
    installed: dict[str, str], sandbox: Sandbox, workdir: Path
) -> None:
    ok(workdir, installed, "apply", "-auto-approve")
    sandbox.put_fault("409-in-progress")
    done = terraform(workdir, installed, "apply", "-auto-approve", "-no-color", "-var=policy=true")
    assert done.returncode == 1
    assert "unexpected status 409" in done.stderr
    assert "OperationNotAllowed" in done.stderr


def test_a_cluster_that_could_not_be_read_back_is_kept_as_tainted(
    installed: dict[str, str], sandbox: Sandbox, workdir: Path
) -> None:
    sandbox.put_fault({"fault": "500", "match": {"method": "POST", "path": "listClusterUserCredential"}})
    done = terraform(workdir, installed, "apply", "-auto-approve", "-no-color")
    assert done.returncode == 1
    assert "unexpected status 500" in done.stderr
    shown = ok(workdir, installed, "show", "-json")
    resources = json.loads(shown)["values"]["root_module"]["resources"]
    tainted = {one["address"] for one in resources if one.get("tainted")}
    assert tainted == {"azurerm_kubernetes_cluster.aks"}


def test_ctrl_c_in_the_middle_of_a_create_leaves_the_cluster_in_the_state(
    installed: dict[str, str], sandbox: Sandbox, workdir: Path
) -> None:
    process = creating(installed, sandbox, workdir)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)
    state = json.loads((workdir / "terraform.tfstate").read_bytes())
    assert "azurerm_kubernetes_cluster" in {one["type"] for one in state["resources"]}
    assert not (workdir / ".terraform.tfstate.lock.info").exists()
    assert eventually(lambda: not providers(installed))


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_killed_terraform_leaves_no_provider_behind(
    installed: dict[str, str], sandbox: Sandbox, workdir: Path
) -> None:
    process = creating(installed, sandbox, workdir)
    assert providers(installed)
    process.kill()
    process.wait(60)
    assert eventually(lambda: not providers(installed))


def creating(environment: dict[str, str], sandbox: Sandbox, workdir: Path) -> subprocess.Popen[bytes]:
    """A terraform, in a process group of its own, that waits for Azure to create the cluster."""
    sandbox.put_fault("slow:seconds=3")
    with (workdir / "output").open("wb") as output:
        process = subprocess.Popen(
            ["terraform", "apply", "-auto-approve"],
            cwd=workdir,
            env=environment,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    assert eventually(lambda: any("managedClusters" in path for path in writes(sandbox)))
    return process


def providers(installed: dict[str, str]) -> list[int]:
    """The processes of this installation's stub; none where there is no /proc to look in."""
    kept = bytes(Path(installed["TF_CLI_CONFIG_FILE"]).parent / "provider.pem")
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if kept in words:
            found.append(int(entry.parent.name))
    return found


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it holds within what even a busy machine needs."""
    for _ in range(600):
        if holds():
            return True
        time.sleep(0.05)
    return False
