"""The file a plan goes into: for this user only, because a plan holds secrets in the clear."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tfsync.errors import BadInput


@contextmanager
def private_plan(out: Path) -> Iterator[Callable[[], bool]]:
    """Make the plan file before terraform does, with mode 0600, which terraform keeps.

    One from an earlier run is made private too, and otherwise left alone: a plan that fails early leaves it
    as it is. Gives a function that says whether something has been written into the file since. Raises
    BadInput where it cannot be made.
    """
    made = _make_private(out)
    before = _version(out)
    try:
        yield lambda: _version(out) not in (before, None)
    finally:
        with suppress(OSError):
            if made and out.stat().st_size == 0:
                out.unlink()


def _make_private(out: Path) -> bool:
    """Create the file, or close one that is there to others. Whether it was created."""
    try:
        os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if out.is_file():
            with suppress(OSError):  # somebody else's file: terraform will say whether it can be written
                out.chmod(0o600)
        return False
    except OSError as error:
        raise BadInput(f"the plan cannot be written: {error.strerror}", where=str(out)) from None
    return True


def _version(out: Path) -> tuple[int, int] | None:
    """Changes whenever the file is written. None where there is nothing."""
    try:
        found = out.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found.st_size else None
