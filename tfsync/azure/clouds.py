"""Which Azure: where Resource Manager is, where tokens come from, and what a token is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tfsync.errors import BadInput

if TYPE_CHECKING:
    from tfsync.azure.settings import Settings

# A host name or address with an optional port, as ARM_METADATA_HOSTNAME holds it.
_HOST = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")
_METADATA = "/metadata/endpoints?api-version=2022-09-01"


@dataclass(frozen=True)
class Cloud:
    """One Azure cloud. URLs are https and end without a slash."""

    name: str
    endpoint: str
    authority: str
    scope: str
    custom: bool = False


_PUBLIC = Cloud(
    "public",
    "https://management.azure.com",
    "https://login.microsoftonline.com",
    "https://management.azure.com/.default",
)
_US_GOVERNMENT = Cloud(
    "usgovernment",
    "https://management.usgovcloudapi.net",
    "https://login.microsoftonline.us",
    "https://management.core.usgovcloudapi.net/.default",
)
_CHINA = Cloud(
    "china",
    "https://management.chinacloudapi.cn",
    "https://login.chinacloudapi.cn",
    "https://management.chinacloudapi.cn/.default",
)

# The names that azurerm takes, in lower case (environments.FromName in hashicorp/go-azure-sdk), and the long
# ones that its older releases took as well. Endpoints: azure-core's AzureClouds and go-azure-sdk agree.
PUBLIC_CLOUDS: Mapping[str, Cloud] = MappingProxyType(
    {
        "public": _PUBLIC,
        "global": _PUBLIC,
        "azurepubliccloud": _PUBLIC,
        "usgovernment": _US_GOVERNMENT,
        "usgovernmentl4": _US_GOVERNMENT,
        # The two differ in Microsoft Graph alone, which tfsync never calls.
        "dod": _US_GOVERNMENT,
        "usgovernmentl5": _US_GOVERNMENT,
        "azureusgovernmentcloud": _US_GOVERNMENT,
        "china": _CHINA,
        "azurechinacloud": _CHINA,
    }
)


def resolve(settings: Settings) -> Cloud:
    """The cloud that the settings name; a metadata host is asked over https what it is.

    Raises BadInput for a host that is none or that describes no usable cloud, Unreachable when it does not
    answer.
    """
    if not settings.metadata_host:
        return PUBLIC_CLOUDS[settings.environment]
    from tfsync.azure.https import fetch_json
    from tfsync.azure.trust import ca_bundle

    host = settings.metadata_host.removeprefix("https://").rstrip("/")
    if not _HOST.fullmatch(host):
        raise BadInput(
            "must be a host name with an optional port; it is reached over https",
            where="ARM_METADATA_HOSTNAME",
        )
    document = fetch_json(f"https://{host}{_METADATA}", ca=ca_bundle(settings))
    return from_metadata(document, host)


def from_metadata(document: Any, host: str) -> Cloud:
    """A cloud from its own description (one object, api-version 2022-09-01)."""
    if not isinstance(document, Mapping):
        raise BadInput("does not describe an Azure cloud", where=host)
    authentication = document.get("authentication") or {}
    if authentication.get("identityProvider", "AAD") != "AAD":
        raise BadInput(
            "this cloud signs in through AD FS, which neither azurerm nor tfsync supports", where=host
        )
    endpoint = _https(document.get("resourceManager"), "resourceManager", host)
    authority = _https(authentication.get("loginEndpoint"), "authentication.loginEndpoint", host)
    audiences = [text for text in authentication.get("audiences") or [] if isinstance(text, str)]
    # Resource Manager's own address is what the Azure SDKs ask for. A cloud that does not list it has an
    # audience of its own (Azure Stack Hub does); a slash at its end belongs to its name.
    if not audiences or endpoint in {text.rstrip("/") for text in audiences}:
        audience = endpoint
    else:
        audience = audiences[0]
    name = str(document.get("name") or "custom")
    return Cloud(name, endpoint, authority, f"{audience}/.default", custom=True)


def _https(value: Any, key: str, host: str) -> str:
    if not isinstance(value, str) or not value.startswith("https://"):
        raise BadInput(f"{key} of the cloud's metadata must be an https address", where=host)
    return value.rstrip("/")
