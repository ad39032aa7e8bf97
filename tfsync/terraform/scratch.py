"""A private folder for what may hold secrets: plans and variable files. Gone on every way out.

Even on the one that runs no clean-up: the folder of a tfsync that was killed (SIGKILL, power) is removed
by the next one. Each folder is held by a lock of the kernel's, which ends with its process. A process id
alone would not do: ids are used again, and containers that share a work tree each count their own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tfsync.errors import TfsyncError


@contextmanager
def scratch(data_dir: Path) -> Iterator[Path]:
    """A folder only this user can look into (0700), below terraform's data directory.

    In the system's temporary directory where there is no data directory yet, or none that can be written.
    What dead processes have left in the same place is removed first. Raises TfsyncError when there is no
    room for it anywhere.
    """
    place, prefix = _place(data_dir)
    _sweep(place, prefix)
    folder, held = _hold(place, f"{prefix}{os.getpid()}-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def _place(data_dir: Path) -> tuple[Path, str]:
    """Where folders go, and how their names begin there. A missing data directory is not made: init does."""
    if data_dir.is_dir():
        place = data_dir / "tfsync" / "tmp"
        with suppress(OSError):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.access(place, os.W_OK | os.X_OK):
                return place, ""
    return Path(tempfile.gettempdir()), "tfsync-"


def _hold(place: Path, prefix: str) -> tuple[Path, int | None]:
    """Make a folder and lock it, anew where another process takes it for left over in between.

    Without a lock on a file system that has none: nobody can sweep there either.
    """
    while True:
        try:
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place)).absolute()
        except OSError as error:
            raise TfsyncError(
                f"no private folder can be made: {error.strerror}",
                where=str(place),
                hint="Free some space there, or set TMPDIR to a directory that can be written.",
            ) from None
        try:
            return folder, _lock(folder)
        except (BlockingIOError, FileNotFoundError):
            continue
        except OSError:
            return folder, None


def _sweep(place: Path, prefix: str) -> None:
    """Remove this user's folders that no process holds any more."""
    for folder in place.glob(f"{prefix}[0-9]*-*"):
        with suppress(OSError):
            if folder.lstat().st_uid == os.getuid():
                held = _lock(folder)
                shutil.rmtree(folder, ignore_errors=True)
                os.close(held)


def _lock(folder: Path) -> int:
    """The descriptor that holds a folder, until it is closed.

    Raises BlockingIOError when another process holds it, FileNotFoundError when it has been removed, and
    another OSError when it is no folder or the file system has no locks.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.stat()  # it may have gone between the two calls
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
