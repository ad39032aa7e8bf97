"""The door to Azure: who signs in, in which cloud, and what is read and written there.

Everything that knows Azure Resource Manager, its operations, its errors or the Azure SDK is in this room. The
SDK is imported by the first request, not by importing this package.
"""

from __future__ import annotations

from tfsync.azure.arm import Arm, Snapshot
from tfsync.azure.patience import Progress
from tfsync.azure.settings import Settings, from_environment, provider_constants

__all__ = ["Arm", "Progress", "Settings", "Snapshot", "from_environment", "provider_constants"]
