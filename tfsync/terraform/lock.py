"""Which provider versions `terraform init` chose: `.terraform.lock.hcl`.

Read by a small reader of its own instead of python-hcl2, which takes 0.2 s to be loaded (2 s and more
when its grammar is not cached). terraform writes this file itself, in one fixed shape: provider blocks
with `version`, `constraints` and `hashes`. People edit it only by accident or in a merge, and then the
line matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tfsync.errors import BadInput

LOCK_FILE: Final = ".terraform.lock.hcl"

_TOKEN: Final = re.compile(
    r"""(?P<skip>[ \t\r\n,]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<string>"[^"\\\n]*")
      | (?P<word>[A-Za-z_][\w-]*)
      | (?P<mark>[{}\[\]=])""",
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def provider_versions(root: Path) -> Mapping[str, str]:
    """Versions by source address: `registry.terraform.io/hashicorp/azurerm` -> `5.2.0`.

    `root` is the directory of the .tf files. Empty where there is no lock file, as with a development
    override. Raises BadInput, with file and line, for one that is broken.
    """
    path = root / LOCK_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(path)) from None
    return dict(_providers(_Reader(text, path)))


class _Reader:
    """The tokens of the file, one after the other."""

    def __init__(self, text: str, path: Path) -> None:
        self._path = path
        self._tokens = self._split(text)

    def next(self, kind: str | None = None, text: str | None = None) -> _Token:
        """The next token; it must be of this kind and read so, where that is said."""
        token = next(self._tokens)
        if kind not in (None, token.kind) or text not in (None, token.text):
            raise self.refuse(f"unexpected {token.text or 'end of file'}", token.line)
        return token

    def refuse(self, message: str, line: int) -> BadInput:
        return BadInput(
            message,
            where=f"{self._path}:{line}",
            hint="`terraform init` writes this file. Take the version from before the last edit or merge,"
            " or delete it and run init again.",
        )

    def _split(self, text: str) -> Iterator[_Token]:
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            line = text.count("\n", 0, at) + 1
            if match is None:
                raise self.refuse(f"unexpected {text[at:].splitlines()[0][:40]}", line)
            if match.lastgroup != "skip":
                yield _Token(match.lastgroup or "", match.group(), line)
            at = match.end()
        while True:
            yield _Token("end", "", text.rstrip().count("\n") + 1)


def _providers(reader: _Reader) -> Iterator[tuple[str, str]]:
    """`provider "ADDRESS" { version = "…" … }`, again and again."""
    while (token := reader.next()).kind != "end":
        if token.text != "provider":
            raise reader.refuse(f"expected a provider block, not {token.text}", token.line)
        address = reader.next("string").text.strip('"')
        reader.next("mark", "{")
        version = None
        while (word := reader.next()).text != "}":
            if word.kind != "word":
                raise reader.refuse(f"unexpected {word.text or 'end of file'}", word.line)
            reader.next("mark", "=")
            value = _value(reader)
            if word.text == "version":
                version = value
        if not version:
            raise reader.refuse(f"provider {address} has no version", token.line)
        yield address, version


def _value(reader: _Reader) -> str | None:
    """A string; a list of strings is read past, and gives None."""
    token = reader.next()
    if token.kind == "string":
        return token.text.strip('"')
    if token.text != "[":
        raise reader.refuse(f"unexpected {token.text or 'end of file'}", token.line)
    while (item := reader.next()).text != "]":
        if item.kind != "string":
            raise reader.refuse(f"unexpected {item.text or 'end of file'}", item.line)
    return None
