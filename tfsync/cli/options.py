"""The options that several commands share, spelt and explained once."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    json = "json"
    markdown = "markdown"
    sarif = "sarif"
    github = "github"


class PlainFormat(StrEnum):
    """How an answer that is no report is written."""

    text = "text"
    json = "json"


Chdir = Annotated[
    Path | None,
    typer.Option(
        "--chdir", metavar="DIR", help="The root module, as terraform's -chdir. Paths are relative to it."
    ),
]
TerraformBin = Annotated[
    str | None,
    typer.Option(
        "--terraform-bin",
        metavar="PATH",
        help="The terraform or tofu to run; else TFSYNC_TERRAFORM, terraform, tofu.",
    ),
]
ReportFormat = Annotated[Format, typer.Option("--format", help="How the report is written.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour; NO_COLOR does the same.")]
RulesDir = Annotated[
    Path | None,
    typer.Option(
        "--rules", metavar="DIR", help="A directory with rules of your own, which win over the built-in ones."
    ),
]
DetailedExitcode = Annotated[
    bool, typer.Option("--detailed-exitcode", help="Leave with 2 when there is something to intercept.")
]
AllowPreview = Annotated[
    bool, typer.Option("--allow-preview", help="Make changes that need a preview api-version as well.")
]
AllowReplace = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-replace", metavar="ADDRESS", help="Let this one be destroyed and recreated. Repeatable."
    ),
]


def _be_verbose(wanted: bool) -> None:
    if wanted:
        from tfsync.cli import output

        output.show_log()


Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", callback=_be_verbose, help="Show each request to Azure and each terraform run."
    ),
]
JournalDir = Annotated[
    Path | None,
    typer.Option(
        "--journal-dir",
        metavar="DIR",
        help="Where journals go; else tfsync/runs in terraform's data directory.",
    ),
]

# What may stand before the command as well: as with terraform, and as fingers do it.
_BEFORE_WITH_VALUE: Final = ("--chdir", "--terraform-bin", "--format", "--rules")
_BEFORE: Final = ("--no-color", "--verbose", "-v")


def command_first(words: Sequence[str]) -> list[str]:
    """A command line with the common options that stand before the command moved behind it.

    `--chdir envs/prod plan` becomes `plan --chdir envs/prod`. terraform's `-chdir=DIR` is understood too.
    """
    rest, moved = list(words), list[str]()
    while rest:
        name, equals, value = rest[0].partition("=")
        if name == "-chdir" and equals:
            moved += ["--chdir", value]
            del rest[0]
        elif name in (*_BEFORE_WITH_VALUE, *_BEFORE):
            count = 1 if equals or name in _BEFORE else 2
            moved += rest[:count]
            del rest[:count]
        else:
            break
    return [*rest, *moved] if rest else []
