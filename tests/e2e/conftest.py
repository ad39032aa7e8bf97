"""Worlds for tests, each with a loopback ARM and a provider process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.world import World
from tfsync.sandbox import Sandbox
from tfsync.sandbox.scenarios import QUICKSTART, Scenario

Create = Callable[[Scenario], World]


@pytest.fixture
def create(tmp_path: Path) -> Iterator[Create]:
    """Make a scenario's world. The quickstart's comes the whole way, through init and a mirror."""
    with Sandbox(tmp_path / "azure", operation_seconds=0.2) as azure, ExitStack() as stack:

        def made(scenario: Scenario) -> World:
            quick = None if scenario.configuration == QUICKSTART else stack
            return World.create(azure, tmp_path, scenario, providers=quick)

        yield made
