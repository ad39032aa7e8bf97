"""`tfsync apply`: the whole loop."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsync.cli import options, output
from tfsync.cli.options import Format
from tfsync.cli.session import Session, permissions, refuse_misspelt
from tfsync.errors import BadInput, TfsyncError

if TYPE_CHECKING:
    from tfsync.azure.patience import Progress
    from tfsync.converge.judged import Judged
    from tfsync.converge.outcome import Outcome
    from tfsync.rules import RuleBook
    from tfsync.triage import Permissions

_IN_AZURE = "Do you want tfsync to make these changes in Azure and let terraform apply the rest?"
_TERRAFORM_ALONE = "Do you want terraform to apply this plan?"
_HOW_TO_ANSWER = "  Only 'yes' will be accepted to approve.\n\n  Enter a value: "


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
    from tfsync.terraform.lock import provider_versions

    session = Session(chdir, terraform_bin, Format.json if json else format, no_color, rules)
    in_force = session.rules()
    allowed = permissions(allow_preview, allow_replace)
    workspace = session.workspace()
    kept: tuple[str, ...] = ()
    if plan is not None:
        kept = arguments_of(workspace.resolve(plan), in_force, provider_versions(workspace.root))
    # A saved plan is its own approval, as it is for terraform.
    watcher = Watcher(session, in_force, allowed, approved=auto_approve or plan is not None)
    loop = Loop(
        workspace=workspace,
        rules=in_force,
        connect=lambda read, ids: connect(read, ids, os.environ, on_progress=watcher.progress),
        person=watcher,
        journal_directory=journal_dir or workspace.data_dir / "tfsync" / "runs",
        permissions=allowed,
        arguments=session.arguments((*kept, *context.obj)),
        dry_run=dry_run,
    )
    try:
        outcome = loop.run(plan)
    except TfsyncError as error:
        watcher.stopped(error, workspace.invocations)
        raise
    return watcher.ended(outcome, workspace.invocations)


class Watcher:
    """The person in front of the run."""

    def __init__(self, session: Session, rules: RuleBook, allowed: Permissions, *, approved: bool) -> None:
        self._session = session
        self._rules = rules
        self._allowed = allowed
        self._approved = approved

    def judged(self, judged: Judged) -> None:
        """Show what is going to happen. A report for machines comes at the end, unless this is the end.

        Raises BadInput, before anything is shown or done, for an --allow-replace that names nothing.
        """
        refuse_misspelt(judged.plan, self._allowed)
        if self._session.format is Format.text or judged.triage.blocked:
            self._session.show(judged.plan, judged.triage, live=judged.live)
        elif not self._approved:
            for_people = replace(self._session, format=Format.text)
            for_people.show(judged.plan, judged.triage, live=judged.live, to=output.err)

    def approves(self, judged: Judged) -> bool:
        """Ask, unless the approval was given along."""
        if self._approved:
            return True
        question = _IN_AZURE if judged.triage.writes else _TERRAFORM_ALONE
        try:
            answer = output.ask(f"\n{question}\n{_HOW_TO_ANSWER}")
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

    def progress(self, progress: Progress) -> None:
        """What a request to ARM is waiting for."""
        name = progress.arm_id.rsplit("/", 1)[-1]
        output.step(f"{name}: {progress.what} ({progress.elapsed:.0f} s)")

    def stopped(self, error: TfsyncError, invocations: int) -> None:
        """Show what a run had done before it failed, or what stood in a plan that failed."""
        from tfsync.converge.outcome import Outcome
        from tfsync.terraform.failures import PlanFailed

        if isinstance(error.outcome, Outcome):
            self.ended(error.outcome, invocations)
        elif isinstance(error, PlanFailed):
            self._session.show_failed(error, self._rules, self._allowed)

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
        judged = outcome.judged
        if self._session.format is not Format.text:
            self._session.show(judged.plan, judged.triage, live=judged.live, run=run)
        elif outcome.applied or outcome.written or outcome.failed:
            report = self._session.document(judged.plan, judged.triage, live=judged.live, run=run)
            color = output.use_color(no_color=self._session.no_color)
            output.out(outcome_text(report, color=color, width=output.width(), encoding=output.encoding()))
        return _exit_code(outcome)


def _exit_code(outcome: Outcome) -> int:
    if outcome.differences:
        return 3
    return 1 if outcome.failed or outcome.lost else 0
