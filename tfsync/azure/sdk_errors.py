"""The Azure SDK's exceptions, turned into those of `tfsync.azure.errors`.

This module imports the Azure SDK. `tfsync.azure.arm` imports it when the first request is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError

from tfsync.azure.errors import ArmFault, ResponseLost, Unreachable, parse_error
from tfsync.azure.pipeline import certificate_refused, never_sent, seconds_asked

_UNTRUSTED = (
    "If a proxy or a private cloud signs with an authority of its own, name its bundle in SSL_CERT_FILE, "
    "which terraform reads, too."
)


@contextmanager
def translated(
    arm_id: str, host: str, *, writing: bool = False, secrets: Iterable[str] = ()
) -> Iterator[None]:
    """Within it, what the SDK raises leaves as an ArmFault.

    `writing`: an answer that never came leaves open whether the write was done. The SDK's exception is not
    kept as a cause: it holds the request with its token, and Azure's answer as it came.
    """
    try:
        yield
    except HttpResponseError as error:
        raise _answered(error, arm_id, writing=writing, secrets=secrets) from None
    except AzureError as error:
        raise _unanswered(error, arm_id, host, writing=writing) from None
    except ValueError:
        kind = ResponseLost if writing else Unreachable
        raise kind(
            f"the answer of {host} is not a resource in JSON: is a proxy in between?", where=arm_id
        ) from None


def _answered(error: HttpResponseError, arm_id: str, *, writing: bool, secrets: Iterable[str]) -> ArmFault:
    response: Any = error.response
    if response is None:
        kind = ResponseLost if writing else Unreachable
        return kind("the answer broke off in the middle", where=arm_id)
    if writing and response.status_code < 400:
        return ResponseLost(f"Azure answered HTTP {response.status_code}, which says nothing", where=arm_id)
    headers = response.headers
    return parse_error(
        response.status_code,
        response.text(),
        where=arm_id,
        retry_after=seconds_asked(headers),
        request_id=headers.get("x-ms-correlation-request-id") or headers.get("x-ms-request-id"),
        secrets=secrets,
    )


def _unanswered(error: AzureError, arm_id: str, host: str, *, writing: bool) -> ArmFault:
    if certificate_refused(error):
        return Unreachable(f"the certificate of {host} is not trusted here", where=arm_id, hint=_UNTRUSTED)
    if never_sent(error):
        return Unreachable(f"{host} cannot be reached", where=arm_id)
    if writing:
        return ResponseLost(f"{host} took the request, and its answer never came", where=arm_id)
    return Unreachable(f"{host} does not answer", where=arm_id)
