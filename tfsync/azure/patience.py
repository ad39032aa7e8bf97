"""Waiting for Azure: bounded by a time limit, and never silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SHORTEST_SECONDS = 1.0
_LONGEST_SECONDS = 30.0


@dataclass(frozen=True)
class Progress:
    """What one call is waiting for: "operation InProgress", "throttled, retry in 7 s", ..."""

    arm_id: str
    what: str
    elapsed: float  # seconds since the call began


class Patience:
    """The time that one call to Azure may take, and who is told while it waits."""

    def __init__(
        self,
        arm_id: str,
        *,
        limit: float,
        sleep: Callable[[float], None],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.arm_id = arm_id
        self.limit = limit
        self._sleep = sleep
        self._on_progress = on_progress
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self._began

    @property
    def remaining(self) -> float:
        """Seconds until the limit, never below zero."""
        return max(0.0, self.limit - self.elapsed)

    def pause(self, seconds: float, what: str) -> bool:
        """Say what is waited for and wait, at most until the limit. False, at once, when it has passed."""
        remaining = self.remaining
        if not remaining:
            return False
        self._on_progress(Progress(self.arm_id, what, self.elapsed))
        self._sleep(min(seconds, remaining))
        return True


def growing_delays() -> Iterator[float]:
    """1, 2, 4, 8, 16, 30, 30, ... seconds: quick for what is quick, gentle with what takes minutes."""
    delay = _SHORTEST_SECONDS
    while True:
        yield delay
        delay = min(delay * 2, _LONGEST_SECONDS)
