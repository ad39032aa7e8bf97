"""The loop, end to end: a plan that would destroy a cluster becomes exactly the writes it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Create
from tests.e2e.world import actions
from tfsync.sandbox.scenarios import SCENARIOS, Scenario

KEPT = [scenario for scenario in SCENARIOS.values() if scenario.ends_with == 0]

# What each scenario changes in ARM, in order: (path below properties, value).
EXPECTED: dict[str, list[dict[str, Any]]] = {
    "load-balancer-sku": [{"networkProfile.loadBalancerSku": "standard"}],
    "http-routing-off": [{"addonProfiles.httpApplicationRouting.enabled": False}],
    "dual-stack": [{"networkProfile.ipFamilies": ["IPv4", "IPv6"]}],
    "network-policy": [{"networkProfile.networkPolicy": "none"}, {"networkProfile.networkPolicy": "azure"}],
    "pod-cidr": [{"networkProfile.podCidr": "10.240.0.0/12"}],
    "kubenet-to-overlay": [
        {"networkProfile.networkPlugin": "azure", "networkProfile.networkPluginMode": "overlay"}
    ],
    "private-cluster": [{"apiServerAccessProfile.enablePrivateCluster": True}],
    "extension-version": [{"version": "1.17.0", "autoUpgradeMinorVersion": False}],
}


def at(body: Any, path: str) -> Any:
    for step in path.split("."):
        body = body[step]
    return body


@pytest.mark.parametrize("scenario", KEPT, ids=lambda scenario: scenario.name)
def test_a_cluster_is_kept(create: Create, scenario: Scenario) -> None:
    world = create(scenario)
    world.change()
    world.terraform("plan", "-no-color", "-out=change.tfplan")
    planned = actions(world.plan_json())
    destroyed = [address for address, what in planned.items() if "delete" in what]
    assert destroyed, "the scenario must need tfsync"
    since = world.mark()

    ended = world.tfsync("apply", *scenario.flags, "--format", "json", "change.tfplan")

    assert ended.returncode == 0, ended.stderr
    writes = world.writes(since)
    writes = [entry for entry in writes if entry["method"] != "POST"]
    expected = EXPECTED.get(scenario.name, [{}])
    method = "PATCH" if scenario.name == "extension-version" else "PUT"
    assert [entry["method"] for entry in writes] == [method] * len(expected)
    for entry, changes in zip(writes, expected, strict=True):
        assert entry["if_match"] or method == "PATCH", "every PUT carries the etag that was read"
        for path, value in changes.items():
            assert at(entry["body"]["properties"], path) == value
    report = json.loads(ended.stdout)
    assert report["summary"]["destroys_planned"] == len(destroyed)
    assert report["summary"]["destroys_after"] == 0
    assert sorted(report["outcome"]["kept"]) == sorted(destroyed)
    assert report["outcome"]["terraform_invocations"] == 5, "show, state pull, refresh, plan, show"
    world.terraform("plan", "-no-color", "-out=again.tfplan")
    assert actions(world.plan_json("again.tfplan")) == {}


def test_the_quickstart_loses_five_and_then_none(create: Create) -> None:
    world = create(SCENARIOS["load-balancer-sku"])
    world.change()
    judged = world.tfsync("plan", "-o", "change.tfplan", "--detailed-exitcode", "--no-color")
    assert judged.returncode == 2, judged.stderr
    assert "Plan: 5 to add, 0 to change, 5 to destroy." in judged.stdout
    assert "5 to destroy" in judged.stdout.splitlines()[-1]
    checked = world.tfsync("check", "change.tfplan", "--format", "json")
    assert checked.returncode == 0
    summary = json.loads(checked.stdout)["summary"]
    assert (summary["in_place"], summary["cascade"], summary["destroys_planned"]) == (1, 4, 5)
    assert summary["destroys_after"] == 0


def test_an_unavoidable_replacement_stops_before_any_write(create: Create) -> None:
    world = create(SCENARIOS["dns-prefix"])
    world.change()
    since = world.mark()
    ended = world.tfsync("apply", "--auto-approve")
    assert ended.returncode == 3
    assert [entry for entry in world.writes(since) if entry["method"] != "POST"] == []
    assert "Azure fixes the DNS prefix" in ended.stdout


def test_a_preview_change_is_written_only_when_allowed(create: Create) -> None:
    world = create(SCENARIOS["ssh-key"])
    world.change()
    since = world.mark()
    ended = world.tfsync("apply", "--auto-approve", "--format", "json")
    assert ended.returncode == 3
    assert json.loads(ended.stdout)["summary"]["opt_in"] == 1
    assert [entry for entry in world.writes(since) if entry["method"] == "PUT"] == []


def test_what_azure_need_not_do_terraform_does_afterwards(create: Create) -> None:
    """One attribute is written through ARM, another left to terraform's ordinary update."""
    scenario = SCENARIOS["dual-stack"]
    world = create(scenario)
    world.change({**scenario.after, "tags": {"team": "a"}})
    since = world.mark()
    ended = world.tfsync("apply", "--auto-approve", "--format", "json")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["outcome"]["residual"] == {"create": 0, "update": 1, "delete": 0}
    puts = [entry for entry in world.writes(since) if entry["method"] in ("PUT", "DELETE")]
    assert {entry["method"] for entry in puts} == {"PUT"}
    assert puts[0]["body"]["properties"]["networkProfile"]["ipFamilies"] == ["IPv4", "IPv6"]
    assert "team" not in (puts[0]["body"].get("tags") or {}), "the frame leaves terraform's part alone"
    world.terraform("plan", "-no-color", "-out=again.tfplan")
    assert actions(world.plan_json("again.tfplan")) == {}


