"""Faults to inject: what goes wrong with Azure now and then, on demand.

A list in DIR/faults.json, read again whenever it changes, or given one by one on the command line and
in Python. An entry is an object:

    {"fault": "429", "match": {"method": "PUT", "path": "managedClusters/aks", "nth": 2}, "retry_after": 3}

`match` says which requests it is for. `method` is one method; `path` is a regular expression searched
in the path with its query, without regard to case; either left out means any. Without `match` at all,
it is for PUTs of a cluster. `nth` strikes the nth such request alone, `times` the first so many
(default 1), and `"times": 0` all of them.

`fault` is one of:

    429             429 Throttled; `retry_after` seconds (default 1)
    409-in-progress 409 OperationNotAllowed: another operation is in progress
    409-etag        409 EtagMismatch: the service's own optimistic lock
    412             412 PreconditionFailed
    500, 503        the gateway's errors; `retry_after` adds the header
    error           any other: `status`, `code`, `message`, `shape` ("flat", the default, or "nested")
    reset           the connection is reset; with `"after": true` after the request took effect
    slow            the operation that the request starts takes `seconds`
    fail            that operation fails, with `code` and `message`
    ignore          the value at `property` in the request has no effect, and nothing says so;
                    a pool is named by its name: properties.agentPoolProfiles.apps.count

On the command line: `--fault 429`, `--fault 'slow:seconds=5'`, `--fault '429:path=agentPools,times=2'`, or
such an object as JSON. Where several entries strike one request, the first that answers it wins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from tfsync.errors import BadInput
from tfsync.sandbox.wire import Answer, Injection, gateway_error, provider_error

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


@dataclass
class _Counted:
    """A fault, and how many requests it has matched so far."""

    fault: Fault
    seen: int = 0

    def strikes(self, method: str, target: str) -> bool:
        fault = self.fault
        if fault.method not in ("", method) or not fault.path.search(target):
            return False
        self.seen += 1
        return fault.strikes(self.seen)


class Faults:
    """The faults of one sandbox: those given in code, and those of its file.

    Raises BadInput for an entry that cannot be used, naming where it stands.
    """

    def __init__(self, file: Path, given: Sequence[str | Mapping[str, Any]] = ()) -> None:
        self._file = file
        self._lock = Lock()
        self._given = [_Counted(parse(entry, f"--fault {n}")) for n, entry in enumerate(given, 1)]
        self._from_file: list[_Counted] = []
        self._stamp: tuple[int, int] | None = None
        self.reload()

    def add(self, entry: str | Mapping[str, Any]) -> None:
        """Add one more."""
        fault = parse(entry, "fault")
        with self._lock:
            self._given.append(_Counted(fault))

    def clear(self) -> None:
        """Forget the faults given in code. Those of the file are the file's."""
        with self._lock:
            self._given.clear()

    def reload(self) -> None:
        """Read the file again if it is another one than last time. Its entries count from the start then."""
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            stamp, text = None, "[]"
        else:
            stamp, text = (stat.st_mtime_ns, stat.st_size), ""
        if stamp == self._stamp:
            return
        entries = _entries(text or self._file.read_text(encoding="utf-8"), self._file)
        where = str(self._file)
        faults = [_Counted(parse(entry, f"{where}, entry {n}")) for n, entry in enumerate(entries, 1)]
        with self._lock:
            self._stamp, self._from_file = stamp, faults

    def inject(self, method: str, target: str) -> Injection:
        """What strikes this request. Counts it for every entry that it matches."""
        self.reload()
        with self._lock:
            struck = [c.fault for c in (*self._given, *self._from_file) if c.strikes(method, target)]
        answering = next((fault for fault in struck if fault.kind not in _MODIFIERS), None)
        answer, reset = None, ""
        if answering and answering.kind == "reset":
            reset = "after" if answering.options.get("after") else "before"
        elif answering:
            answer = _answer(answering)
        failing = next((fault for fault in struck if fault.kind == "fail"), None)
        return Injection(
            answer=answer,
            reset=reset,
            operation_seconds=next((f.options["seconds"] for f in struck if f.kind == "slow"), None),
            operation_error=_operation_error(failing) if failing else None,
            ignored=tuple(f.options["property"] for f in struck if f.kind == "ignore"),
        )


