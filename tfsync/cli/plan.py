"""`tfsync plan`: run terraform plan, and judge what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tfsync.cli import options, output
from tfsync.cli.session import Session, exit_code, permissions


def plan(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Keep the plan, and the judgement as FILE.tfsync.json."
        ),
    ] = None,
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
    """Run terraform plan, judge it, and show both. What follows -- goes to terraform."""
    from tfsync.converge.approval import keep_judgement
    from tfsync.converge.judged import refuse_errored
    from tfsync.converge.loop import private_folder
    from tfsync.terraform.arguments import replan_arguments, values
    from tfsync.triage import triage

    session = Session(chdir, terraform_bin, format, no_color, rules)
    workspace = session.workspace()
    asked = values(context.obj, "out")
    kept = out or (Path(asked[-1]) if asked else None)
    with private_folder() as folder:
        plan_file = kept or folder / "plan.tfplan"
        workspace.plan(plan_file, arguments=session.arguments(replan_arguments(context.obj)))
        read = workspace.show(plan_file)
        refuse_errored(read, plan_file)
        judgement = triage(read, session.rules(), permissions=permissions(allow_preview, allow_replace))
        if kept is not None:
            beside = keep_judgement(
                workspace.resolve(kept), session.document(read, judgement), session.rules(), context.obj
            )
            output.step(f"Kept the plan in {kept} and its judgement in {beside.name}.")
        session.show(read, judgement)
    return exit_code(judgement, detailed=detailed_exitcode)
