"""`tfsync plan`: run terraform plan, and judge what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tfsync.cli import options, output
from tfsync.cli.session import Session, exit_code, permissions, refuse_misspelt


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
    from tfsync.terraform.arguments import replan_arguments, values
    from tfsync.terraform.failures import PlanFailed
    from tfsync.terraform.scratch import scratch
    from tfsync.triage import triage

    session = Session(chdir, terraform_bin, format, no_color, rules)
    in_force = session.rules()
    allowed = permissions(allow_preview, allow_replace)
    workspace = session.workspace()
    asked = values(context.obj, "out")
    kept = out or (Path(asked[-1]) if asked else None)
    with scratch(workspace.data_dir) as folder:
        plan_file = kept or folder / "plan.tfplan"
        try:
            workspace.plan(plan_file, arguments=session.arguments(replan_arguments(context.obj)))
        except PlanFailed as failed:
            session.show_failed(failed, in_force, allowed)
            raise
        read = workspace.show(plan_file)
        refuse_misspelt(read, allowed)
        judgement = triage(read, in_force, permissions=allowed)
        report = session.document(read, judgement)
        if kept is not None:
            beside = keep_judgement(workspace.resolve(kept), report, in_force, context.obj)
            output.step(f"Kept the plan in {kept} and its judgement in {beside.name}.")
            output.step(f"To carry it out: tfsync apply {kept}")
        session.show_document(report)
    return exit_code(judgement, detailed=detailed_exitcode)
