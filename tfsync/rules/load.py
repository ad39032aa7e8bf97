"""Reading rule files: YAML to `RuleFile`, with errors that name file and line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from tfsync.errors import BadInput
from tfsync.rules.book import RuleBook
from tfsync.rules.checks import problems
from tfsync.rules.model import RuleFile
from tfsync.rules.source import HINT, complaint, parse

_YAML = (".yaml", ".yml")


@cache
def builtin_rules() -> RuleBook:
    """The rules that come with tfsync."""
    return RuleBook(tuple(_builtin_files().values()))


def load_rules(directory: Path) -> RuleBook:
    """The built-in rules and those of a team's own directory, which win over them.

    Raises BadInput: no such directory, no rule in it, a rule that is wrong.
    """
    paths = sorted(path for path in directory.glob("*") if path.suffix in _YAML)
    if not paths:
        raise BadInput("holds no rule file (*.yaml)", where=str(directory), hint=HINT)
    builtin = _builtin_files()
    taken = {rule.id: name for name, file in builtin.items() for rule in file.rules}
    own = []
    for path in paths:
        file = read_rule_file(_text_of(path), str(path), taken)
        taken |= {rule.id: str(path) for rule in file.rules}
        own.append(file)
    return RuleBook([*builtin.values(), *own])


def read_rule_file(text: str, name: str, taken: Mapping[str, str] | None = None) -> RuleFile:
    """One rule file. `name` is shown in messages, `taken` says which file has an id already.

    Raises BadInput with file and line.
    """
    data = parse(text, name)
    try:
        file = msgspec.convert(data, type=RuleFile)
    except msgspec.ValidationError as error:
        raise complaint(str(error), text, name) from None
    for problem in problems(file, taken or {}):
        raise complaint(problem, text, name)
    return file


def _builtin_files() -> dict[str, RuleFile]:
    folder = resources.files("tfsync.rules") / "data"
    entries = sorted((item for item in folder.iterdir() if item.name.endswith(_YAML)), key=lambda e: e.name)
    return {entry.name: read_rule_file(entry.read_text(encoding="utf-8"), entry.name) for entry in entries}


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=str(path), hint=HINT) from None
    except UnicodeDecodeError:
        raise BadInput("is no text in UTF-8", where=str(path), hint=HINT) from None