# These change what a request does; all others answer it.
_MODIFIERS = frozenset({"slow", "fail", "ignore"})


def parse(entry: object, where: str) -> Fault:
    """A fault from an object or from the command line's short form."""
    data = _from_text(entry, where) if isinstance(entry, str) else entry
    if not isinstance(data, Mapping):
        raise _bad(where, 'a fault is an object, like {"fault": "429"}')
    kind = data.get("fault")
    if kind not in KINDS:
        raise _bad(where, f"unknown fault {kind!r}")
    options = {key: value for key, value in data.items() if key not in ("fault", "match")}
    known = _OPTIONS.get(kind, {})
    for key, value in options.items():
        _check(where, key, value, known)
    for key in _REQUIRED.get(kind, ()):
        if key not in options:
            raise _bad(where, f"{kind} needs {key!r}")
    match = data.get("match", CLUSTER_PUT)
    if not isinstance(match, Mapping):
        raise _bad(where, "'match' is an object with method, path, nth or times")
    for key, value in match.items():
        _check(where, key, value, _MATCH_KEYS, within="match.")
    try:
        path = re.compile(match.get("path", ""), re.IGNORECASE)
    except re.error as error:
        raise _bad(where, f"match.path is no regular expression: {error}") from None
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
            raise _bad(where, f"not JSON: {error}") from None
    kind, _, rest = text.partition(":")
    match: dict[str, Any] = {}
    fault: dict[str, Any] = {"fault": kind}
    for pair in filter(None, rest.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise _bad(where, f"{pair!r} is not KEY=VALUE")
        holder, types = (match, _MATCH_KEYS) if key in _MATCH_KEYS else (fault, _OPTIONS.get(kind, {}))
        holder[key] = _converted(value, types.get(key, str))
    if match:
        fault["match"] = match if {"path", "method"} & match.keys() else {**CLUSTER_PUT, **match}
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
        raise _bad(where, f"unknown key '{within}{key}'")
    wanted = known[key]
    fits = isinstance(value, int | float) if wanted is float else type(value) is wanted
    if not fits or (wanted is float and isinstance(value, bool)):
        names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
        raise _bad(where, f"'{within}{key}' must be {names[wanted]}")


def _entries(text: str, file: Path) -> list[object]:
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise _bad(str(file), f"not JSON: {error}") from None
    if not isinstance(entries, list):
        raise _bad(str(file), "the file holds a list of faults")
    return entries


def _bad(where: str, message: str) -> BadInput:
    return BadInput(
        message, where=where, hint=f"Faults: {', '.join(KINDS)}. The format is in docs/sandbox.md."
    )


def _answer(fault: Fault) -> Answer:
    options = fault.options
    headers = {"Retry-After": str(options["retry_after"])} if "retry_after" in options else {}
    if fault.kind == "429":
        headers.setdefault("Retry-After", "1")
        return provider_error(429, "Throttled", "The request has been throttled.", headers=headers)
    if fault.kind == "409-in-progress":
        return provider_error(
            409,
            "OperationNotAllowed",
            "Operation is not allowed: another operation is in progress on the managed cluster. "
            "See https://aka.ms/aks-pending-operation.",
        )
    if fault.kind == "409-etag":
        return provider_error(
            409,
            "EtagMismatch",
            "Another operation is in progress; the resource was changed meanwhile.",
            subcode="PutManagedClusterAndComponents_FailedPrecondition",
        )
    if fault.kind == "412":
        return provider_error(412, "PreconditionFailed", "The eTag in If-Match is not the current one.")
    if fault.kind == "500":
        return gateway_error(500, "InternalServerError", "An internal error occurred.", headers=headers)
    if fault.kind == "503":
        return gateway_error(503, "ServerTimeout", "The service is busy; try again.", headers=headers)
    make = gateway_error if options.get("shape") == "nested" else provider_error
    return make(options["status"], options["code"], options.get("message", "An injected error."))


def _operation_error(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.options.get("code", "ReconcileVMSSAgentPoolFailed"),
        "message": fault.options.get("message", "An injected failure."),
        "details": [],
    }
