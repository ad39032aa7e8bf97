"""Start terraform so that it outlives whatever happens to tfsync, and pass its words through.

A terraform whose output goes into a pipe dies of SIGPIPE on the next line it prints after the reader is
gone: in the middle of an apply, with the new resource in Azure but not in the state and the lock left
behind (hashicorp/terraform#31911). So here its output goes into nameless private files, which tfsync
tails. Nameless: nothing is left on disk, not even by a tfsync that was killed with SIGKILL.

terraform runs in a process group of its own, so that Ctrl-C in a terminal reaches tfsync alone. tfsync
forwards it as exactly one SIGINT, because terraform takes the second one as an order to drop everything.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Final

from tfsync.errors import BadInput, Interrupted, TfsyncError

Sink = Callable[[bytes], None]
"""Where output goes: called with chunks in order, in the thread that called `run`."""

_POLL: Final = 0.02  # seconds between two looks at the files while nothing is new
_CHUNK: Final = 1 << 16
_KEPT: Final = 1 << 16  # bytes of output kept to recognise an error by
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Ended:
    """A terraform that has ended by itself."""

    code: int
    """What it exited with; -N when signal N killed it."""
    stdout: bytes
    """The last 64 KiB it wrote there."""
    stderr: bytes
    """The last 64 KiB it wrote there."""
    output_lost: OSError | None = None
    """Why tfsync could not pass all of the output on: usually its reader is gone."""


def discard(_: bytes) -> None:
    """A sink for output that nobody wants to see."""


def run(argv: Sequence[str], *, env: Mapping[str, str], stdout: Sink, stderr: Sink) -> Ended:
    """Run a terraform command to its end, its output passed on byte for byte as it comes.

    Its stdin is /dev/null. When a sink fails, terraform still runs to its end: an OSError is handed back
    as `output_lost`, any other exception is raised then.

    Raises Interrupted after SIGINT, SIGTERM or SIGHUP, once terraform has ended by itself (only in the
    main thread, where Python handles signals), and BadInput when the program cannot be started.
    """
    with ExitStack() as stack:
        streams = (_Tail(_nameless(stack), stdout), _Tail(_nameless(stack), stderr))
        return _run(argv, env, streams)


def capture(argv: Sequence[str], *, env: Mapping[str, str], stderr: Sink) -> tuple[Ended, bytes]:
    """The same for a command whose whole stdout is wanted as a value. Raises as `run` does."""
    with ExitStack() as stack:
        file = _nameless(stack)
        ended = _run(argv, env, (_Tail(file, None), _Tail(_nameless(stack), stderr)))
        file.seek(0)
        return ended, file.read()


class _Tail:
    """One file that terraform appends to and tfsync reads behind it."""

    def __init__(self, file: IO[bytes], sink: Sink | None) -> None:
        self.file = file
        self.last = b""
        self.failure: Exception | None = None
        self._sink = sink
        self._offset = 0

    def forward(self) -> bool:
        """Pass the next chunk on; whether there was one."""
        if self._sink is None:
            return False
        # pread: the file offset itself belongs to terraform, which shares it.
        chunk = os.pread(self.file.fileno(), _CHUNK, self._offset)
        self._offset += len(chunk)
        self.last = (self.last + chunk)[-_KEPT:]
        if chunk and self.failure is None:
            try:
                self._sink(chunk)
            except Exception as failure:
                # Not now: terraform must end by itself first.
                self.failure = failure
        return bool(chunk)


class _Signals:
    """While entered, the first signal that asks to stop is told to terraform, as one SIGINT."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._told = threading.Lock()
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> _Signals:
        if threading.current_thread() is threading.main_thread():
            for number in _STOPPING:
                # What is ignored stays ignored: that is how nohup works. None is somebody's C handler.
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._previous[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def forward_to(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if self.received is not None:
            self._tell()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or signal.Signals(number)
        self._tell()

    def _tell(self) -> None:
        # The lock is taken once and never given back; one step, so that a handler running between two
        # lines of `forward_to` cannot make it two signals.
        if self._process is not None and self._told.acquire(blocking=False):
            self._process.send_signal(signal.SIGINT)


def _run(argv: Sequence[str], env: Mapping[str, str], streams: tuple[_Tail, _Tail]) -> Ended:
    with _Signals() as signals:
        process = _start(argv, env, streams)
        signals.forward_to(process)
        code = _follow(process, streams)
    failures = [stream.failure for stream in streams if stream.failure is not None]
    for failure in failures:
        if not isinstance(failure, OSError):
            raise failure
    if signals.received is not None:
        raise Interrupted(
            f"stopped by {signals.received.name}; {Path(argv[0]).name} was told once and has ended by itself"
            f" (exit code {code})"
        )
    lost = next((failure for failure in failures if isinstance(failure, OSError)), None)
    return Ended(code=code, stdout=streams[0].last, stderr=streams[1].last, output_lost=lost)


def _start(
    argv: Sequence[str], env: Mapping[str, str], streams: tuple[_Tail, _Tail]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=streams[0].file,
            stderr=streams[1].file,
            env=env,
            process_group=0,
        )
    except OSError as error:
        raise BadInput(
            f"cannot be started: {error.strerror}",
            where=argv[0],
            hint="Is it an executable for this machine? --terraform-bin or TFSYNC_TERRAFORM name another.",
        ) from None


def _follow(process: subprocess.Popen[bytes], streams: tuple[_Tail, _Tail]) -> int:
    """Pass output on until the process has ended and all of it is through. Returns the exit code."""
    ended = threading.Event()

    def wait() -> None:
        process.wait()
        ended.set()

    # A thread in waitpid: no delay at the end of a short command, no busy loop in a long one.
    threading.Thread(target=wait, name="terraform-wait", daemon=True).start()
    more = True
    while not ended.wait(0 if more else _POLL):
        more = _forward(streams)
    while _forward(streams):
        pass
    return process.wait()


def _forward(streams: tuple[_Tail, _Tail]) -> bool:
    """One chunk of each, so that a talkative stream does not hold up the other; whether there was any."""
    moved = [stream.forward() for stream in streams]
    return any(moved)


def _nameless(stack: ExitStack) -> IO[bytes]:
    """A file without a name, readable by this user only (mode 0600 while it is made)."""
    try:
        return stack.enter_context(tempfile.TemporaryFile(prefix="tfsync-", buffering=0))
    except OSError as error:
        raise TfsyncError(
            f"cannot hold terraform's output: {error.strerror}",
            where=tempfile.gettempdir(),
            hint="Free some space there, or set TMPDIR to a directory that can be written.",
        ) from None
