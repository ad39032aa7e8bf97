"""Stopped in the middle: nothing is lost, and running it again converges."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.e2e.conftest import Create
from tests.e2e.world import World, actions
from tfsync.sandbox.scenarios import SCENARIOS


@pytest.fixture
def world(create: Create) -> World:
    world = create(SCENARIOS["dual-stack"])
    world.change()
    world.terraform("plan", "-no-color", "-out=change.tfplan")
    return world


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 130)],
    ids=lambda v: str(v),
)
def test_stopped_while_azure_works(world: World, number: signal.Signals, code: int) -> None:
    world.azure.put_fault({"fault": "slow", "seconds": 6, "match": {"method": "PUT"}})
    since = world.mark()
    with subprocess.Popen(
        [sys.executable, "-m", "tfsync", "apply", "change.tfplan"],
        cwd=world.root,
        env=world.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        while not any("/operations/" in entry["path"] for entry in world.azure.requests()[since:]):
            time.sleep(0.05)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
    assert running.returncode == code
    assert "Traceback" not in said
    if code == 130:
        assert "Run tfsync again" in said

    # Azure has the new value; the plan reads it, and there is nothing left to write.
    again = world.tfsync("apply", "--auto-approve", "--no-color")
    assert again.returncode == 0, again.stdout + again.stderr
    assert len([entry for entry in world.writes(since) if entry["method"] == "PUT"]) == 1
    world.terraform("plan", "-no-color", "-out=again.tfplan")
    assert actions(world.plan_json("again.tfplan")) == {}


def test_terraform_failing_after_the_write_says_where_things_stand(world: World) -> None:
    """Refresh fails because Azure answers terraform with an error; the next run goes on."""
    since = world.mark()
    world.azure.put_fault(
        {
            "fault": "error",
            "status": 403,
            "code": "AuthorizationFailed",
            "match": {"path": "listClusterUser", "times": 1},
        }
    )
    ended = world.tfsync("apply", "change.tfplan")
    assert ended.returncode == 1
    assert "Azure has been changed already" in ended.stderr
    world.azure.clear_faults()
    again = world.tfsync("apply", "--auto-approve", "--no-color")
    assert again.returncode == 0, again.stderr
    assert len([entry for entry in world.writes(since) if entry["method"] == "PUT"]) == 1
