"""What a run is about to do, does, and did: one JSON object a line, on disk before the act itself.

Files are private (0600) and lie in `$TF_DATA_DIR/tfsync/runs/` or where `--journal-dir` says. Sensitive
values never enter: who records a change marks it, and its values stay out.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tfsync.errors import BadInput


class Journal:
    """The journal of one run. Safe to record from several threads; each record is on disk when it returns."""

    def __init__(self, directory: Path) -> None:
        """Open a new journal. Raises BadInput where the directory cannot be written."""
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        self.run = f"{moment}-{secrets.token_hex(3)}"
        self.path = directory / f"{self.run}.jsonl"
        self._lock = threading.Lock()
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._file = os.fdopen(descriptor, "ab", buffering=0)
        except OSError as error:
            raise BadInput(
                f"the journal cannot be written: {error.strerror}",
                where=str(directory),
                hint="tfsync changes nothing without one. Give another place with --journal-dir.",
            ) from None

    def record(self, event: str, **details: Any) -> None:
        """Write one line and wait until the disk has it. Raises BadInput when the disk refuses."""
        entry = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **details}
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            with self._lock:
                self._file.write(line.encode())
                os.fsync(self._file.fileno())
        except OSError as error:
            raise BadInput(f"the journal cannot be written: {error.strerror}", where=str(self.path)) from None
        except ValueError:
            raise BadInput("the journal is closed already", where=str(self.path)) from None

    def close(self) -> None:
        """Close the file. Recording afterwards is an error."""
        self._file.close()
