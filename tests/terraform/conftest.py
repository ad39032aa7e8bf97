"""Real terraform for the tests of this room. Only the built-in `terraform_data`, so nothing is downloaded."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tfsync.errors import BadInput
from tfsync.terraform.binary import Binary, find
from tfsync.terraform.workspace import Workspace


@pytest.fixture(scope="session")
def binary() -> Binary:
    """The terraform or tofu of this machine; tests that need one are skipped where there is none."""
    try:
        return find(None, os.environ)
    except BadInput as error:
        pytest.skip(f"needs terraform: {error.message}")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment that takes nothing over from the machine's own terraform settings."""
    home = tmp_path / "home"
    home.mkdir()
    return {"PATH": os.environ["PATH"], "HOME": str(home), "CHECKPOINT_DISABLE": "1"}


@dataclass
class Output:
    """Sinks that keep what they get."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)


@pytest.fixture
def output() -> Output:
    return Output()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty directory for a root module, with a space in its name."""
    path = tmp_path / "root module"
    path.mkdir()
    return path


@pytest.fixture
def workspace(binary: Binary, root: Path, env: dict[str, str], output: Output) -> Callable[..., Workspace]:
    """Make a workspace on `root` with this configuration, and more environment."""

    def make(configuration: str, **more: str) -> Workspace:
        (root / "main.tf").write_text(configuration)
        return Workspace(
            binary, root, env={**env, **more}, stdout=output.stdout.extend, stderr=output.stderr.extend
        )

    return make
