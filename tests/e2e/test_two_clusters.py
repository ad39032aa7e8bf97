"""Two clusters in one plan: one failing leaves the other right, and a rerun does what is left.

That they are written side by side is shown in tests/converge/test_write.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.world import World, actions
from tfsync.sandbox import Sandbox
from tfsync.sandbox.scenarios import SCENARIOS

TWO = """
terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm" }
  }
}

provider "azurerm" {
  features {}
}

variable "sku" { type = string }

resource "azurerm_kubernetes_cluster" "each" {
  for_each            = toset(["blue", "green"])
  name                = each.key
  location            = "westeurope"
  resource_group_name = "demo"
  dns_prefix          = each.key

  identity { type = "SystemAssigned" }

  default_node_pool {
    name       = "system"
    vm_size    = "Standard_D2s_v5"
    node_count = 1
    upgrade_settings { max_surge = "10%" }
  }

  network_profile {
    network_plugin    = "azure"
    load_balancer_sku = var.sku
  }

  node_provisioning_profile { mode = "Manual" }
}
"""
BLUE, GREEN = (f'azurerm_kubernetes_cluster.each["{name}"]' for name in ("blue", "green"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.tf").write_text(TWO)
    monkeypatch.setattr("tfsync.sandbox.scenarios.source", lambda name: source)
    scenario = replace(
        SCENARIOS["dual-stack"], configuration="two", before={"sku": "basic"}, after={"sku": "standard"}
    )
    with Sandbox(tmp_path / "azure", operation_seconds=0.5) as azure:
        world = World.create(azure, tmp_path, scenario)
        world.change()
        yield world


def test_one_failing_leaves_the_other_right_and_a_rerun_finishes(world: World) -> None:
    world.azure.put_fault(
        {
            "fault": "error",
            "status": 403,
            "code": "RequestDisallowedByPolicy",
            "message": "denied by policy",
            "match": {"method": "PUT", "path": "green[?]"},
        }
    )
    since = world.mark()

    ended = world.tfsync("apply", "--auto-approve", "--format", "json")

    assert ended.returncode == 1
    assert GREEN in ended.stderr
    assert "RequestDisallowedByPolicy" in ended.stderr
    outcome = json.loads(ended.stdout)["outcome"]
    assert outcome["written"] == [BLUE]
    assert [item["address"] for item in outcome["failed"]] == [GREEN]
    assert len([entry for entry in world.writes(since) if entry["method"] == "PUT"]) == 2

    again = world.tfsync("apply", "--auto-approve", "--format", "json")
    assert again.returncode == 0, again.stderr
    assert [write["address"] for write in json.loads(again.stdout)["writes"]] == [GREEN]
    world.terraform("plan", "-no-color", "-out=again.tfplan")
    assert actions(world.plan_json("again.tfplan")) == {}
