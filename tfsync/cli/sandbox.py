"""`tfsync sandbox`: a loopback ARM to try things on."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsync.cli import output

if TYPE_CHECKING:
    from tfsync.sandbox import Sandbox


def sandbox(
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where it keeps its state and its log.")
    ],
    port: Annotated[int, typer.Option("--port", help="The port on localhost; 0 takes a free one.")] = 0,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="SPEC", help="A fault to make; see docs/sandbox.md. Repeatable."),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider",
            metavar="VERSION",
            help="Also install the stand-in azurerm provider of this version.",
        ),
    ] = None,
) -> int:
    """Serve a stand-in for Azure Resource Manager on localhost until interrupted."""
    from tfsync.sandbox import serve
    from tfsync.sandbox.provider import install

    config = install(directory / "provider", provider) if provider else None

    def ready(running: Sandbox) -> None:
        output.out(f"A loopback Azure listens on {running.url}. Point terraform and tfsync at it with:\n\n")
        output.out(f"  . {directory.resolve() / 'env.sh'}\n")
        if config:
            with (directory / "env.sh").open("a", encoding="utf-8") as exports:
                exports.write(f"export TF_CLI_CONFIG_FILE={shlex.quote(str(config))}\n")
        output.out("\nCtrl-C ends it; its state stays.\n")

    serve(directory, port, fault or (), ready)
    return 0
