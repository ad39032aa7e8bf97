"""A stand-in for the azurerm Terraform provider, so that the demo and CI need no download.

It has a few resource types of azurerm with the schema, the plans and the requests of the real provider
at four versions, and talks to the sandbox's loopback ARM as that would. Its rules are its own: it shares
no mapping with the rest of tfsync, so that a mistake there cannot hide here. The tests hold its plans,
its states and its requests against recordings of the real provider.

`install` puts it where Terraform finds it; `reattached` serves it to many commands from one process.
"""

from __future__ import annotations

from tfsync.sandbox.provider.install import install, reattached
from tfsync.sandbox.provider.versions import VERSIONS

__all__ = ["VERSIONS", "install", "reattached"]
