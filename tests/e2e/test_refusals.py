"""What goes wrong outside: each has one clear message, and nothing is written."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.recorded import RECORDINGS
from tfsync.sandbox import Sandbox
from tfsync.sandbox.scenarios import SCENARIOS

CANARY = "canary-of-a-client-secret"
PLAN = RECORDINGS / "azurerm-5.2.0" / "lb-sku-basic-to-standard" / "plan.json"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One cluster for all refusals: none of them may change it."""
    directory = tmp_path_factory.mktemp("refusals")
    with Sandbox(directory / "azure", operation_seconds=0.2) as azure:
        world = World.create(azure, directory, SCENARIOS["dual-stack"])
        world.change()
        world.terraform("plan", "-no-color", "-out=change.tfplan")
        yield world


@pytest.fixture(autouse=True)
def _nothing_written(request: pytest.FixtureRequest) -> Iterator[None]:
    if "world" not in request.fixturenames:
        yield
        return
    world: World = request.getfixturevalue("world")
    since = world.mark()
    yield
    world.azure.clear_faults()
    done = [entry for entry in world.writes(since) if entry["method"] in ("PUT", "PATCH", "DELETE")]
    assert [entry for entry in done if entry["status"] < 300] == []


def refused(world: World, *arguments: str, code: int = 1, **env: str) -> str:
    ended = world.tfsync(*arguments, env=env)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.startswith("tfsync: ")]
    return "\n".join(lines)


def cluster_id(world: World) -> str:
    entries = world.plan_json()["resource_changes"]
    return str(
        next(e["change"]["before"]["id"] for e in entries if e["type"] == "azurerm_kubernetes_cluster")
    )


def test_no_terraform(world: World, tmp_path: Path) -> None:
    message = refused(world, "apply", "change.tfplan", PATH=str(tmp_path), TFSYNC_TERRAFORM="")
    if shutil.which("terraform", path=str(Path(sys.executable).parent)) is None:
        assert "terraform" in message


def test_the_named_terraform_is_missing(world: World) -> None:
    assert "/nonexistent/terraform" in refused(world, "apply", "--terraform-bin", "/nonexistent/terraform")


def test_a_plan_that_is_none(world: World, tmp_path: Path) -> None:
    fake = tmp_path / "fake.tfplan"
    fake.write_bytes(b"PK\x03\x04 but no plan")
    assert "fake.tfplan" in refused(world, "apply", str(fake))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PLAN.read_bytes()[:9000], "JSON"),
        (b'{"format_version": "2.0", "resource_changes": []}', "format_version 2.0"),
        (b'{"some": "json"}', "plan"),
        (b"", "empty"),
        (b"resource {}", "JSON"),
    ],
    ids=["truncated", "newer-format", "no-plan", "empty", "no-json"],
)
def test_json_that_is_no_plan(world: World, tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    message = refused(world, "check", str(file))
    assert says in message
    assert "plan.json" in message


def test_a_stale_saved_plan(world: World, tmp_path: Path) -> None:
    kept = world.root / "terraform.tfstate"
    before = kept.read_bytes()
    state = json.loads(before)
    state["serial"] += 1
    kept.write_text(json.dumps(state))
    try:
        assert "stale" in refused(world, "apply", "change.tfplan")
    finally:
        kept.write_bytes(before)


def test_no_credentials(world: World) -> None:
    message = refused(
        world,
        "apply",
        "change.tfplan",
        ARM_USE_CLI="false",
        ARM_CLIENT_ID="",
        ARM_CLIENT_SECRET="",
        ARM_TENANT_ID="",
    )
    assert "sign in" in message


def test_azure_cannot_be_reached(world: World) -> None:
    message = refused(world, "apply", "change.tfplan", ARM_METADATA_HOSTNAME="localhost:1")
    assert "localhost:1" in message


def test_a_cluster_that_is_gone(world: World) -> None:
    arm_id = cluster_id(world)
    body = world.azure.body(arm_id)
    world.azure.remove(arm_id)
    try:
        ended = world.tfsync("apply", "change.tfplan", env={"ARM_CLIENT_SECRET": CANARY})
    finally:
        world.azure.replace_body(arm_id, body)
    assert ended.returncode == 1
    assert "managedClusters/demo" in ended.stderr
    assert CANARY not in ended.stdout + ended.stderr


def test_a_body_that_changed_since_it_was_read(world: World) -> None:
    """Somebody changes the cluster while tfsync asks whether it may."""
    arm_id = cluster_id(world)
    before = world.azure.body(arm_id)
    with subprocess.Popen(
        [sys.executable, "-m", "tfsync", "apply", "--no-color"],
        cwd=world.root,
        env=world.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        seen = ""
        while "Enter a value:" not in seen:
            seen += running.stderr.read(1)
        changed = copy.deepcopy(before)
        changed["properties"]["agentPoolProfiles"][0]["count"] = 3
        world.azure.replace_body(arm_id, changed)
        _, rest = running.communicate("yes\n", timeout=60)
    try:
        assert running.returncode == 1
        assert "agentPoolProfiles[0].count" in rest
        assert "Traceback" not in rest
    finally:
        world.azure.replace_body(arm_id, before)


def test_nobody_to_ask(world: World) -> None:
    assert "nobody is there to approve" in refused(world, "apply", "--no-color")


def test_a_flag_that_does_not_exist(world: World) -> None:
    assert "--no-such-flag" in refused(world, "apply", "--no-such-flag")


def test_help_and_version_import_nothing_heavy() -> None:
    heavy = (
        "azure",
        "msal",
        "requests",
        "hcl2",
        "deepdiff",
        "rich",
        "pydantic",
        "grpc",
        "cryptography",
        "yaml",
    )
    code = (
        "import sys, contextlib, io\n"
        "from tfsync.cli import run\n"
        "with contextlib.redirect_stdout(io.StringIO()): assert run(sys.argv[1:]) == 0\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    for words in (["--version"], ["--help"], ["plan", "--help"], ["apply", "--help"]):
        ended = subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            check=True,
            env=dict(os.environ),
        )
        assert ended.stdout.strip().splitlines()[-1] == "[]", words
