"""Every command can be stopped: by Ctrl-C, by a runner that cancels, by a terminal that is closed."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tfsync.cli.signals import stoppable

# A clean-up that takes its time, and ends with a word about it.
SLOW = """
import signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
if len(sys.argv) > 1:
    signal.signal(int(sys.argv[1]), signal.SIG_IGN)
import tfsync.cli
def busy(argv):
    try:
        print("busy", flush=True)
        sys.stdin.readline()
        return 0
    except KeyboardInterrupt:
        print("cleaning", flush=True)
        time.sleep(0.3)
        print("clean", flush=True)
        return 130
tfsync.cli._run = busy
sys.exit(tfsync.cli.run(["command"]))
"""


def start(*ignored: int) -> subprocess.Popen[str]:
    words = [str(int(number)) for number in ignored]
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_each_stops_and_a_second_one_does_not_disturb_the_clean_up(number: signal.Signals) -> None:
    with start() as process:
        assert line(process) == "busy"
        process.send_signal(number)
        assert line(process) == "cleaning"
        process.send_signal(signal.SIGINT)
        process.send_signal(number)
        assert line(process) == "clean"
    assert process.returncode == 130


def test_what_is_ignored_stays_ignored() -> None:
    """nohup."""
    with start(signal.SIGHUP) as process:
        assert line(process) == "busy"
        process.send_signal(signal.SIGHUP)
        assert process.stdin is not None
        process.stdin.write("done\n")
        process.stdin.flush()
        assert process.wait() == 0


def test_an_interruption_on_its_way_out_is_not_interrupted_again() -> None:
    """terraform's part was stopped by the first one; this one comes while tfsync cleans up."""
    from tfsync.errors import Interrupted

    with stoppable():
        try:
            raise Interrupted("stopped by SIGINT")
        except Interrupted:
            signal.raise_signal(signal.SIGTERM)


def test_nothing_stays_behind_where_nobody_asked() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stoppable():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
