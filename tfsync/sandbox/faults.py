"""Faults to inject: what goes wrong with Azure now and then, on demand.

A list in DIR/faults.json, read again whenever it changes, or given one by one on the command line and
in Python. An entry is an object:

    {"fault": "429", "match": {"method": "PUT", "path": "managedClusters/aks", "nth": 2}, "retry_after": 3}

`match` says which requests it is for. `method` is one method; `path` is a regular expression searched
in the path with its query, without regard to case; either left out means any. With neither, it is for
PUTs of a cluster. `nth` strikes the nth such request alone, `times` the first so many
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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from tfsync.sandbox.faultspec import Fault, bad, parse
from tfsync.sandbox.wire import Answer, Injection, gateway_error, provider_error

# These change what a request does; all others answer it.
_MODIFIERS = frozenset({"slow", "fail", "ignore"})


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


def _entries(text: str, file: Path) -> list[object]:
    try:
        entries = json.loads(text) if text.strip() else []
    except ValueError as error:
        raise bad(str(file), f"not JSON: {error}") from None
    if not isinstance(entries, list):
        raise bad(str(file), "the file holds a list of faults")
    return entries


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
