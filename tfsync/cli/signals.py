"""Being asked to stop: Ctrl-C, a runner that cancels (SIGTERM), a terminal that is closed (SIGHUP)."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from tfsync.errors import Interrupted

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable() -> Iterator[None]:
    """While entered, the first request to stop raises KeyboardInterrupt, and a second one changes nothing.

    What is ignored stays ignored: that is how nohup works. While terraform runs, tfsync.terraform.run
    listens itself, so that terraform is told once. Once stopped, the process only cleans up, so the
    handlers stay until its end.
    """
    stop = _Stop()
    previous: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in _STOPPING:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                previous[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        if not stop.asked:
            for number, handler in previous.items():
                signal.signal(number, handler)


class _Stop:
    """A handler that interrupts once."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # An Interrupted that is on its way out was asked for while terraform ran.
        stopping = self.asked or isinstance(sys.exc_info()[1], Interrupted)
        self.asked = True
        if not stopping:
            raise KeyboardInterrupt
