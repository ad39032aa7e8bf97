"""`tfsync rules`: look through the rules, and check rules of your own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from tfsync.cli import options, output

app = typer.Typer(help="Look through the rules, and check rules of your own.", no_args_is_help=True)


@app.command("list")
def list_rules(
    format: Annotated[  # noqa: A002
        options.PlainFormat, typer.Option("--format", help="How the list is written.")
    ] = options.PlainFormat.text,
    rules: options.RulesDir = None,
) -> int:
    """List every rule with its resource type, attributes and verdicts."""
    from tfsync.cli.session import rules_in_force

    rows = [
        {
            "rule": rule.id,
            "resource": resource,
            "attributes": list(rule.attributes),
            "verdicts": sorted({_verdict(item.verdict, item.maturity) for item in rule.transitions}),
        }
        for resource, rule in rules_in_force(rules).rules()
    ]
    if format is options.PlainFormat.json:
        import json

        output.out(json.dumps({"format_version": "1.0", "rules": rows}, indent=2) + "\n")
        return 0
    for row in rows:
        output.out(f"{row['rule']:40} {', '.join(row['verdicts'])}\n")
        output.out("".join(f"    {row['resource']}.{name}\n" for name in row["attributes"]))
    return 0


@app.command("check")
def check_rules(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory with the rules to check.")],
) -> int:
    """Check a directory of rules: every mistake is an error with file and line."""
    from tfsync.rules import builtin_rules, load_rules

    own = load_rules(directory).files[len(builtin_rules().files) :]
    counts = Counter(file.resource for file in own for _ in file.rules)
    for resource, count in sorted(counts.items()):
        output.out(f"{resource}: {count} rule{'' if count == 1 else 's'}\n")
    return 0


def _verdict(verdict: str, maturity: str) -> str:
    return "opt_in" if verdict == "in_place" and maturity == "preview" else verdict
