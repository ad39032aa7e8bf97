"""`tfsync demo`: the main job, on a loopback Azure."""

from __future__ import annotations


def demo() -> int:
    """Watch a plan that would destroy a cluster become a change in place."""
    raise NotImplementedError
