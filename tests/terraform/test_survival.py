"""What befalls tfsync must not befall terraform: real applies, with tfsync in a process of its own.

Each test starts a tfsync process that applies a plan. In the middle of the creation of a resource the
process is killed, interrupted, or loses the reader of its output.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tfsync.terraform.binary import Binary
from tfsync.terraform.workspace import Workspace

# Held until the test lets it go. Prints before and after, so that a broken pipe has every chance to do harm.
HELD = """
resource "terraform_data" "cluster" {
  input = "kept"
  provisioner "local-exec" {
    command = "echo begun; touch begun; until test -e release; do sleep 0.02; done; echo here; sleep 0.2"
  }
}
"""

# What `tfsync apply` does with terraform, and nothing else of it.
TFSYNC = """
import os, signal, sys
from pathlib import Path
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # whatever the one who started pytest ignores
from tfsync.errors import TfsyncError
from tfsync.terraform.binary import find
from tfsync.terraform.workspace import Workspace
workspace = Workspace(
    find(None, os.environ), Path(sys.argv[1]),
    stdout=lambda chunk: os.write(1, chunk), stderr=lambda chunk: os.write(2, chunk),
)
try:
    workspace.apply(Path("plan"))
except TfsyncError as error:
    print(error, file=sys.stderr)
    os._exit(error.exit_code)
os._exit(0)
"""


@pytest.fixture
def planned(workspace: Callable[..., Workspace]) -> Workspace:
    """A root module with a saved plan in `plan`."""
    made = workspace(HELD)
    made.plan(Path("plan"), quiet=True)
    return made


@pytest.fixture
def applying(planned: Workspace, env: dict[str, str], binary: Binary) -> Iterator[subprocess.Popen[bytes]]:
    """A tfsync process in the middle of applying it."""
    process = subprocess.Popen(
        [sys.executable, "-c", TFSYNC, str(planned.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**env, "TFSYNC_TERRAFORM": str(binary.path), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    wait_for(lambda: (planned.root / "begun").exists())
    yield process
    release(planned)
    process.kill()
    process.communicate()


def release(workspace: Workspace) -> None:
    """Let the creation go on."""
    (workspace.root / "release").touch()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def resources(root: Path) -> list[dict[str, Any]]:
    """What the state holds; empty while terraform has not saved it."""
    state = root / "terraform.tfstate"
    return json.loads(state.read_text())["resources"] if state.exists() and state.stat().st_size else []


def assert_saved_and_unlocked(workspace: Workspace) -> None:
    wait_for(lambda: bool(resources(workspace.root)) and not list(workspace.root.glob(".*.lock.info")))
    (resource,) = resources(workspace.root)
    assert resource["instances"][0]["attributes"]["input"]["value"] == "kept"
    assert "status" not in resource["instances"][0], "tainted"
    # Takes the lock itself, and finds nothing left to do.
    workspace.plan(Path("after"), arguments=["-detailed-exitcode"], quiet=True)
    assert workspace.show(Path("after")).by_address["terraform_data.cluster"].change.is_nothing


def test_terraform_survives_a_killed_tfsync(planned: Workspace, applying: subprocess.Popen[bytes]) -> None:
    applying.kill()
    assert applying.wait() == -signal.SIGKILL
    assert resources(planned.root) == []
    release(planned)
    assert_saved_and_unlocked(planned)


def test_terraform_survives_the_reader_of_tfsyncs_output(
    planned: Workspace, applying: subprocess.Popen[bytes]
) -> None:
    assert applying.stdout
    assert applying.stderr
    applying.stdout.close()
    assert resources(planned.root) == []
    release(planned)
    message = applying.stderr.read().decode()
    assert applying.wait() == 1
    assert "ran to its end all the same" in message
    assert_saved_and_unlocked(planned)


def test_an_interrupted_apply_ends_by_itself_and_saves_its_state(
    planned: Workspace, applying: subprocess.Popen[bytes]
) -> None:
    """That more signals are kept from it: test_run."""
    applying.send_signal(signal.SIGINT)
    out, err = applying.communicate()
    assert applying.returncode == 130
    assert b"stopped by SIGINT" in err
    assert b"Gracefully shutting down" in out
    assert b"Two interrupts received" not in out + err
    (resource,) = resources(planned.root)
    # terraform ended the provisioner, so the resource is there and marked for another try.
    assert resource["instances"][0]["status"] == "tainted"
    assert not list(planned.root.glob(".*.lock.info"))
