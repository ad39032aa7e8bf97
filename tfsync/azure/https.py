"""Small requests to others than Resource Manager: a cloud's metadata, an OIDC token, an identity endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tfsync.azure.errors import Unreachable
from tfsync.errors import BadInput

_CONNECT_SECONDS = 20
_READ_SECONDS = 30
_RETRIES = 3


def fetch_json(
    url: str,
    *,
    ca: str | bool,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    plain_http: bool = False,
) -> Any:
    """The JSON that `url` answers with, after a few tries. Redirects are not followed.

    Raises BadInput for an address that is not https, Unreachable for anything but a 2xx answer in JSON. The
    messages name the host alone: address, headers and answer may hold secrets. `plain_http` is for the one
    service that Azure offers without TLS, on addresses that never leave the machine.
    """
    address = urlsplit(url)
    if address.scheme != "https" and not plain_http:
        raise BadInput("only https is used", where=address.hostname or "an address without a host")

    from azure.core import PipelineClient
    from azure.core.exceptions import AzureError
    from azure.core.pipeline.policies import RetryPolicy
    from azure.core.rest import HttpRequest

    try:
        with PipelineClient[Any, Any](
            url,
            policies=[RetryPolicy(retry_total=_RETRIES)],
            connection_verify=ca,
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
        ) as client:
            request = HttpRequest(method, url, headers={"Accept": "application/json", **(headers or {})})
            response = client.send_request(request)
            if not 200 <= response.status_code < 300:
                raise Unreachable(f"answered HTTP {response.status_code}", where=address.netloc)
            return response.json()
    except AzureError as error:
        # The class name tells a refused connection from a lost answer; the text would repeat the address.
        raise Unreachable(f"did not answer ({type(error).__name__})", where=address.netloc) from None
    except ValueError:
        raise Unreachable("did not answer in JSON", where=address.netloc) from None
