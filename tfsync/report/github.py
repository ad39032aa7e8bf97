"""Workflow commands: annotations in GitHub Actions, on the lines of a pull request.

GitHub shows ten of each kind for a step and drops the rest without a word, so the tenth says how many more
there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tfsync.report.findings import ERROR, NOTE, WARNING, Finding, findings
from tfsync.report.values import printable
from tfsync.report.words import summary_line
from tfsync.triage.verdicts import CASCADE

_SHOWN: Final = 10
_COMMANDS: Final = {ERROR: "error", WARNING: "warning", NOTE: "notice"}


def github(document: Mapping[str, Any]) -> str:
    """One command per line: what is in the way, what is intercepted, what else is lost, and the summary."""
    found = findings(document)
    # Cascades that live on are in their root's story already.
    resources = document["resources"]
    kept = {entry["address"] for entry in resources if entry["verdict"] == CASCADE and not entry["destroyed"]}
    told = [item for item in found if item.level != NOTE or item.address not in kept]
    lines = [_command("notice", summary_line(document), title="tfsync")]
    lines += _failures(document["outcome"])
    for level in (ERROR, WARNING, NOTE):
        # The summary is a notice too.
        room = _SHOWN - (level == NOTE)
        lines += _commands(level, [item for item in told if item.level == level], room)
    return "\n".join(lines) + "\n"


def _failures(outcome: Mapping[str, Any] | None) -> list[str]:
    """What went wrong in a run. These go first: they are errors that have happened."""
    if outcome is None:
        return []
    failed = [
        _command("error", failure["message"], title=f"NOT CHANGED: {failure['address']}")
        for failure in outcome["failed"]
    ]
    return failed + [
        _command("error", difference, title="Not approved, so not applied")
        for difference in outcome["differences"]
    ]


def _commands(level: str, found: Sequence[Finding], room: int) -> list[str]:
    name = _COMMANDS[level]
    if len(found) <= room:
        return [_annotation(name, item) for item in found]
    rest = len(found) - (room - 1)
    more = _command(name, f"{rest} more are in the report of this step", title="tfsync")
    return [*(_annotation(name, item) for item in found[: room - 1]), more]


def _annotation(name: str, item: Finding) -> str:
    message = f"{item.message} ({item.rule})"
    return _command(name, message, file=item.file, line=item.line, title=item.title)


def _command(name: str, message: str, **properties: str | int | None) -> str:
    given = [f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None]
    return f"::{name} {','.join(given)}::{_data(message)}"


def _data(text: str) -> str:
    """A message: line breaks stay line breaks, other control characters are written out."""
    lines = [printable(line) for line in text.splitlines()]
    return "\n".join(lines).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
