"""The loop with the real azurerm provider, wherever one can be had.

TFSYNC_AZURERM_MIRROR names a filesystem mirror (as `terraform providers mirror` makes it) with
hashicorp/azurerm in it. Without one these tests are skipped, and say so: the stand-in provider is then all
that speaks for the real one, held against recordings.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.world import World, actions
from tfsync.sandbox import Sandbox
from tfsync.sandbox.scenarios import SCENARIOS, Scenario

MIRROR = Path(os.environ.get("TFSYNC_AZURERM_MIRROR") or "/nonexistent")
_PACKAGES = MIRROR / "registry.terraform.io" / "hashicorp" / "azurerm"
# Which scenario speaks each major version's language.
_OF_MAJOR = {
    "2": "http-routing-off",
    "3": "kubenet-to-overlay",
    "4": "load-balancer-sku",
    "5": "load-balancer-sku",
}


def versions() -> list[str]:
    """The provider versions in the mirror: unpacked folders, and packed zips."""
    names = {entry.name for entry in _PACKAGES.glob("*") if entry.is_dir()}
    zips = (entry.name.removeprefix("terraform-provider-azurerm_") for entry in _PACKAGES.glob("*.zip"))
    return sorted(names | {name.split("_")[0] for name in zips})


def scenario_for(version: str) -> Scenario:
    return replace(SCENARIOS[_OF_MAJOR[version.split(".")[0]]], provider=version)


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "azure", operation_seconds=0.5) as sandbox:
        yield sandbox


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", versions() or [pytest.param("none", id="no-mirror")])
def test_the_loop_with_the_real_provider(azure: Sandbox, tmp_path: Path, version: str) -> None:
    if version == "none":
        pytest.skip("no real azurerm provider here: set TFSYNC_AZURERM_MIRROR to a filesystem mirror")
    config = tmp_path / "terraformrc"
    config.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRROR}"\n'
        '    include = ["hashicorp/azurerm"]\n  }\n}\n'
    )
    scenario = scenario_for(version)
    # 2.x picks its cloud by name from the metadata; later versions take a host for answer.
    more = {"ARM_ENVIRONMENT": "lab"} if version.startswith("2.") else {}
    world = World.create(azure, tmp_path, scenario, cli_config=config, more=more)
    world.terraform("plan", "-no-color", "-out=clean.tfplan")
    assert actions(world.plan_json("clean.tfplan")) == {}, "the sandbox reads back what the provider wrote"
    world.change()
    since = world.mark()
    world.terraform("plan", "-no-color", "-out=change.tfplan")
    assert any("delete" in what for what in actions(world.plan_json()).values())
    ended = world.tfsync("apply", "change.tfplan")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not [entry for entry in world.writes(since) if entry["method"] == "DELETE"]
    world.terraform("plan", "-no-color", "-out=again.tfplan")
    assert actions(world.plan_json("again.tfplan")) == {}
