"""One entry of the fault list, read from JSON or from the command line's short form.

The format is described in `tfsync.sandbox.faults`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tfsync.errors import BadInput

KINDS = (
    "429", "409-in-progress", "409-etag", "412", "500", "503", "error", "reset", "slow", "fail", "ignore",
)  # fmt: skip
CLUSTER_PUT = {"method": "PUT", "path": r"/managedClusters/[^/?]+(\?|$)"}

_MATCH_KEYS: dict[str, type] = {"method": str, "path": str, "nth": int, "times": int}
_OPTIONS: dict[str, dict[str, type]] = {
    "429": {"retry_after": int},
    "500": {"retry_after": int},
    "503": {"retry_after": int},
    "error": {"status": int, "code": str, "message": str, "shape": str},
    "reset": {"after": bool},
    "slow": {"seconds": float},
    "fail": {"code": str, "message": str},
    "ignore": {"property": str},
}
_REQUIRED = {"error": ("status", "code"), "slow": ("seconds",), "ignore": ("property",)}


@dataclass(frozen=True)
class Fault:
    """One entry of the list."""

    kind: str
    method: str
    path: re.Pattern[str]
    nth: int
    times: int
    options: Mapping[str, Any]

    def strikes(self, seen: int) -> bool:
        """Whether it strikes the request that is the `seen`th it matches, from 1 on."""
        return seen == self.nth if self.nth else self.times == 0 or seen <= self.times


def parse(entry: object, where: str) -> Fault:
    """A fault from an object or from the command line's short form."""
    data = _from_text(entry, where) if isinstance(entry, str) else entry
    if not isinstance(data, Mapping):
        raise bad(where, 'a fault is an object, like {"fault": "429"}')
    kind = data.get("fault")
    if kind not in KINDS:
        raise bad(where, f"unknown fault {kind!r}")
    options = {key: value for key, value in data.items() if key not in ("fault", "match")}
    known = _OPTIONS.get(kind, {})
    for key, value in options.items():
        _check(where, key, value, known)
    for key in _REQUIRED.get(kind, ()):
        if key not in options:
            raise bad(where, f"{kind} needs {key!r}")
    if kind == "error":
        _check_error(where, options)
    match = data.get("match", {})
    if not isinstance(match, Mapping):
        raise bad(where, "'match' is an object with method, path, nth or times")
    for key, value in match.items():
        _check(where, key, value, _MATCH_KEYS, within="match.")
    if "method" not in match and "path" not in match:
        match = {**CLUSTER_PUT, **match}
    try:
        path = re.compile(match.get("path", ""), re.IGNORECASE)
    except re.error as error:
        raise bad(where, f"match.path is no regular expression: {error}") from None
    return Fault(
        kind=kind,
        method=match.get("method", "").upper(),
        path=path,
        nth=match.get("nth", 0),
        times=match.get("times", 1),
        options=options,
    )


def _from_text(text: str, where: str) -> object:
    """`429:path=agentPools,times=2`, or an object as JSON."""
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise bad(where, f"not JSON: {error}") from None
    kind, _, rest = text.partition(":")
    match: dict[str, Any] = {}
    fault: dict[str, Any] = {"fault": kind, "match": match}
    for pair in filter(None, rest.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise bad(where, f"{pair!r} is not KEY=VALUE")
        holder, types = (match, _MATCH_KEYS) if key in _MATCH_KEYS else (fault, _OPTIONS.get(kind, {}))
        holder[key] = _converted(value, types.get(key, str))
    return fault


def _converted(value: str, wanted: type) -> object:
    if wanted is bool:
        return value.lower() in ("true", "1", "yes")
    try:
        return wanted(value)
    except ValueError:
        return value  # refused by name afterwards


def _check(where: str, key: str, value: object, known: Mapping[str, type], *, within: str = "") -> None:
    if key not in known:
        raise bad(where, f"unknown key '{within}{key}'")
    wanted = known[key]
    fits = isinstance(value, int | float) if wanted is float else type(value) is wanted
    if not fits or (wanted is float and isinstance(value, bool)):
        names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
        raise bad(where, f"'{within}{key}' must be {names[wanted]}")


def _check_error(where: str, options: Mapping[str, Any]) -> None:
    if options["status"] not in iter(HTTPStatus):
        raise bad(where, f"{options['status']} is no HTTP status")
    if options.get("shape", "flat") not in ("flat", "nested"):
        raise bad(where, "'shape' is flat or nested")


def bad(where: str, message: str) -> BadInput:
    return BadInput(
        message, where=where, hint=f"Faults: {', '.join(KINDS)}. The format is in docs/sandbox.md."
    )
