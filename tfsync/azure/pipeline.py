"""The way of a request through azure-core: identity, retries that are seen, a counter; no body in any log.

This module imports the Azure SDK. `tfsync.azure.arm` imports it when the first request is made.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ServiceResponseError
from azure.core.pipeline import Pipeline, PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    RequestIdPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy, ARMHttpLoggingPolicy
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

import tfsync
from tfsync.azure.errors import NoCredentials
from tfsync.azure.patience import Patience
from tfsync.azure.redaction import redacted
from tfsync.azure.settings import Settings
from tfsync.azure.trust import ca_bundle

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_LOG = logging.getLogger(__name__)

# The option by which a call hands its Patience to the retry policy.
PATIENCE = "tfsync_patience"

_CONNECT_SECONDS = 30
_READ_SECONDS = 120
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
# The server says that it did nothing: safe to repeat whatever the request was.
_NOT_DONE = frozenset({429, 503})
_LONGEST_MESSAGE = 1000
_IDEMPOTENT_READS = frozenset({"GET", "HEAD"})

Request = PipelineRequest[HttpRequest]
Response = PipelineResponse[Any, Any]


class VisibleRetry(RetryPolicy[HttpRequest, HttpResponse]):
    """azure-core's retries, with three differences.

    Each wait is reported and takes the call's own sleep and time limit. A Retry-After header alone repeats
    nothing: azure-core would repeat any refusal that carries one, a 409 or 412 included. And a write is
    repeated after a lost answer or a broken server only if it has If-Match: had the first one been done, the
    second gets 412 instead of writing over what came after.
    """

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        patience = options.pop(PATIENCE, None)
        return {**super().configure_retries(options), PATIENCE: patience}

    def is_retry(self, settings: dict[str, Any], response: Response) -> bool:
        status = response.http_response.status_code
        if status not in _TRANSIENT or settings["total"] <= 0:
            return False
        if status not in _NOT_DONE and not repeatable(response.http_request):
            return False
        patience: Patience | None = settings[PATIENCE]
        return patience is None or (seconds_asked(response.http_response.headers) or 0.0) < patience.remaining

    def increment(
        self,
        settings: dict[str, Any],
        response: PipelineRequest[Any] | Response | None = None,
        error: Exception | None = None,
    ) -> bool:
        if error is not None and response is not None:
            settings["error"] = error
            # An untrusted certificate stays untrusted, and what was sent may have been done.
            if certificate_refused(error) or not (never_sent(error) or repeatable(response.http_request)):
                return False
        return super().increment(settings, response=response, error=error)

    def sleep(self, settings: dict[str, Any], transport: Any, response: Response | None = None) -> None:
        patience: Patience | None = settings[PATIENCE]
        asked = seconds_asked(response.http_response.headers) if response else None
        # The first of azure-core's back-offs is no wait at all: right for a dropped connection, wrong for a
        # server that has just said that it has enough.
        delay = asked or max(self.get_backoff_time(settings), 1.0 if response else 0.0)
        if patience is None:
            transport.sleep(delay)
            return
        patience.pause(delay, f"{_reason(response, settings.get('error'))}, retry in {delay:.0f} s")


class CountRequests(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Counts what is really sent to Resource Manager, each repetition too. For many threads.

    And says so in the log (`tfsync -v`): method, path and status. The query stays out, it may be signed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def on_request(self, request: Request) -> None:
        with self._lock:
            self.count += 1

    def on_response(self, request: Request, response: Response) -> None:
        path = urlsplit(request.http_request.url).path
        _LOG.info("%s %s -> %s", request.http_request.method, path, response.http_response.status_code)


class OneTokenForAll(ARMChallengeAuthenticationPolicy):
    """Threads that start together wait for one token instead of asking for one each.

    What goes wrong on the way to a token is NoCredentials from here on: azure-core's class for it is the same
    as for a 401 of Resource Manager, and its retries of a login host would be repeated once more.
    """

    def __init__(self, credential: TokenCredential, scope: str, settings: Settings) -> None:
        super().__init__(credential, scope)
        self._settings = settings
        self._lock = threading.Lock()

    def on_request(self, request: Request) -> None:
        with self._lock:
            try:
                super().on_request(request)
            except AzureError as error:
                raise self._not_signed_in(error) from None

    def _not_signed_in(self, error: AzureError) -> NoCredentials:
        # DefaultAzureCredential lists all that it tried, over many lines.
        text = " ".join(redacted(str(error)).split())[:_LONGEST_MESSAGE]
        return NoCredentials(
            f"cannot sign in to Azure by {self._settings.method.value}: {text}",
            hint=" ".join((*self._settings.incomplete, NoCredentials.advice or "")),
        )


def build(
    credential: TokenCredential, scope: str, settings: Settings, counter: CountRequests
) -> Pipeline[HttpRequest, HttpResponse]:
    """The pipeline that every request of a run shares: one connection pool, one token, one count.

    What is left out matters. ARMAutoResourceProviderRegistrationPolicy may POST .../register by itself, and
    tfsync changes only what was approved. NetworkTraceLoggingPolicy can log tokens and bodies. RedirectPolicy
    would carry a write to another host.
    """
    # At DEBUG urllib3 logs whole URLs, the signed ones of operations included.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return Pipeline(
        RequestsTransport(
            connection_verify=ca_bundle(settings),
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
        ),
        [
            RequestIdPolicy(),
            UserAgentPolicy(f"tfsync/{tfsync.__version__}"),
            VisibleRetry(retry_total=10, retry_connect=3, retry_read=3, retry_status=5, retry_backoff_max=60),
            OneTokenForAll(credential, scope, settings),
            counter,
            ARMHttpLoggingPolicy(),
        ],
    )


def seconds_asked(headers: Mapping[str, str]) -> float | None:
    """What a Retry-After header asks for, as seconds or as a date; None for none, zero, or nonsense."""
    try:
        return RetryPolicy[Any, Any]().parse_retry_after(headers["Retry-After"]) or None
    except (KeyError, ValueError):
        return None


def repeatable(request: HttpRequest) -> bool:
    """May this be sent twice without knowing whether the first one arrived?"""
    return request.method in _IDEMPOTENT_READS or "If-Match" in request.headers


def certificate_refused(error: BaseException) -> bool:
    """Is this error, at its root, a server certificate that is not trusted?"""
    return any(isinstance(found, ssl.SSLCertVerificationError) for found in _causes(error))


def never_sent(error: BaseException) -> bool:
    """Is it certain that the request did not leave? azure-core's ServiceRequestError alone does not say so: a
    TLS connection that breaks while the answer is awaited is one, too."""
    before = (ssl.SSLCertVerificationError, NewConnectionError, ConnectTimeoutError)
    return any(isinstance(found, before) for found in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps: azure-core, requests and urllib3 each do so in a way of their own."""
    todo: list[object] = [error]
    seen: set[int] = set()
    while todo:
        found = todo.pop()
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            yield found
            todo += [getattr(found, "inner_exception", None), getattr(found, "reason", None), found.__cause__]
            todo += found.args


def _reason(response: Response | None, error: AzureError | None) -> str:
    if response is not None:
        status = response.http_response.status_code
        return "throttled" if status == 429 else f"Azure answered {status}"
    return "no answer" if isinstance(error, ServiceResponseError) else "no connection"
