"""`tfsync sandbox`: a loopback ARM to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tfsync.cli import output


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
    raise NotImplementedError((directory, port, fault, provider, output))
