"""The commands, put together. Heavy imports wait inside the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from tfsync.cli import apply, check, demo, explain, output, plan, refresh, rules, sandbox

app = typer.Typer(
    name="tfsync",
    help="Change AKS clusters in place where Terraform would destroy and recreate them, and prove it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        output.version()
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Change AKS clusters in place where Terraform would destroy and recreate them, and prove it.

    --chdir, --terraform-bin, --format, --rules, --no-color and -v may also stand before the command.
    """


app.command("plan")(plan.plan)
app.command("check")(check.check)
app.command("apply")(apply.apply)
app.command("refresh")(refresh.refresh)
app.command("explain")(explain.explain)
app.add_typer(rules.app, name="rules")
app.command("demo")(demo.demo)
app.command("sandbox")(sandbox.sandbox)
