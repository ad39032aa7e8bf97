"""`tfsync refresh`: bring the state up to what Azure has, and nothing else."""

from __future__ import annotations

from typing import Annotated

import typer

from tfsync.cli import options
from tfsync.cli.session import Session


def refresh(
    context: typer.Context,
    addresses: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ADDRESS]...", help="What to refresh; everything where nothing is named."),
    ] = None,
    chdir: options.Chdir = None,
    terraform_bin: options.TerraformBin = None,
    no_color: options.NoColor = False,
    verbose: options.Verbose = False,
) -> int:
    """Run a refresh-only apply for these addresses. What follows -- goes to terraform."""
    session = Session(chdir, terraform_bin, options.Format.text, no_color)
    session.workspace().refresh_only(addresses or (), arguments=session.arguments(context.obj))
    return 0
