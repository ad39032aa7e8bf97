"""The room as others see it: its names, and what loading them costs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import tfsync.terraform as room


def test_every_public_name_is_there() -> None:
    assert room.__all__ == sorted(room.__all__)
    for name in room.__all__:
        assert getattr(room, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = room.nonsense


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import tfsync.terraform", {"msgspec", "python_terraform", "hcl2", "lark", "subprocess"}),
        ("from tfsync.terraform import Workspace, find, locate", {"hcl2", "lark", "regex"}),
        ("from tfsync.terraform import read_plan", {"hcl2", "lark", "python_terraform", "subprocess"}),
    ],
)
def test_nothing_is_loaded_before_it_is_used(statement: str, absent: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert not absent & set(done.stdout.split())
