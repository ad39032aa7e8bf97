"""Running a command so that it outlives tfsync, with real processes. terraform itself: test_survival."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfsync.errors import BadInput, Interrupted, TfsyncError
from tfsync.terraform.run import Ended, capture, discard, run

ENV = dict(os.environ)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _listening() -> Iterator[None]:
    """Whoever started pytest may have it ignore signals (nohup, a background job). These tests need them."""
    ignored = [n for n in STOPPING if signal.getsignal(n) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def python(script: str) -> list[str]:
    return [sys.executable, "-I", "-c", script]


def signal_myself_when(marker: Path, *numbers: signal.Signals) -> threading.Thread:
    """Once the child has made the file: the signals, to this very process, as a terminal or runner would."""

    def send() -> None:
        while not marker.exists():
            time.sleep(0.01)
        for number in numbers:
            os.kill(os.getpid(), number)
            time.sleep(0.05)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_output_arrives_byte_for_byte_and_apart() -> None:
    out, err = bytearray(), bytearray()
    script = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 4096); sys.stderr.write('warn')"
    ended = run(python(script), env=ENV, stdout=out.extend, stderr=err.extend)
    assert ended.code == 0
    assert bytes(out) == bytes(range(256)) * 4096
    assert bytes(err) == b"warn"
    assert ended.stdout == bytes(out)[-65536:]
    assert ended.stderr == b"warn"


def test_output_comes_while_the_command_runs(tmp_path: Path) -> None:
    """The command waits for a file that only the arrival of its own output creates."""
    seen = tmp_path / "seen"
    script = f"echo ready; until test -e '{seen}'; do sleep 0.01; done; echo done"

    def sink(chunk: bytes) -> None:
        if b"ready" in chunk:
            seen.touch()

    assert run(shell(script), env=ENV, stdout=sink, stderr=discard).code == 0


def test_the_exit_code_is_handed_back() -> None:
    assert run(shell("exit 7"), env=ENV, stdout=discard, stderr=discard) == Ended(7, b"", b"")
    assert run(shell("kill -9 $$"), env=ENV, stdout=discard, stderr=discard).code == -9


def test_the_whole_of_stdout_can_be_had_as_a_value() -> None:
    ended, data = capture(python("print('x' * 300000)"), env=ENV, stderr=discard)
    assert ended.code == 0
    assert data == b"x" * 300000 + b"\n"


def test_stdin_is_empty() -> None:
    assert capture(shell("cat; echo end"), env=ENV, stderr=discard)[1] == b"end\n"


def test_the_environment_is_the_one_given() -> None:
    assert capture(["/usr/bin/env"], env={"TF_VAR_a": "1 2"}, stderr=discard)[1] == b"TF_VAR_a=1 2\n"


def test_no_shell_reads_the_arguments() -> None:
    argv = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "$HOME", "a b;", '"']
    assert capture(argv, env=ENV, stderr=discard)[1].decode() == f"{argv[3:]}\n"


def test_the_command_has_a_process_group_of_its_own() -> None:
    """So that Ctrl-C in a terminal does not reach it, and a hang-up neither."""
    group = int(capture(python("import os; print(os.getpgrp() - os.getpid())"), env=ENV, stderr=discard)[1])
    assert group == 0


def test_nothing_is_left_on_disk_even_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    listing: list[Path] = []
    run(shell("echo x"), env=ENV, stdout=lambda _: listing.extend(tmp_path.iterdir()), stderr=discard)
    assert listing == []


@pytest.mark.parametrize("number", STOPPING, ids=lambda n: n.name)
def test_a_signal_is_forwarded_once_as_sigint_and_the_end_is_awaited(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Three signals come; the command hears one SIGINT, and what it writes afterwards is not lost."""
    script = (
        "import pathlib, signal, time\n"
        "heard = []\n"
        "for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n"
        "    signal.signal(n, lambda n, f: heard.append(signal.Signals(n).name))\n"
        f"pathlib.Path({str(tmp_path / 'up')!r}).touch()\n"
        "while not heard: time.sleep(0.01)\n"
        "time.sleep(0.4)\n"
        "print(heard, flush=True)\n"
        "raise SystemExit(1)\n"
    )
    out = bytearray()
    sender = signal_myself_when(tmp_path / "up", number, number, signal.SIGTERM)
    with pytest.raises(Interrupted, match=rf"stopped by {number.name}.*exit code 1") as caught:
        run(python(script), env=ENV, stdout=out.extend, stderr=discard)
    sender.join()
    assert out == b"['SIGINT']\n"
    assert caught.value.exit_code == 130


