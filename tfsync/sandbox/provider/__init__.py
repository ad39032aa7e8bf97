"""A stand-in for the azurerm Terraform provider, so that the demo and CI need no download.

It has a few resource types of azurerm with the schema, the plans and the requests of the real provider
at four versions, and talks to the sandbox's loopback ARM as that would. Its rules are its own: it shares
no mapping with the rest of tfsync, so that a mistake there cannot hide here. The tests hold its plans,
its states and its requests against recordings of the real provider.

`install` puts it where Terraform finds it; `reattached` serves it to many commands from one process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfsync.sandbox.provider.versions import VERSIONS

if TYPE_CHECKING:
    from tfsync.sandbox.provider.installation import install, reattached

__all__ = ["VERSIONS", "install", "reattached"]


def __getattr__(name: str) -> Any:
    """Load what installs it when that is asked for: the provider itself starts often and needs none of it."""
    if name in __all__:
        from tfsync.sandbox.provider import installation

        return getattr(installation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
