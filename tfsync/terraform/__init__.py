"""The door to terraform and tofu: find it, run it, read what it writes.

Nothing outside this room starts a terraform process, parses plan JSON, lock files or HCL.

The names below are loaded when they are first used: a command that only prints help needs none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfsync.terraform.arguments import apply_arguments, refresh_arguments, replan_arguments
    from tfsync.terraform.binary import Binary, find, version
    from tfsync.terraform.lock import provider_versions
    from tfsync.terraform.plan import Change, Plan, ResourceChange, decode_plan, read_plan
    from tfsync.terraform.positions import Position, locate
    from tfsync.terraform.workspace import Workspace

_HOMES = {
    "Binary": "binary",
    "Change": "plan",
    "Plan": "plan",
    "Position": "positions",
    "ResourceChange": "plan",
    "Workspace": "workspace",
    "apply_arguments": "arguments",
    "decode_plan": "plan",
    "find": "binary",
    "locate": "positions",
    "provider_versions": "lock",
    "read_plan": "plan",
    "refresh_arguments": "arguments",
    "replan_arguments": "arguments",
    "version": "binary",
}

__all__ = [
    "Binary",
    "Change",
    "Plan",
    "Position",
    "ResourceChange",
    "Workspace",
    "apply_arguments",
    "decode_plan",
    "find",
    "locate",
    "provider_versions",
    "read_plan",
    "refresh_arguments",
    "replan_arguments",
    "version",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