def test_a_dry_run_writes_nothing(create: Create) -> None:
    world = create(SCENARIOS["dual-stack"])
    world.change()
    since = world.mark()
    ended = world.tfsync("apply", "--dry-run", "--no-color")
    assert ended.returncode == 0, ended.stderr
    assert [entry for entry in world.writes(since) if entry["method"] == "PUT"] == []


@pytest.mark.parametrize(("answer", "writes"), [("no\n", 0), ("yes\n", 1)])
def test_it_asks_before_it_writes(create: Create, answer: str, writes: int) -> None:
    world = create(SCENARIOS["dual-stack"])
    world.change()
    since = world.mark()
    ended = world.tfsync("apply", "--no-color", stdin=answer)
    assert "Only 'yes' will be accepted to approve." in ended.stderr
    assert len([entry for entry in world.writes(since) if entry["method"] == "PUT"]) == writes
    assert ended.returncode == (0 if writes else 1)


def test_a_saved_plan_needs_none_of_the_flags_it_was_made_with(create: Create, tmp_path: Path) -> None:
    """Variables and targets given to `terraform plan` count for all that tfsync plans afterwards."""
    scenario = SCENARIOS["dual-stack"]
    world = create(scenario)
    (world.root / "terraform.tfvars.json").rename(tmp_path / "change.tfvars.json")
    scenario.set_variables(tmp_path, scenario.after)
    (tmp_path / "terraform.tfvars.json").replace(tmp_path / "change.tfvars.json")
    world.terraform(
        "plan",
        "-no-color",
        f"-var-file={tmp_path / 'change.tfvars.json'}",
        "-target=azurerm_kubernetes_cluster.demo",
        "-out=change.tfplan",
    )
    since = world.mark()
    ended = world.tfsync("apply", "--format", "json", "change.tfplan")
    assert ended.returncode == 0, ended.stderr
    assert len([entry for entry in world.writes(since) if entry["method"] == "PUT"]) == 1
    assert json.loads(ended.stdout)["outcome"]["left"] == []


def test_a_refresh_brings_the_state_up_to_azure(create: Create) -> None:
    world = create(SCENARIOS["dual-stack"])
    arm_id = next(
        entry["values"]["id"]
        for entry in json.loads(world.terraform("show", "-json"))["values"]["root_module"]["resources"]
        if entry["type"] == "azurerm_kubernetes_cluster"
    )
    world.azure.replace_body(arm_id, {**world.azure.body(arm_id), "tags": {"by": "hand"}})
    ended = world.tfsync("refresh", "azurerm_kubernetes_cluster.demo")
    assert ended.returncode == 0, ended.stderr
    assert '"hand"' in world.terraform("state", "pull")
