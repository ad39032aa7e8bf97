"""A saved plan is applied as it was judged, or not at all; and what stands in its way is said before."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World
from tfsync.sandbox import Sandbox
from tfsync.sandbox.scenarios import SCENARIOS

CLUSTER = "azurerm_kubernetes_cluster.demo"
OVERRIDE = """
resource "azurerm_kubernetes_cluster" "demo" {
  lifecycle {
    prevent_destroy = true
  }
}
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("saved")
    with Sandbox(directory / "azure", operation_seconds=0.2) as azure:
        yield World.create(azure, directory, SCENARIOS["dual-stack"])


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The same cluster for all: nothing may be written in any of these tests."""
    shared.change()
    since = shared.mark()
    yield shared
    assert [entry for entry in shared.writes(since) if entry["method"] != "POST"] == []


def judged(world: World) -> None:
    ended = world.tfsync("plan", "-o", "change.tfplan", "--no-color")
    assert ended.returncode == 0, ended.stderr


def test_an_edited_configuration(world: World) -> None:
    judged(world)
    more = world.root / "more.tf"
    more.write_text('output "more" {\n  value = 1\n}\n')
    try:
        ended = world.tfsync("apply", "change.tfplan")
    finally:
        more.unlink()
    assert ended.returncode == 1
    assert "configuration has changed since the plan was made" in ended.stderr
    assert "more.tf (added)" in ended.stderr


def test_a_judgement_that_does_not_fit_blocks(world: World, tmp_path: Path) -> None:
    judged(world)
    (tmp_path / "own.yaml").write_text("resource: azurerm_kubernetes_cluster\nrules: []\n")
    ended = world.tfsync("apply", "change.tfplan", "--rules", str(tmp_path))
    assert (ended.returncode, "other rules" in ended.stderr) == (3, True), ended.stderr

    lock = world.root / ".terraform.lock.hcl"
    before = lock.read_text()
    lock.write_text(before.replace('"5.2.0"', '"5.2.1"'))
    try:
        ended = world.tfsync("apply", "change.tfplan")
    finally:
        lock.write_text(before)
    assert (ended.returncode, "azurerm 5.2.0 then, 5.2.1 now" in ended.stderr) == (3, True), ended.stderr

    world.terraform("plan", "-no-color", "-out=change.tfplan")
    ended = world.tfsync("apply", "change.tfplan")
    assert (ended.returncode, "another plan" in ended.stderr) == (3, True), ended.stderr


def test_a_plan_that_was_open_to_others_is_closed(world: World) -> None:
    plan = world.root / "change.tfplan"
    plan.touch()
    plan.chmod(0o644)
    judged(world)
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600


@pytest.mark.parametrize("command", [["plan", "-o", "kept.tfplan"], ["apply", "--auto-approve"]])
def test_prevent_destroy_is_judged_all_the_same(world: World, command: list[str]) -> None:
    override = world.root / "keep_override.tf"
    override.write_text(OVERRIDE)
    try:
        ended = world.tfsync(*command, "--format", "json")
        world.change({**world.scenario.after, "dns_prefix": "other"})
        worse = world.tfsync(*command, "--format", "json")
    finally:
        override.unlink()
    assert ended.returncode == 1, ended.stderr
    verdicts = {item["address"]: item["verdict"] for item in json.loads(ended.stdout)["resources"]}
    assert verdicts[CLUSTER] == "in_place"
    assert f"tfsync keeps {CLUSTER}" in ended.stderr
    assert "Traceback" not in ended.stderr

    assert worse.returncode == 1, worse.stderr
    verdicts = {item["address"]: item["verdict"] for item in json.loads(worse.stdout)["resources"]}
    assert verdicts[CLUSTER] == "unavoidable"
    assert f"tfsync does not keep {CLUSTER} either" in worse.stderr
    assert not (world.root / "kept.tfplan.tfsync.json").exists()


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"]])
def test_a_misspelt_allow_replace(world: World, command: list[str]) -> None:
    ended = world.tfsync(*command, "--allow-replace", "azurerm_kubernetes_cluster.dem0")
    assert ended.returncode == 1
    assert f"Did you mean {CLUSTER}" in ended.stderr


def test_the_question_speaks_of_azure_only_where_something_is_written_there(world: World) -> None:
    ended = world.tfsync("apply", "--no-color", stdin="no\n")
    assert ended.returncode == 1
    assert "make these changes in Azure" in ended.stderr
    world.change({**world.scenario.before, "tags": {"team": "a"}})
    ended = world.tfsync("apply", "--no-color", stdin="no\n")
    assert ended.returncode == 1
    assert "Do you want terraform to apply this plan?" in ended.stderr
    assert "in Azure" not in ended.stderr


def test_verbose_shows_each_terraform_run_and_no_value(world: World) -> None:
    ended = world.tfsync("-v", "plan", "--no-color", "--", "-var", "dns_prefix=canary")
    assert ended.returncode == 3, ended.stderr
    assert "tfsync: terraform plan -var -no-color" in ended.stderr
    assert "tfsync: terraform show -json" in ended.stderr
    assert "canary" not in ended.stderr


def test_nothing_is_left_beside_the_plan(world: World) -> None:
    judged(world)
    assert list((world.root / ".terraform" / "tfsync" / "tmp").iterdir()) == []
