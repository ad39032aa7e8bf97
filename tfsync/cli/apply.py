"""`tfsync apply`: the whole loop."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsync.cli import options, output
from tfsync.cli.options import Format
from tfsync.cli.session import Session, permissions
from tfsync.errors import BadInput, TfsyncError

if TYPE_CHECKING:
    from tfsync.converge.judged import Judged
    from tfsync.converge.outcome import Outcome

_QUESTION = (
    "\nDo you want tfsync to make these changes in Azure and let terraform apply the rest?\n"
    "  Only 'yes' will be accepted to approve.\n\n  Enter a value: "
)


def apply(
    context: typer.Context,
    plan: Annotated[
        Path | None, typer.Argument(metavar="[PLAN]", help="A saved plan; without one, plans first and asks.")
    ] = None,
    auto_approve: Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Judge and show; write and apply nothing.")
    ] = False,
    allow_preview: options.AllowPreview = False,
    allow_replace: options.AllowReplace = None,
    chdir: options.Chdir = None,
    terraform_bin: options.TerraformBin = None,
    format: options.ReportFormat = options.Format.text,  # noqa: A002
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    rules: options.RulesDir = None,
    journal_dir: options.JournalDir = None,
    no_color: options.NoColor = False,
    verbose: options.Verbose = False,
) -> int:
    """Change in place what Azure can keep, let terraform do the rest. What follows -- goes to terraform."""
    from tfsync.azure.connect import connect
    from tfsync.converge.approval import arguments_of
    from tfsync.converge.loop import Loop

    session = Session(chdir, terraform_bin, Format.json if json else format, no_color, rules)
    workspace = session.workspace()
    kept = arguments_of(workspace.resolve(plan)) if plan else ()
    # A saved plan is its own approval, as it is for terraform.
    watcher = Watcher(session, approved=auto_approve or plan is not None)
    loop = Loop(
        workspace=workspace,
        rules=session.rules(),
        connect=lambda read, ids: connect(read, ids, os.environ, on_progress=watcher.progress),
        person=watcher,
        journal_directory=journal_dir or workspace.data_dir / "tfsync" / "runs",
        permissions=permissions(allow_preview, allow_replace),
        arguments=session.arguments((*kept, *context.obj)),
        dry_run=dry_run,
    )
    # A runner that cancels sends SIGTERM; it ends the run as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    outcome = loop.run(plan)
    return watcher.ended(outcome, workspace.invocations)


class Watcher:
    """The person in front of the run."""

    def __init__(self, session: Session, *, approved: bool) -> None:
        self._session = session
        self._approved = approved

    def judged(self, judged: Judged) -> None:
        """Show what is going to happen. A report for machines comes at the end, unless this is the end."""
        live = {address: read.body for address, read in judged.reads.items()}
        if self._session.format is Format.text or judged.triage.blocked:
            self._session.show(judged.plan, judged.triage, live=live)
        elif not self._approved:
            for_people = replace(self._session, format=Format.text)
            for_people.show(judged.plan, judged.triage, live=live, to=output.err)

    def approves(self, judged: Judged) -> bool:
        """Ask, unless the approval was given along."""
        del judged
        if self._approved:
            return True
        try:
            answer = output.ask(_QUESTION)
        except EOFError:
            raise BadInput(
                "nobody is there to approve", hint="Give --auto-approve, or apply a saved plan."
            ) from None
        if answer.strip() != "yes":
            raise TfsyncError("apply cancelled; nothing was changed")
        return True

    def step(self, text: str) -> None:
        """One line about what happens now."""
        output.step(text)

    def progress(self, progress: object) -> None:
        """What a request to ARM is waiting for."""
        arm_id, what = getattr(progress, "arm_id", ""), getattr(progress, "what", "")
        elapsed = getattr(progress, "elapsed", 0.0)
        output.step(f"{arm_id.rsplit('/', 1)[-1]}: {what} ({elapsed:.0f} s)")

    def ended(self, outcome: Outcome, invocations: int) -> int:
        """Show what came of it and return the exit code."""
        from tfsync.report import Failure, Run, outcome_text

        run = Run(
            applied=outcome.applied,
            kept=tuple(sorted(outcome.judged.kept)) if outcome.written or outcome.applied else (),
            written=outcome.written,
            failed=tuple(Failure(address, str(error)) for address, error in outcome.failed.items()),
            differences=tuple(map(str, outcome.differences)),
            residual=outcome.residual,
            left=outcome.left,
            arm_requests=outcome.arm_requests,
            terraform_invocations=invocations,
            seconds=outcome.seconds,
            journal=outcome.journal,
        )
        for problem in outcome.failed.values():
            output.error(problem)
        live = {address: read.body for address, read in outcome.judged.reads.items()}
        color = output.use_color(no_color=self._session.no_color)
        if self._session.format is not Format.text:
            self._session.show(outcome.judged.plan, outcome.judged.triage, live=live, run=run)
        elif outcome.applied or outcome.written or outcome.failed:
            report = self._session.document(outcome.judged.plan, outcome.judged.triage, live=live, run=run)
            output.out(outcome_text(report, color=color, width=output.width()))
        return _exit_code(outcome)


def _exit_code(outcome: Outcome) -> int:
    if outcome.differences:
        return 3
    return 1 if outcome.failed or outcome.lost else 0
