"""What the configuration files of one directory declare, and where: resources, data sources, modules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from tfsync.terraform.blocks import blocks
from tfsync.terraform.json_keys import Key, keys

Name = tuple[str, ...]
"""`("resource", "azurerm_kubernetes_cluster", "main")`, `("data", TYPE, NAME)`, `("module", "aks")`."""

_SUFFIXES: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")
_SIZES: Final = {"resource": 3, "data": 3, "module": 2}


class Declaration(NamedTuple):
    """One block that declares something, or overrides it."""

    file: Path
    line: int
    """Of its header, from 1."""
    text: str
    """The whole block; empty for JSON."""
    keys: tuple[Key, ...]
    """For JSON: what is inside, paths from there, lines from the top of the file."""


def declarations(directory: Path) -> Mapping[Name, tuple[Declaration, ...]]:
    """All of one directory, override files last, as terraform merges them. Read again when a file changes.

    Never raises: what cannot be read declares nothing.
    """
    stamps = []
    try:
        for entry in os.scandir(directory):
            if entry.name.endswith(_SUFFIXES) and entry.is_file():
                found = entry.stat()
                stamps.append((_overrides(entry.name), entry.name, found.st_mtime_ns, found.st_size))
    except OSError:
        return {}
    return _read(directory, tuple(sorted(stamps)))


def _overrides(name: str) -> bool:
    stem = name.partition(".")[0]
    return stem == "override" or stem.endswith("_override")


@lru_cache(maxsize=64)
def _read(
    directory: Path, stamps: tuple[tuple[bool, str, int, int], ...]
) -> Mapping[Name, tuple[Declaration, ...]]:
    found: dict[Name, tuple[Declaration, ...]] = {}
    for _, file_name, _, _ in stamps:
        file = directory / file_name
        try:
            text = file.read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            continue
        for name, declaration in _in_json(file, text) if file_name.endswith(".json") else _in_hcl(file, text):
            found[name] = (*found.get(name, ()), declaration)
    return found


def _in_hcl(file: Path, text: str) -> Iterator[tuple[Name, Declaration]]:
    for block in blocks(text):
        yield block.key, Declaration(file, block.line, block.text, ())


def _in_json(file: Path, text: str) -> Iterator[tuple[Name, Declaration]]:
    headers: dict[Name, int] = {}
    inside: dict[Name, list[Key]] = {}
    for key in keys(text):
        # An array of objects may stand wherever an object may: only the names count up to here.
        places = [at for at, step in enumerate(key.path) if isinstance(step, str)]
        size = _SIZES.get(str(key.path[0]), 0)
        if size and len(places) >= size:
            name = tuple(str(key.path[at]) for at in places[:size])
            headers.setdefault(name, key.line)
            if rest := key.path[places[size - 1] + 1 :]:
                inside.setdefault(name, []).append(Key(rest, key.line, key.value))
    for name, line in headers.items():
        yield name, Declaration(file, line, "", tuple(inside.get(name, ())))
