"""Everything that tfsync prints goes through here, and is flushed at once."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from tfsync.errors import TfsyncError

if TYPE_CHECKING:
    import typer


def version() -> None:
    """The version, as `--version` says it."""
    from tfsync import __version__

    out(f"tfsync {__version__}\n")


def out(text: str) -> None:
    """Text for stdout. A character that the terminal's encoding lacks is replaced, not fatal."""
    _write(sys.stdout, text)


def err(text: str) -> None:
    """Text for stderr: progress, questions and errors."""
    _write(sys.stderr, text)


def raw_out(data: bytes) -> None:
    """terraform's own bytes for stdout, unchanged."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def raw_err(data: bytes) -> None:
    """terraform's own bytes for stderr, unchanged."""
    sys.stderr.flush()
    sys.stderr.buffer.write(data)
    sys.stderr.buffer.flush()


def step(text: str) -> None:
    """One line about what happens now."""
    err(f"tfsync: {text}\n")


def error(problem: TfsyncError) -> None:
    """An error as people read it: where and what, then what to do."""
    lines = str(problem).splitlines() or [type(problem).__name__]
    err(f"tfsync: {lines[0]}\n" + "".join(f"        {line}\n" for line in lines[1:]))


def show_log() -> None:
    """Show on stderr what tfsync's own rooms log: requests without bodies, commands without secrets."""
    import logging

    logging.basicConfig(stream=sys.stderr, format="tfsync: %(message)s")
    logging.getLogger("tfsync").setLevel(logging.INFO)


def usage_error(problem: typer.TyperException) -> None:
    """A command line that tfsync does not understand."""
    text = str(problem)
    err(f"{text}\n" if text.startswith("Usage:") else f"tfsync: {text}\n        Try: tfsync --help\n")


def reader_gone() -> None:
    """Whoever read stdout went away; keep the interpreter from complaining at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def use_color(*, no_color: bool) -> bool:
    """Colour only for a terminal that takes it, and never against NO_COLOR (no-color.org)."""
    wanted = not no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout.isatty()


def width() -> int:
    """The columns of the terminal; 100 where there is none, as in a CI log."""
    return shutil.get_terminal_size((100, 24)).columns


def encoding() -> str:
    """What the reader of stdout can take; the report spells what that lacks in characters it has."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def ask(question: str) -> str:
    """Read one line of answer. EOFError where nobody can answer."""
    err(question)
    try:
        return input()
    finally:
        if not sys.stdin.isatty():
            # Nobody typed the line end that a terminal would show.
            err("\n")


def _write(stream: object, text: str) -> None:
    assert hasattr(stream, "write")
    assert hasattr(stream, "flush")
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
