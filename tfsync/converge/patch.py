"""The body of a write, the check that it changes nothing else, and the check that it took.

Pure functions over JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfsync.attributes import MISSING, differences, is_empty, to_text
from tfsync.converge.body import Body, remove_value, sendable, set_value, value_at
from tfsync.errors import TfsyncError
from tfsync.rules.values import equal
from tfsync.triage import ArmWrite


class FrameViolation(TfsyncError):
    """The body to send differs from what was read outside the verdict's paths: a bug, and nothing is sent."""


def steps(write: ArmWrite) -> int:
    """How many requests the write takes: one, or one for each intermediate value and the goal."""
    return max(len(change.values) for change in write.changes)


def patched(live: Mapping[str, Any], write: ArmWrite, step: int) -> Body:
    """The body to send for one step. A PUT holds the whole resource, a PATCH only what changes."""
    body: Body = {} if write.method == "PATCH" else sendable(live)
    for change in write.changes:
        set_value(body, change.path, _value(change.values, step))
    if write.method != "PATCH":
        for path in write.omit:
            remove_value(body, path)
    check_frame(live, body, write)
    return body


def check_frame(live: Mapping[str, Any], body: Mapping[str, Any], write: ArmWrite) -> None:
    """Raise FrameViolation unless the body differs from what was read in the write's own paths alone."""
    frame: Body = {} if write.method == "PATCH" else sendable(live)
    named = tuple(path.lower() for path in (*(change.path for change in write.changes), *write.omit))
    for path in differences(frame, dict(body)):
        text = to_text(path).lower()
        inside = any(text == name or text.startswith((f"{name}.", f"{name}[")) for name in named)
        around = any(name.startswith((f"{text}.", f"{text}[")) for name in named)
        if not inside and not (around and _only_adds(frame, body, path, named)):
            raise FrameViolation(f"the body for ARM would also change {to_text(path)}", where=write.address)


def _only_adds(frame: Any, body: Any, path: Any, named: tuple[str, ...]) -> bool:
    """An object that did not exist may appear, as long as all in it was asked for."""
    before, after = value_at(frame, to_text(path)), value_at(body, to_text(path))
    if not is_empty(before):
        return False
    leaves = [to_text((*path, *inner)).lower() for inner in _leaves(after)]
    return all(
        any(leaf == name or leaf.startswith((f"{name}.", f"{name}[")) for name in named) for leaf in leaves
    )


def _leaves(value: Any) -> list[tuple[str | int, ...]]:
    if isinstance(value, Mapping) and value:
        return [(key, *inner) for key, item in value.items() for inner in _leaves(item)]
    if isinstance(value, list) and value:
        return [(index, *inner) for index, item in enumerate(value) for inner in _leaves(item)]
    return [()]


def reached(live: Mapping[str, Any], write: ArmWrite, step: int | None = None) -> tuple[str, ...]:
    """The paths that do not have the value of `step` (by default the goal): empty when all is as wanted."""
    last = steps(write) - 1 if step is None else step
    return tuple(
        change.path
        for change in write.changes
        if not _took(value_at(live, change.path), _value(change.values, last))
    )


def _took(found: Any, wanted: Any) -> bool:
    """Whether ARM holds what was written. It leaves out what is off or empty."""
    if isinstance(wanted, Mapping) and wanted:
        held = {key.lower(): value for key, value in found.items()} if isinstance(found, Mapping) else {}
        return all(_took(held.get(key.lower(), MISSING), value) for key, value in wanted.items())
    if is_empty(wanted) or wanted is False or wanted == "none":
        return is_empty(found) or equal(found, wanted)
    return equal(found, wanted) or _same_set(found, wanted)


def _same_set(found: Any, wanted: Any) -> bool:
    """Lists of plain words, in whatever order: what Terraform keeps as a set."""
    if not (isinstance(found, list) and isinstance(wanted, list | tuple)):
        return False
    return len(found) == len(wanted) and sorted(map(str, found)) == sorted(map(str, wanted))


def first_step(live: Mapping[str, Any], write: ArmWrite) -> int:
    """The step to begin with: the one after the last whose values ARM holds already."""
    held = [step for step in range(steps(write)) if not reached(live, write, step)]
    return held[-1] + 1 if held else 0


def foreign(live: Mapping[str, Any], write: ArmWrite) -> tuple[str, ...]:
    """The paths with a value that is neither what the plan was made from nor one that the write sets."""
    return tuple(
        change.path
        for change in write.changes
        if change.was is not MISSING
        and not any(_took(value_at(live, change.path), known) for known in (change.was, *change.values))
    )


def moved(read: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """The writable properties that somebody else changed between two reads."""
    return tuple(to_text(path) for path in differences(sendable(read), sendable(now)))


def _value(values: tuple[Any, ...], step: int) -> Any:
    return values[min(step, len(values) - 1)]
