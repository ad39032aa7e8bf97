"""What goes over the wire: a request, an answer, and the two shapes an error takes.

The resource provider answers with a *flat* error, the gateway before it with a *nested* one
(arm-mutability §3.6); clients must read both, so the sandbox keeps them apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]

_API_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(-preview)?", re.IGNORECASE)


@dataclass(frozen=True)
class ApiVersion:
    """`2024-09-01`, or a preview of that date: `2023-09-02-preview`."""

    date: str
    preview: bool = False

    @classmethod
    def parse(cls, text: str) -> ApiVersion | None:
        match = _API_VERSION.fullmatch(text)
        return cls(match[1], match[2] is not None) if match else None

    def since(self, date: str) -> bool:
        """Whether this is that version or a later one, a preview counting by its date."""
        return self.date >= date


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body (None: an empty one) and the headers that matter."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The request ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True)
class Injection:
    """What the fault list has in store for one request (`tfsync.sandbox.faults`)."""

    answer: Answer | None = None
    reset: str = ""  # "before" or "after" the request took effect
    operation_seconds: float | None = None
    operation_error: Body | None = None
    ignored: tuple[str, ...] = ()  # property paths that the request is treated as not having


@dataclass(frozen=True)
class Request:
    """One HTTP request, its body already parsed from JSON or from a form."""

    method: str
    target: str  # path and query exactly as sent
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: Any
    origin: str  # https://localhost:PORT, as the client called it
    params: Mapping[str, str] = field(default_factory=dict)  # what the route found in the path
    injection: Injection = field(default_factory=Injection)

    @property
    def api_version(self) -> ApiVersion:
        """The api-version asked for. Refuses what ARM refuses: none at all, or one of no known form."""
        text = self.query.get("api-version", "")
        version = ApiVersion.parse(text)
        if version is None:
            code = "InvalidApiVersionParameter" if text else "MissingApiVersionParameter"
            raise Refused(gateway_error(400, code, f"The api-version query parameter '{text}' is not valid."))
        return version

    @property
    def json(self) -> Body:
        """The body as an object, or a refusal."""
        if not isinstance(self.body, dict):
            raise Refused(
                gateway_error(400, "InvalidRequestContent", "The request content was not a JSON object.")
            )
        return self.body


def provider_error(
    status: int,
    code: str,
    message: str,
    *,
    target: str = "",
    subcode: str = "",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error in the resource provider's flat shape."""
    body = {"code": code, "details": None, "message": message, "subcode": subcode, "target": target}
    return Answer(status, body, dict(headers or {}))


def gateway_error(
    status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
) -> Answer:
    """An error in the ARM gateway's nested shape."""
    return Answer(
        status,
        {"error": {"code": code, "message": message}},
        {"x-ms-failure-cause": "gateway", **(headers or {})},
    )


def not_found(path: str) -> Answer:
    """What ARM says of a resource that is not there."""
    return gateway_error(404, "ResourceNotFound", f"The Resource '{path}' was not found.")
