"""`tfsync check`: judge a saved plan."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsync.cli import options
from tfsync.cli.session import Session, exit_code, permissions, refuse_misspelt

if TYPE_CHECKING:
    from tfsync.terraform.plan import Plan


def check(
    plan: Annotated[
        str, typer.Argument(metavar="PLAN|-", help="A saved plan, its JSON, or - for JSON on stdin.")
    ],
    live: Annotated[
        bool, typer.Option("--live", help="Also read from Azure what only Azure can answer.")
    ] = False,
    chdir: options.Chdir = None,
    terraform_bin: options.TerraformBin = None,
    format: options.ReportFormat = options.Format.text,  # noqa: A002
    detailed_exitcode: options.DetailedExitcode = False,
    allow_preview: options.AllowPreview = False,
    allow_replace: options.AllowReplace = None,
    rules: options.RulesDir = None,
    no_color: options.NoColor = False,
    verbose: options.Verbose = False,
) -> int:
    """Judge a saved plan; touch neither Azure (without --live) nor state."""
    from tfsync.triage import triage

    session = Session(chdir, terraform_bin, format, no_color, rules)
    in_force = session.rules()
    read = _read(plan, session)
    allowed = permissions(allow_preview, allow_replace)
    refuse_misspelt(read, allowed)
    judgement = triage(read, in_force, permissions=allowed)
    bodies = {}
    if live:
        from tfsync.azure.connect import connect
        from tfsync.converge.interception import read_live
        from tfsync.converge.judged import to_read

        targets = to_read(judgement, in_force)
        if targets:
            with connect(read, {address: arm_id for address, arm_id, _ in targets}, os.environ) as door:
                bodies = {address: found.body for address, found in read_live(door, targets).items()}
            judgement = triage(read, in_force, live=bodies, permissions=allowed)
    session.show(read, judgement, live=bodies)
    return exit_code(judgement, detailed=detailed_exitcode)


def _read(name: str, session: Session) -> Plan:
    """A plan file goes through terraform; JSON is read as it is."""
    from tfsync.terraform.plan import decode_plan, read_plan

    if name == "-":
        return decode_plan(sys.stdin.buffer.read(), where="standard input")
    path = session.root / name
    return session.workspace().show(Path(name)) if _is_plan_file(path) else read_plan(path)


def _is_plan_file(path: Path) -> bool:
    """Saved plans are zip files, or start with `{"meta"` where OpenTofu encrypts them."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError:
        return False
    return start.startswith((b"PK\x03\x04", b'{"meta"')) or b'"encrypted_data"' in start
