"""A managed identity behind an address of its own (ARM_MSI_ENDPOINT), which azure-identity cannot be given.

The request is azurerm's (sdk/auth/managed_identity_authorizer.go in hashicorp/go-azure-sdk): GET with
api-version, resource and client_id, and the header `Metadata: true`.
"""

from __future__ import annotations

import ipaddress
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from tfsync.azure.errors import NoCredentials
from tfsync.azure.https import fetch_json
from tfsync.errors import BadInput

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

_API_VERSION = "2018-02-01"


class EndpointIdentity:
    """A TokenCredential that asks one given address."""

    def __init__(self, endpoint: str, client_id: str | None, ca: str | bool) -> None:
        address = urlsplit(endpoint)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise BadInput("must be an address", where="ARM_MSI_ENDPOINT")
        if address.scheme == "http" and not _stays_on_the_machine(address.hostname):
            raise BadInput(
                "plain http is only used on a loopback or link-local address", where="ARM_MSI_ENDPOINT"
            )
        self._endpoint = endpoint
        self._client_id = client_id
        self._ca = ca

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A token for the one scope given. Raises NoCredentials or Unreachable."""
        from azure.core.credentials import AccessToken

        query = {"api-version": _API_VERSION, "resource": scopes[0].removesuffix("/.default")}
        if self._client_id:
            query["client_id"] = self._client_id
        answer = fetch_json(
            f"{self._endpoint}?{urlencode(query)}", ca=self._ca, headers={"Metadata": "true"}, plain_http=True
        )
        try:
            return AccessToken(str(answer["access_token"]), int(time.time()) + int(answer["expires_in"]))
        except (KeyError, TypeError, ValueError):
            raise NoCredentials("answered without a token", where=urlsplit(self._endpoint).netloc) from None


def _stays_on_the_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local
