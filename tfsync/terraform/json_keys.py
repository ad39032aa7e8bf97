"""Where the keys of a JSON document are: for .tf.json files, which python-hcl2 does not read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tfsync.attributes import Path, Step

_TOKEN: Final = re.compile(r'"(?:[^"\\\n]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]+')


class Key(NamedTuple):
    """One key of an object, or one element of an array."""

    path: Path
    """Keys and array indices from the top."""
    line: int
    """From 1."""
    value: str
    """The first word of its value, as written: `{`, `"text"`, `12`."""


def keys(text: str) -> Iterator[Key]:
    """Every key and array element, in order. Takes any text; what is no JSON gives fewer keys."""
    # One entry for each open bracket: the index in an array, the key in an object, None before a key.
    at: list[Step | None] = []
    line, key_line, counted = 1, 1, 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        line += text.count("\n", counted, match.start())
        counted = match.start()
        if word in "}]":
            del at[-1:]
        elif word == ",":
            at[-1:] = [last + 1 if isinstance(last, int) else None for last in at[-1:]]
        elif at and at[-1] is None and word not in "{[:":
            at[-1] = unquote(word)
            key_line = line
        elif word != ":":
            path = tuple(step for step in at if step is not None)
            if len(path) == len(at) > 0:
                # The first element of an array is where the name of the array is.
                later = isinstance(path[-1], int) and path[-1] > 0
                yield Key(path, line if later else key_line, word)
            if word in "{[":
                at.append(None if word == "{" else 0)


def unquote(word: str) -> str:
    """The text of a JSON string; the word itself where it is none."""
    try:
        value = json.loads(word)
    except ValueError:
        value = None
    return value if isinstance(value, str) else word
