"""DIR/requests.jsonl: one line for each request, so that a test can say exactly what arrived.

    {"time", "method", "path", "body", "if_match", "if_none_match", "status"}

`path` is with its query; `status` is null where the connection was reset. Headers are not logged, so no
token is, and secrets in a body are masked before it is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

MASK = "***"

# Names of values that are secret, in ARM bodies and in token requests. Whole names: `enableSecretRotation`
# is none. Under configurationProtectedSettings every value is one.
_SECRET = frozenset({
    "adminpassword", "password", "secret", "serverappsecret", "clientsecret", "client_secret",
    "client_assertion", "assertion", "token", "access_token", "refresh_token",
    "configurationprotectedsettings",
})  # fmt: skip


class RequestLog:
    """Appends to the file; each line is on disk before its answer leaves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(handle, "a", encoding="utf-8")

    def write(
        self, method: str, target: str, body: object, headers: Mapping[str, str], status: int | None
    ) -> None:
        line = json.dumps({
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": method,
            "path": target,
            "body": masked(body),
            "if_match": headers.get("if-match"),
            "if_none_match": headers.get("if-none-match"),
            "status": status,
        })  # fmt: skip
        with self._lock:
            if not self._file.closed:
                self._file.write(line + "\n")
                self._file.flush()

    def read(self) -> list[dict[str, Any]]:
        """All lines so far, those of earlier runs on this directory first."""
        with self._lock, self.path.open(encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def close(self) -> None:
        with self._lock:
            self._file.close()


def masked(value: Any) -> Any:
    """The value without its secrets: each is `***`, an absent one stays null."""
    if isinstance(value, Mapping):
        return {
            key: _hidden(inner) if str(key).lower() in _SECRET else masked(inner)
            for key, inner in value.items()
        }
    return [masked(item) for item in value] if isinstance(value, list) else value


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _hidden(inner) for key, inner in value.items()}
    return None if value is None else MASK
