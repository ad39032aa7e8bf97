"""How a value, and the change from one to another, is written for people.

Strings stand without quotes where nobody could take them for something else, so that `basic → standard`
reads as it is said, and `"1"` is still no number. Nothing here lets a control character through: a tag's
value must not be able to move the cursor of a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

ARROW: Final = "→"
ELLIPSIS: Final = "…"
SENSITIVE: Final = "(sensitive)"
UNKNOWN: Final = "(known after apply)"

_SHORTEST: Final = 9
_BETWEEN: Final = len(" -> ")
_PLAIN_SPELLING: Final = str.maketrans({ARROW: "->", ELLIPSIS: "..."})


def printable(text: str) -> str:
    """The text with control, format and other invisible characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def spelled(text: str, encoding: str) -> str:
    """The text in characters that the encoding has: `->` for an arrow, escapes for what has no such form."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN_SPELLING).encode(encoding, "backslashreplace").decode(encoding)
    return text


def written(value: Any) -> str:
    """One value on one line, in full: a bare word, or JSON."""
    if isinstance(value, str) and _speaks_for_itself(value):
        return value
    return printable(json.dumps(value, ensure_ascii=False))


def _speaks_for_itself(text: str) -> bool:
    if not text or not text.isprintable() or " " in text or text[0] in "\"'([{<" or text[-1] in ",;:":
        return False
    if ARROW in text or ELLIPSIS in text:
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters; what is too long loses its middle."""
    limit = max(limit, _SHORTEST)
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return f"{text[:head]}{ELLIPSIS}{text[head + 1 - limit :]}"


def shortened_pair(before: str, after: str, room: int) -> tuple[str, str]:
    """Both together at most `room` characters, and different wherever the whole texts are.

    Two keys that differ only in the middle are shown from where they part.
    """
    half = room // 2
    limits = max(half, room - len(after)), max(half, room - len(before))
    short = shortened(before, limits[0]), shortened(after, limits[1])
    if before == after or short[0] != short[1]:
        return short
    unequal = (index for index, (old, new) in enumerate(zip(before, after, strict=False)) if old != new)
    # Without any, one is the beginning of the other.
    parting = next(unequal, min(len(before), len(after)))
    start = max(parting - half // 4, 0)
    return _window(before, start, half), _window(after, start, half)


def _window(text: str, start: int, limit: int) -> str:
    limit = max(limit, _SHORTEST)
    rest = f"{ELLIPSIS}{text[start:]}" if start else text
    return rest if len(rest) <= limit else f"{rest[: limit - 1]}{ELLIPSIS}"


def change_text(item: Mapping[str, Any], room: int) -> str:
    """`basic → standard` for an attribute of the document, in about `room` characters."""
    if item["sensitive"]:
        return f"{SENSITIVE} {ARROW} {UNKNOWN if item['unknown'] else SENSITIVE}"
    if item["unknown"]:
        before = shortened(written(item["before"]), room - len(UNKNOWN) - _BETWEEN)
        return f"{before} {ARROW} {UNKNOWN}"
    return f" {ARROW} ".join(shortened_pair(written(item["before"]), written(item["after"]), room - _BETWEEN))


def steps_text(change: Mapping[str, Any], *, read: bool, room: int) -> str:
    """`calico → none → azure` for a change of a write; without the first where ARM was not read."""
    if change["sensitive"]:
        return f"{SENSITIVE} {ARROW} {SENSITIVE}"
    if read and not change["through"]:
        return change_text({**change, "unknown": False}, room)
    values = [*([change["before"]] if read else []), *change["through"], change["after"]]
    each = room // len(values) - _BETWEEN
    words = f" {ARROW} ".join(shortened(written(value), each) for value in values)
    return words if read else f"{ARROW} {words}"
