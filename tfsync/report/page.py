"""Lines for a terminal: wrapped to a width, in characters it has, with colour that says nothing of its own.

A handful of SGR sequences is all the colour there is, so `rich` (65 ms to import) is not worth its start.
"""

from __future__ import annotations

import textwrap
from typing import Final

from tfsync.report.values import printable, spelled

BOLD: Final = "1"
DIM: Final = "2"
RED: Final = "31"
GREEN: Final = "32"
YELLOW: Final = "33"

_NARROWEST: Final = 30


class Page:
    """Text that grows line by line. Words are never broken: an address stays one piece at any width."""

    def __init__(self, *, color: bool, width: int, encoding: str) -> None:
        self.width = max(width, _NARROWEST)
        self._color = color
        self._encoding = encoding
        self._lines: list[str] = []

    def line(self, text: str, *, indent: int = 0, style: str | None = None) -> None:
        """One line as it is, however long."""
        self._put(" " * indent + spelled(printable(text), self._encoding), style)

    def prose(self, text: str, *, indent: int = 0, hang: int = 0, style: str | None = None) -> None:
        """Words, wrapped; lines after the first are indented by `hang` more."""
        wrapped = textwrap.wrap(
            spelled(printable(" ".join(text.split())), self._encoding),
            self.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in wrapped:
            self._put(line, style)

    def fitting(self, parts: list[str], *, indent: int = 0, style: str | None = None) -> None:
        """The parts on one line where they fit, else one below the other."""
        if self.holds(parts, indent=indent):
            self.line(" ".join(parts), indent=indent, style=style)
            return
        for number, part in enumerate(parts):
            self.line(part, indent=indent + (2 if number else 0), style=style)

    def holds(self, parts: list[str], *, indent: int) -> bool:
        """Whether the parts fit on one line."""
        return indent + len(spelled(printable(" ".join(parts)), self._encoding)) <= self.width

    def gap(self) -> None:
        """An empty line, unless there is one already or nothing above it."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def text(self) -> str:
        """All lines, ended by exactly one newline."""
        return "\n".join(self._lines).strip("\n") + "\n"

    def _put(self, line: str, style: str | None) -> None:
        self._lines.append(f"\x1b[{style}m{line}\x1b[0m" if style and self._color else line)
