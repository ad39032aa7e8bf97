"""docs/commands.md, made from the commands: `python -m tfsync.cli.reference > docs/commands.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from tfsync.cli import output
from tfsync.cli.app import app

_HEAD = """# Commands

Made from the commands' own help: `python -m tfsync.cli.reference > docs/commands.md`. A test keeps it fresh.

What follows `--` on the command line of `plan`, `apply` and `refresh` goes to terraform. With `--chdir DIR`
every relative path, plan files too, is relative to DIR, as with `terraform -chdir=DIR`.

`--chdir`, `--terraform-bin`, `--format`, `--rules`, `--no-color` and `-v` may also stand before the command.

terraform's own variables (TF_CLI_ARGS*, TF_DATA_DIR, TF_WORKSPACE, TF_VAR_*, TF_IN_AUTOMATION) and ARM_* mean
the same to tfsync. `TFSYNC_TERRAFORM` names the terraform or tofu to run. `NO_COLOR` switches colour off.

Exit codes: 0 done; 1 error; 2 only with `--detailed-exitcode`; 3 blocked, nothing applied; 130 interrupted
(Ctrl-C, SIGTERM or SIGHUP).
"""


def reference() -> str:
    """The page as Markdown."""
    group: Any = typer.main.get_command(app)
    return _HEAD + "".join(_section(name, command) for name, command in commands(group))


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its full name, those of groups included."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _section(name: str, command: Any) -> str:
    context = command.make_context(name, [], resilient_parsing=True)
    lines = [f"\n## tfsync {name}\n", f"{command.help.strip()}\n"]
    usage = " ".join(command.collect_usage_pieces(context))
    lines.append(f"```\ntfsync {name} {usage}\n```\n")
    rows = [_row(parameter) for parameter in command.params]
    return "\n".join(lines) + "\n" + "| | |\n| --- | --- |\n" + "".join(row for row in rows if row)


def _row(parameter: Any) -> str:
    text = getattr(parameter, "help", None)
    if not text:
        return ""
    if parameter.param_type_name == "argument":
        return f"| `{parameter.metavar}` | {text} |\n"
    names = ", ".join(f"`{option}`" for option in parameter.opts)
    value = "" if parameter.is_flag else f" {parameter.metavar or _choices(parameter)}"
    return f"| {names}{value} | {text}{_default(parameter)} |\n"


def _choices(parameter: Any) -> str:
    choices = getattr(parameter.type, "choices", None)
    return (
        "`" + "`, `".join(str(choice) for choice in choices) + "`" if choices else parameter.type.name.upper()
    )


def _default(parameter: Any) -> str:
    if parameter.is_flag or parameter.default in (None, [], ()):
        return ""
    return f" Default: `{getattr(parameter.default, 'value', parameter.default)}`."


if __name__ == "__main__":
    output.out(reference())
