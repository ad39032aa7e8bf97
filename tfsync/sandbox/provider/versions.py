"""Provider versions: which ones the stand-in plays, and windows of versions in which something exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tfsync.errors import BadInput

Version = tuple[int, ...]

VERSIONS: Final = ("2.36.0", "3.117.1", "4.81.0", "5.2.0")
"""The azurerm versions with recordings or recorded exchanges to be true to."""


def parse(text: str) -> Version:
    """`"3.117.1"` as `(3, 117, 1)`."""
    return tuple(int(part) for part in text.removeprefix("v").split("."))


def known(text: str) -> str:
    """The version itself, or BadInput that names those which the stand-in can play."""
    if text not in VERSIONS:
        raise BadInput(
            f"there is no stand-in for azurerm {text}",
            hint=f"Choose one of {', '.join(VERSIONS)}.",
        )
    return text


@dataclass(frozen=True, slots=True)
class Window:
    """From one version to another, both included; None is open."""

    since: str | None = None
    until: str | None = None

    def __contains__(self, version: Version) -> bool:
        return (self.since is None or parse(self.since) <= version) and (
            self.until is None or version <= parse(self.until)
        )


ALWAYS: Final = Window()
