from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.arm import Client, connected
from tfsync.sandbox import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox whose operations are over at once; a `slow` fault makes one last."""
    with Sandbox(tmp_path / "sandbox", operation_seconds=0) as running:
        yield running


@pytest.fixture
def arm(sandbox: Sandbox) -> Iterator[Client]:
    with connected(sandbox) as client:
        yield client
