"""A loopback Azure for demos and tests: an ARM that keeps its state on disk, and a stand-in provider.

The ARM serves what the real azurerm provider asks for, over TLS with a certificate authority of its own;
it merges, refuses and takes its time as the resource provider does, and fails on demand. It shares no
code with the rules and the loop that are tried on it. How to use it: docs/sandbox.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfsync.sandbox.sandbox import Sandbox, serve

__all__ = ["Sandbox", "serve"]


def __getattr__(name: str) -> Any:
    """Load the server when it is asked for: the stand-in provider starts often, and needs none of it."""
    if name in __all__:
        from tfsync.sandbox import sandbox

        return getattr(sandbox, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
