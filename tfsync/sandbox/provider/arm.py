"""Requests to the loopback ARM, as the real provider makes them: token, JSON, long-running operations."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.versions import Version

if TYPE_CHECKING:
    import ssl

Body = dict[str, Any]

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_REQUEST_SECONDS: Final = 60.0
# Azure says in Retry-After when to ask again; this is for answers that do not.
_POLL_SECONDS: Final = 1.0
_SOONEST_SECONDS: Final = 0.02
_OPERATION_SECONDS: Final = 90 * 60.0
_BUSY: Final = frozenset({429, 503})
_BUSY_TRIES: Final = 8


@dataclass(frozen=True)
class Identity:
    """Who the provider is: a service principal of one tenant, working on one subscription."""

    tenant: str
    client: str
    secret: str
    subscription: str


@dataclass(frozen=True)
class _Answer:
    status: int
    reason: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class _Session:
    endpoint: str
    token: str


class Arm:
    """One Azure, reached through what its metadata endpoint says about itself."""

    def __init__(self, metadata_host: str, identity: Identity, version: Version) -> None:
        if urlsplit(f"//{metadata_host}").hostname not in _LOOPBACK:
            raise ProviderError(
                f"the stand-in provider does not talk to {metadata_host or 'Azure'}",
                "It only talks to tfsync's sandbox on this machine. Set ARM_METADATA_HOSTNAME as the "
                "sandbox's env.sh does, or use the real azurerm provider.",
            )
        self.identity = identity
        self._host = metadata_host
        self._old = version < (3,)
        self._lock = threading.Lock()
        self._signed_in: _Session | None = None

    def get(self, path: str, api_version: str, **query: str) -> Body | None:
        """The resource, or None when there is none."""
        answer = self._ask("GET", path, api_version, query=query)
        return None if answer.status == 404 else _resource(answer, f"reading {path}")

    def put(self, path: str, api_version: str, body: Body) -> None:
        """Create or replace the resource and wait until Azure is done."""
        self._operate("PUT", path, api_version, body)

    def patch(self, path: str, api_version: str, body: Body) -> None:
        """Change the named properties and wait until Azure is done."""
        self._operate("PATCH", path, api_version, body)

    def post(self, path: str, api_version: str, body: Body | None = None) -> Body:
        """Run an action and give back its answer."""
        return _resource(self._ask("POST", path, api_version, body), f"calling {path}")

    def delete(self, path: str, api_version: str) -> None:
        """Delete the resource and wait until it is gone. One that is not there is fine."""
        self._operate("DELETE", path, api_version)

    def _operate(self, method: str, path: str, api_version: str, body: Body | None = None) -> None:
        what = f"{method} {path}"
        answer = self._ask(method, path, api_version, body)
        if method == "DELETE" and answer.status == 404:
            return
        _resource(answer, what)
        if url := answer.headers.get("azure-asyncoperation"):
            self._wait(url, _pause(answer), what)

    def _wait(self, url: str, pause: float, what: str) -> None:
        end = time.monotonic() + _OPERATION_SECONDS
        while time.monotonic() < end:
            time.sleep(pause)
            answer = self._authorized("GET", url)
            state = _resource(answer, what)
            match state.get("status"):
                case "Succeeded":
                    return
                case "Failed" | "Canceled":
                    raise ProviderError(f"{what}: the operation ended as {state['status']}", _reason(state))
            pause = _pause(answer)
        raise ProviderError(f"{what}: Azure was not done after {_OPERATION_SECONDS / 60:.0f} minutes")

    def _ask(
        self,
        method: str,
        path: str,
        api_version: str,
        body: Body | None = None,
        query: dict[str, str] | None = None,
    ) -> _Answer:
        parameters = urlencode({**(query or {}), "api-version": api_version}, quote_via=quote)
        return self._authorized(method, f"{self._session().endpoint}{path}?{parameters}", body)

    def _authorized(self, method: str, url: str, body: Body | None = None) -> _Answer:
        headers = {"Authorization": f"Bearer {self._session().token}", "Accept": "application/json"}
        payload = None if body is None else json.dumps(body).encode()
        if payload is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        for _ in range(_BUSY_TRIES):
            answer = self._send(method, url, payload, headers)
            if answer.status not in _BUSY:
                break
            time.sleep(_pause(answer))
        return answer

    def _session(self) -> _Session:
        """Learned at the first request: a plan without refresh makes none."""
        with self._lock:
            if self._signed_in is None:
                self._signed_in = self._sign_in(self._describe())
            return self._signed_in

    def _sign_in(self, described: Body) -> _Session:
        who, about = self.identity, described["authentication"]
        login, audience = str(about["loginEndpoint"]).rstrip("/"), str(about["audiences"][0]).rstrip("/")
        form = {"grant_type": "client_credentials", "client_id": who.client, "client_secret": who.secret}
        if self._old:
            url, form["resource"] = f"{login}/{who.tenant}/oauth2/token", audience
        else:
            url, form["scope"] = f"{login}/{who.tenant}/oauth2/v2.0/token", f"{audience}/.default"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._send("POST", url, urlencode(form).encode(), headers)
        token = _resource(answer, "signing in")["access_token"]
        return _Session(str(described["resourceManager"]).rstrip("/"), str(token))

    def _describe(self) -> Body:
        # 2.36 asks for the older list of clouds; each is then picked by name.
        api_version = "2020-06-01" if self._old else "2022-09-01"
        answer = self._send(
            "GET", f"https://{self._host}/metadata/endpoints?api-version={api_version}", None, {}
        )
        if answer.status != 200:
            raise ProviderError(f"{self._host} does not describe itself as an Azure", _reason(answer.body))
        if not isinstance(answer.body, list):
            return dict(answer.body)
        wanted = os.environ.get("ARM_ENVIRONMENT", "").lower()
        named = [cloud for cloud in answer.body if str(cloud.get("name")).lower() == wanted]
        return dict((named or answer.body)[0])

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        import ssl

        return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or None)

    def _send(self, method: str, url: str, payload: bytes | None, headers: dict[str, str]) -> _Answer:
        # Not at the top: of the three starts of a plan only one sends requests.
        import http.client

        where = urlsplit(url)
        target = f"{where.path}?{where.query}" if where.query else where.path
        connection = http.client.HTTPSConnection(
            where.hostname or "", where.port, timeout=_REQUEST_SECONDS, context=self._tls
        )
        try:
            connection.request(method, target, payload, headers)
            response = connection.getresponse()
            raw = response.read()
            found = {name.lower(): value for name, value in response.getheaders()}
            return _Answer(response.status, response.reason, found, json.loads(raw) if raw.strip() else None)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ProviderError(f"{method} {url}: {error!s}") from error
        finally:
            connection.close()


def _resource(answer: _Answer, what: str) -> Body:
    if answer.status >= 400:
        status = f"{answer.status} {answer.reason}".strip()
        raise ProviderError(f"{what}: unexpected status {status}", _reason(answer.body))
    return answer.body if isinstance(answer.body, dict) else {}


def _pause(answer: _Answer) -> float:
    try:
        return max(float(answer.headers["retry-after"]), _SOONEST_SECONDS)
    except (KeyError, ValueError):
        return _POLL_SECONDS


def _reason(body: Any) -> str:
    """`Code: message` of either shape that Azure's errors have."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(error, dict):
        return str(error)
    return ": ".join(str(error[key]) for key in ("code", "message") if error.get(key))