def test_a_signal_while_the_reader_is_stuck_reaches_the_command_at_once(tmp_path: Path) -> None:
    """`tfsync apply | less`: the sink blocks, and Ctrl-C must still stop terraform."""
    ended = tmp_path / "ended"
    script = (
        f"trap 'touch \"{ended}\"; exit 0' INT; echo x; touch '{tmp_path}/up'; while :; do sleep 0.05; done"
    )

    def stuck(_: bytes) -> None:
        while not ended.exists():
            time.sleep(0.01)

    sender = signal_myself_when(tmp_path / "up", signal.SIGINT)
    with pytest.raises(Interrupted):
        run(shell(script), env=ENV, stdout=stuck, stderr=discard)
    sender.join()


def test_the_handlers_of_before_are_put_back() -> None:
    before = [signal.getsignal(number) for number in STOPPING]
    run(shell(":"), env=ENV, stdout=discard, stderr=discard)
    assert [signal.getsignal(number) for number in STOPPING] == before


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    """Under nohup a hang-up stops neither tfsync nor terraform."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        sender = signal_myself_when(tmp_path / "up", signal.SIGHUP)
        ended = run(
            shell(f"touch '{tmp_path}/up'; sleep 0.3; exit 5"), env=ENV, stdout=discard, stderr=discard
        )
        sender.join()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ended.code == 5


def test_outside_the_main_thread_it_runs_too() -> None:
    codes: list[int] = []
    argv = shell("exit 3")
    thread = threading.Thread(
        target=lambda: codes.append(run(argv, env=ENV, stdout=discard, stderr=discard).code)
    )
    thread.start()
    thread.join()
    assert codes == [3]


def test_a_reader_that_went_away_is_reported_after_the_end(tmp_path: Path) -> None:
    def gone(_: bytes) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    err = bytearray()
    script = f"echo a; sleep 0.2; echo b; echo c >&2; touch '{tmp_path}/finished'"
    ended = run(shell(script), env=ENV, stdout=gone, stderr=err.extend)
    assert isinstance(ended.output_lost, BrokenPipeError)
    assert ended.code == 0
    assert (tmp_path / "finished").exists()
    assert err == b"c\n"


def test_a_fault_in_a_sink_is_raised_after_the_end(tmp_path: Path) -> None:
    def faulty(_: bytes) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(shell(f"echo a; sleep 0.2; touch '{tmp_path}/fin'"), env=ENV, stdout=faulty, stderr=discard)
    assert (tmp_path / "fin").exists()


def test_a_program_that_cannot_be_started_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be started: No such file") as caught:
        run([str(tmp_path / "none")], env=ENV, stdout=discard, stderr=discard)
    assert caught.value.where == str(tmp_path / "none")
    (tmp_path / "text").write_text("not a program")
    (tmp_path / "text").chmod(0o755)
    with pytest.raises(BadInput, match="Exec format error"):
        run([str(tmp_path / "text")], env=ENV, stdout=discard, stderr=discard)


def test_no_room_for_the_output_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(TfsyncError, match="cannot hold terraform's output"):
        run(shell(f"touch '{tmp_path}/ran'"), env=ENV, stdout=discard, stderr=discard)
    assert not (tmp_path / "ran").exists()


def test_tailing_a_quiet_command_sleeps_between_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in looks at the files, not in seconds: a busy loop makes a hundred thousand."""
    looks = 0
    pread = os.pread

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        nonlocal looks
        looks += 1
        return pread(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", counted)
    run(["/bin/sleep", "0.5"], env=ENV, stdout=discard, stderr=discard)
    assert 0 < looks < 1000
