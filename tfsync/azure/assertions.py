"""OIDC: the token by which a CI system vouches for the run, fetched anew each time it is needed.

The requests are azurerm's (sdk/auth/github_oidc_authorizer.go and ado_pipeline_oidc_authorizer.go in
hashicorp/go-azure-sdk).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tfsync.azure.errors import NoCredentials
from tfsync.azure.https import fetch_json
from tfsync.errors import BadInput

if TYPE_CHECKING:
    from tfsync.azure.settings import Settings

_AUDIENCE = "api://AzureADTokenExchange"
_AZURE_PIPELINES_API = "7.1"


def read_text(path: str, what: str) -> str:
    """The trimmed contents of a file that a setting names. Raises BadInput when there are none."""
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"cannot read the {what}", where=path) from None
    if not text:
        raise BadInput(f"the file with the {what} is empty", where=path)
    return text


def agreed(value: str | None, path: str | None, what: str) -> str | None:
    """The one value that a setting and the file of another setting give. Two different ones are BadInput."""
    if not path:
        return value
    text = read_text(path, what)
    if value and value != text:
        raise BadInput(f"the {what} in this file differs from the one that is set directly", where=path)
    return text


def from_token(settings: Settings) -> Callable[[], str]:
    """A source of the token that is set, or that a file holds: CI systems renew the file during a run."""
    token = settings.oidc_token
    for path in settings.oidc_token_files:
        token = agreed(token, path, "OIDC token")
    if settings.oidc_token_files:
        path = settings.oidc_token_files[-1]
        return lambda: read_text(path, "OIDC token")
    return lambda: token or ""


def from_request(settings: Settings, ca: str | bool) -> Callable[[], str]:
    """A source that asks GitHub Actions, or Azure Pipelines when a service connection is named."""
    if settings.service_connection_id:
        method, key = "POST", "oidcToken"
        query = {"api-version": _AZURE_PIPELINES_API, "serviceConnectionId": settings.service_connection_id}
    else:
        method, key, query = "GET", "value", {"audience": _AUDIENCE}
    url = _with_query(settings.oidc_request_url or "", query)
    headers = {"Authorization": f"Bearer {settings.oidc_request_token}", "Content-Type": "application/json"}

    def ask() -> str:
        answer = fetch_json(url, ca=ca, method=method, headers=headers)
        token = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise NoCredentials("answered without an OIDC token", where=urlsplit(url).netloc)
        return token

    return ask


def _with_query(url: str, defaults: dict[str, str]) -> str:
    """`url` with those query parameters that it does not have yet."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(query=urlencode({**defaults, **{k: v for k, v in given.items() if v}})))
