"""The command line: one file per command, each parsing, calling, printing and choosing the exit code.

No decisions are made here, and nothing outside this room prints.
"""

from __future__ import annotations

from collections.abc import Sequence


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0, 1, 2, 3 or 130, as the design of tfsync has them.

    What follows `--` is kept for terraform untouched. SIGTERM and SIGHUP end every command as Ctrl-C does.
    """
    from tfsync.cli import output

    if list(argv) == ["--version"]:
        # Asked by every wrapper and CI step: not worth loading the command line for.
        output.version()
        return 0

    from tfsync.cli.signals import stoppable

    with stoppable():
        return _run(argv)


def _run(argv: Sequence[str]) -> int:
    import logging

    import typer

    from tfsync.cli import output
    from tfsync.cli.app import app
    from tfsync.cli.options import command_first
    from tfsync.errors import TfsyncError

    # What the SDKs would log about an error stands in the error itself.
    for name in ("azure", "msal"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    own, terraform = split(argv)
    try:
        code = app(args=command_first(own), prog_name="tfsync", standalone_mode=False, obj=terraform)
    except typer.TyperException as error:
        output.usage_error(error)
        return 1  # never click's own 2, which means "something to do" here
    except typer.Abort:
        return 130
    except TfsyncError as error:
        output.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        output.reader_gone()
        return 1
    return code if isinstance(code, int) else 0


def split(argv: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """A command line before and after its first `--`."""
    words = list(argv)
    if "--" not in words:
        return words, ()
    at = words.index("--")
    return words[:at], tuple(words[at + 1 :])
