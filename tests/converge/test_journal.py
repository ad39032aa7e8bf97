"""The journal: on disk before the act, private, and free of secrets."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from tfsync.converge.journal import Journal
from tfsync.converge.write import described
from tfsync.errors import BadInput
from tfsync.triage import ArmChange, ArmWrite


def lines(journal: Journal) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.path.read_text(encoding="utf-8").splitlines()]


def test_each_record_is_a_line_and_private(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "runs")
    journal.record("intended", writes=[1])
    journal.record("written", address="a")
    assert [entry["event"] for entry in lines(journal)] == ["intended", "written"]
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
    journal.close()


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    threads = [threading.Thread(target=journal.record, args=("e",), kwargs={"n": n}) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry["n"] for entry in lines(journal)) == list(range(40))
    journal.close()


def test_without_a_journal_nothing_starts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="journal") as error:
        Journal(tmp_path / "file" / "runs")
    assert "--journal-dir" in str(error.value)


def test_sensitive_values_never_enter() -> None:
    class Read:
        api_version = "2025-10-01"
        body: dict[str, Any] = {"properties": {"secret": "canary-old", "open": "old"}}  # noqa: RUF012
        etag = "1"
        provisioning_state = "Succeeded"

    changes = (
        ArmChange("properties.secret", ("canary-new",), sensitive=True),
        ArmChange("properties.open", ("new",)),
    )
    text = json.dumps(described(ArmWrite("a", "/x", "PUT", "v", changes), Read(), 0))
    assert "canary" not in text
    assert '"before": "old", "after": "new"' in text
