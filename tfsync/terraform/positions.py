"""Where in the configuration an attribute of a resource is written: file and line.

For messages and annotations only. What cannot be found exactly gets a wider position (the block around
it, the header of the resource), never an error: the configuration is terraform's to judge.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tfsync.attributes import Path as AttributePath
from tfsync.terraform.block_search import in_hcl, in_json
from tfsync.terraform.declarations import Declaration, Name, declarations
from tfsync.terraform.json_keys import unquote

_STEP: Final = re.compile(r'([^.\[\]]+)(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?(?:\.(?=.)|$)')
_SOURCE: Final = re.compile(r'(?:\{|\n)[ \t]*source[ \t]*=[ \t]*"([^"]*)"')


@dataclass(frozen=True)
class Position:
    """A place in the configuration."""

    file: Path
    line: int
    """From 1."""


def locate(
    root: Path, address: str, path: AttributePath = (), *, data_dir: Path | None = None
) -> Position | None:
    """The attribute at `path`, else the innermost written block around it, else the resource.

    `root` holds the .tf files of the root module; `data_dir` is where `terraform init` put the modules
    that are not local (`Workspace.data_dir`; by default `.terraform` in there). A `dynamic` block stands
    for the blocks it makes. None where the resource is not declared or its module is not at hand.
    """
    parsed = _parse(address)
    directory = _directory(root, parsed[0], data_dir or root / ".terraform") if parsed else None
    if parsed is None or directory is None:
        return None
    best: tuple[int, Position] | None = None
    for declaration in declarations(directory).get(parsed[1], ()):
        steps, line = _search(declaration, path)
        # Override files come last, and win where they say as much.
        if best is None or (steps and steps >= best[0]):
            best = steps, Position(declaration.file, line)
    return best[1] if best else None


def _parse(address: str) -> tuple[list[str], Name] | None:
    """`module.a["k"].module.b.x_y.main[0]` -> `["a", "b"]` and `("resource", "x_y", "main")`."""
    names: list[str] = []
    at = 0
    while match := _STEP.match(address, at):
        names.append(match[1])
        at = match.end()
    modules = []
    while len(names) > 2 and names[0] == "module":
        modules.append(names[1])
        names = names[2:]
    if at != len(address) or len(names) not in (2, 3):
        return None
    if len(names) == 2:
        return modules, ("resource", *names)
    return (modules, tuple(names)) if names[0] == "data" else None


def _directory(root: Path, modules: list[str], data_dir: Path) -> Path | None:
    """The directory of a module, found from the root by following the calls."""
    directory = root
    for depth, name in enumerate(modules, start=1):
        calls = declarations(directory).get(("module", name), ())
        source = next((source for source in map(_source, calls) if source), "")
        if source.startswith(("./", "../")):
            directory = Path(os.path.normpath(directory / source))
        elif (installed := _installed(root, data_dir).get(".".join(modules[:depth]))) is not None:
            directory = installed
        else:
            return None
    return directory


def _source(call: Declaration) -> str | None:
    if match := _SOURCE.search(call.text):
        return match[1]
    return next((unquote(key.value) for key in call.keys if key.path == ("source",)), None)


def _installed(root: Path, data_dir: Path) -> Mapping[str, Path]:
    """Directories of modules by dotted name, as `terraform init` noted them."""
    try:
        entries = json.loads((data_dir / "modules" / "modules.json").read_bytes())["Modules"]
        return {entry["Key"]: Path(os.path.normpath(root / entry["Dir"])) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _search(declaration: Declaration, path: AttributePath) -> tuple[int, int]:
    """How many steps of the path are written in this declaration, and the line of the last."""
    if declaration.text:
        steps, line = in_hcl(declaration.text, path) if path else (0, 0)
        line += declaration.line - 1
    else:
        steps, line = in_json(declaration.keys, path)
    return (steps, line) if steps else (0, declaration.line)
