"""What points a client at the sandbox: environment variables, and the same as DIR/env.sh."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from tfsync.sandbox.cloud import CLIENT_ID, SUBSCRIPTION_ID, TENANT_ID
from tfsync.sandbox.metadata import ENVIRONMENT_NAME

# The sandbox looks at no secret, but every client insists on having one.
_CLIENT_SECRET = "any-will-do"  # noqa: S105


def variables(port: int, bundle: Path) -> dict[str, str]:
    """What the real azurerm provider 3 and later needs, and tfsync too."""
    return {
        "ARM_METADATA_HOSTNAME": f"localhost:{port}",
        "ARM_CLIENT_ID": CLIENT_ID,
        "ARM_CLIENT_SECRET": _CLIENT_SECRET,
        "ARM_TENANT_ID": TENANT_ID,
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION_ID,
        "SSL_CERT_FILE": str(bundle),
    }


def script(environment: Mapping[str, str]) -> str:
    """The exports for a shell: `. DIR/env.sh`."""
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())
    return f"""{exports}

# azurerm 2 picks its cloud by name, and must be given one that is not a public cloud's:
# export ARM_ENVIRONMENT={ENVIRONMENT_NAME}
#
# In the provider block: resource_provider_registrations = "none" (azurerm 4 and later),
# skip_provider_registration = true (before).
"""
