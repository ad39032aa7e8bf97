"""The blocks of a .tf file: where each begins and ends, without parsing what is in them.

python-hcl2 is exact but slow (30 ms for one cluster, minutes for a big file), and one construct it does
not know makes it refuse the whole file. So the text is cut into blocks first. For that it is enough to
know what braces do not count: those in comments, strings and heredocs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_COMMENT = r"(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))"
_HEREDOC = r"(?P<heredoc><<-?(?P<mark>[^\W\d][\w.-]*)[ \t]*\r?\n)"
_STRING = r'(?P<plain>"(?:[^"\\$%\n]|\\.|[$%](?!\{))*+")|(?P<quote>")'
_BRACES = r"(?P<open>\{)|(?P<close>\})"
_LABEL = r'[ \t]+"?(?P<{0}>[^\s"{{}}]+)"?'

_HEADER: Final = (
    r"(?P<header>^[ \t]*(?P<kind>resource|data|module)"
    + _LABEL.format("first")
    + "(?:"
    + _LABEL.format("second")
    + r")?[ \t]*\{)"
)
_IN_FILE: Final = re.compile("|".join((_HEADER, _COMMENT, r"(?P<open>\{)")), re.DOTALL | re.MULTILINE)
_IN_BLOCK: Final = re.compile("|".join((_COMMENT, _HEREDOC, _STRING, _BRACES)), re.DOTALL)
_IN_STRING: Final = re.compile(r"(?P<escape>\\.|\$\$\{|%%\{)|(?P<open>[$%]\{)|(?P<close>\"|\n)", re.DOTALL)


class Block(NamedTuple):
    """One `resource`, `data` or `module` block at the top of a file."""

    key: tuple[str, ...]
    """Its kind and labels: `("resource", "azurerm_kubernetes_cluster", "main")`, `("module", "aks")`."""
    line: int
    """Of its header, from 1."""
    text: str
    """From its header to its closing brace, or to the end of a file that lacks one."""


def blocks(text: str) -> Iterator[Block]:
    """The resource, data and module blocks of a .tf file, in order. Takes any text, valid or not."""
    at = line = counted = 0
    while match := _IN_FILE.search(text, at):
        at = match.end()
        if match.lastgroup == "comment":
            continue
        at = _end(text, at)
        if match.lastgroup == "header":
            start = match.start("kind")
            line += text.count("\n", counted, start)
            counted = start
            labels = (label for label in match.group("first", "second") if label)
            yield Block((match["kind"], *labels), line + 1, text[start:at])


def _end(text: str, at: int) -> int:
    """The offset behind the brace that closes the block opened before `at`, else the end of the text."""
    # Strings hold `${…}`, which holds strings again: a stack, not recursion, so that no text is too deep.
    inside_strings = [False]
    while inside_strings:
        pattern = _IN_STRING if inside_strings[-1] else _IN_BLOCK
        match = pattern.search(text, at)
        if match is None:
            return len(text)
        at = match.end()
        if match.lastgroup == "heredoc":
            at = _end_of_heredoc(text, match)
        elif match.lastgroup == "quote":
            inside_strings.append(True)
        elif match.lastgroup == "open":
            inside_strings.append(False)
        elif match.lastgroup == "close":
            inside_strings.pop()
    return at


def _end_of_heredoc(text: str, opening: re.Match[str]) -> int:
    closing = re.compile(rf"^[ \t]*{re.escape(opening['mark'])}[ \t]*\r?$", re.MULTILINE)
    match = closing.search(text, opening.end())
    return match.end() if match else len(text)
