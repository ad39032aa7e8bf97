"""The loop: judge, write, refresh, prove, apply, and show that nothing is left.

This module only says in which order things happen. What a change means is judged in `tfsync.triage`, how it
is written in `tfsync.converge.write`, and what may be applied afterwards in `tfsync.converge.prove`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from tfsync.converge.interception import Result, read_live, write_all
from tfsync.converge.journal import Journal
from tfsync.converge.judged import Judged, blocked, refuse_errored, refuse_foreign, to_read
from tfsync.converge.outcome import Outcome, changed, counts
from tfsync.converge.prove import Difference, prove
from tfsync.converge.write import Door, described
from tfsync.errors import Interrupted, TerraformFailed
from tfsync.rules import RuleBook
from tfsync.terraform.arguments import replan_arguments, values, without
from tfsync.terraform.plan import Plan
from tfsync.terraform.scratch import scratch
from tfsync.terraform.workspace import Workspace
from tfsync.triage import Permissions, triage


class ClosingDoor(Door, Protocol):
    """A door to ARM that counts its requests."""

    @property
    def requests(self) -> int: ...


class Person(Protocol):
    """Whoever watches the run: shown the judgement, asked for approval, told what happens."""

    def judged(self, judged: Judged) -> None: ...
    def approves(self, judged: Judged) -> bool: ...
    def step(self, text: str) -> None: ...


Connect = Callable[[Plan, Mapping[str, str]], AbstractContextManager[ClosingDoor]]


@dataclass(frozen=True)
class Loop:
    """One run of `tfsync apply`. `connect` opens the door to ARM for a plan and its ARM ids by address."""

    workspace: Workspace
    rules: RuleBook
    connect: Connect
    person: Person
    journal_directory: Path
    permissions: Permissions = field(default_factory=Permissions)
    arguments: tuple[str, ...] = ()
    dry_run: bool = False

    def run(self, saved: Path | None = None) -> Outcome:
        """Carry a plan out: the saved one, or one made now.

        Raises Blocked (3) when a verdict or the proof forbids it, BadInput and TerraformFailed (1). What
        fails at a single resource is in the outcome.
        """
        started = time.monotonic()
        with scratch(self.workspace.data_dir) as folder:
            plan_file = saved or folder / "approved.tfplan"
            if saved is None:
                self.workspace.plan(plan_file, arguments=replan_arguments(self.arguments))
            plan = self.workspace.show(plan_file)
            refuse_errored(plan, plan_file)
            first = triage(plan, self.rules, permissions=self.permissions)
            targets = to_read(first, self.rules)
            if not targets:
                return _timed(self._leave_to_terraform(Judged(plan, first), plan_file), started, 0)
            if saved is not None:
                self.workspace.refuse_stale(saved)
            ids = {address: arm_id for address, arm_id, _ in targets}
            with self.connect(plan, ids) as door:
                reads = read_live(door, targets)
                live = {address: read.body for address, read in reads.items()}
                final = triage(plan, self.rules, live=live, permissions=self.permissions)
                judged = Judged(plan, final, reads)
                refuse_foreign(judged)
                outcome = self._carry_out(judged, door, plan_file, folder)
                return _timed(outcome, started, door.requests)

    def _leave_to_terraform(self, judged: Judged, plan_file: Path) -> Outcome:
        """Nothing to write: blocked, nothing to do at all, or terraform's own business."""
        if not judged.plan.applyable:
            self.person.judged(judged)
            return Outcome(judged)
        if not self._approved(judged):
            return Outcome(judged)
        self.workspace.apply(plan_file, arguments=self.arguments, ephemeral=judged.plan.ephemeral_variables)
        return Outcome(judged, applied=True)

    def _carry_out(self, judged: Judged, door: Door, plan_file: Path, folder: Path) -> Outcome:
        if not judged.triage.writes:
            return self._leave_to_terraform(judged, plan_file)
        if not self._approved(judged):
            return Outcome(judged)
        journal = Journal(self.journal_directory)
        outcome = Outcome(judged, journal=journal.run)
        try:
            result = self._write(judged, door, journal)
            outcome = replace(outcome, written=result.written, failed=result.failed)
            if result.written:
                self._refresh(judged.plan, result.written)
                journal.record("refreshed", addresses=list(result.written))
            if result.failed:
                journal.record("ended", failed=sorted(result.failed))
                return outcome
            return self._finish(outcome, journal, folder)
        except (KeyboardInterrupt, Interrupted):
            journal.record("ended", interrupted=True)
            stopped = Interrupted(
                "stopped; Azure goes on with what it has begun",
                hint="Run tfsync again: it finds what was written, and does what is left.",
            )
            stopped.outcome = outcome
            raise stopped from None
        except TerraformFailed as error:
            # Azure has it, state may not: the next plan reads Azure and goes on from there.
            journal.record("ended", terraform=error.message)
            way_on = "Azure has been changed already. Run tfsync again to go on."
            error.hint = f"{error.hint}\n{way_on}" if error.hint else way_on
            error.outcome = outcome
            raise
        finally:
            journal.close()

    def _approved(self, judged: Judged) -> bool:
        self.person.judged(judged)
        if judged.triage.blocked:
            raise blocked(judged.triage)
        return not self.dry_run and self.person.approves(judged)

    def _write(self, judged: Judged, door: Door, journal: Journal) -> Result:
        journal.record(
            "intended",
            plan_timestamp=judged.plan.timestamp,
            writes=[described(write, judged.reads[write.address], -1) for write in judged.triage.writes],
        )
        count = len({write.address for write in judged.triage.writes})
        self.person.step(f"Changing {count} resource{'s' * (count > 1)} in place through Azure.")
        return write_all(door, judged.triage.writes, judged.reads, journal.record)

    def _refresh(self, plan: Plan, addresses: tuple[str, ...]) -> None:
        self.person.step(
            "Refreshing the state of what was written. terraform warns that it looks at this alone;"
            " the plan after it looks at everything."
        )
        # terraform targets nothing while a pending move is left out, whatever it moves.
        moves = [entry for entry in plan.resource_changes if entry.previous_address]
        moving = {name for entry in moves for name in (entry.address, entry.previous_address) if name}
        targets = [*addresses, *sorted(moving - set(addresses))]
        self.workspace.refresh_only(targets, arguments=self.arguments, variables=plan.variables)

    def _finish(self, outcome: Outcome, journal: Journal, folder: Path) -> Outcome:
        """Prove that what is left was approved, let terraform apply it, and show that nothing is left."""
        approved, kept = outcome.judged.plan, outcome.judged.kept
        self.person.step("Planning what is left, to prove that it was approved.")
        residual_file = folder / "residual.tfplan"
        residual = self._replan(approved, residual_file)
        differences = (*_of_the_configuration(approved, residual), *prove(approved, residual, kept))
        left = changed(residual)
        journal.record("proved", differences=[str(item) for item in differences], left=list(left))
        outcome = replace(outcome, differences=differences, residual=counts(residual), left=left)
        if differences:
            return outcome
        last = residual
        if residual.applyable:
            self.person.step("Applying what is left.")
            self.workspace.apply(
                residual_file, arguments=self.arguments, ephemeral=residual.ephemeral_variables
            )
            self.person.step("Planning once more, to show that nothing is left.")
            last = self._replan(approved, folder / "last.tfplan", replace_again=False)
        lost = tuple(
            entry.address
            for entry in last.resource_changes
            if entry.address in kept and entry.deposed is None and entry.change.destroys
        )
        journal.record("ended", left=list(changed(last)), lost=list(lost))
        return replace(outcome, applied=True, left=changed(last), lost=lost)

    def _replan(self, plan: Plan, out: Path, *, replace_again: bool = True) -> Plan:
        """Plan anew with the approved plan's own variables, targets and flags.

        What was asked to be replaced is asked for once more, until that is done.
        """
        arguments = replan_arguments(self.arguments)
        if not replace_again:
            arguments = without(arguments, "replace")
        requested = [
            entry.address
            for entry in plan.resource_changes
            if entry.action_reason == "replace_by_request" and replace_again
        ]
        self.workspace.plan(
            out,
            arguments=arguments,
            variables=plan.variables,
            targets=() if plan.complete or _narrowed(arguments) else _every_address(plan),
            replace=[address for address in requested if address not in values(arguments, "replace")],
        )
        return self.workspace.show(out)


def _of_the_configuration(approved: Plan, residual: Plan) -> tuple[Difference, ...]:
    """Providers and provisioners are in no plan's changes, and do things all the same."""
    if approved.configuration == residual.configuration:
        return ()
    return (Difference("the configuration", "has changed since the plan was approved"),)


def _narrowed(arguments: tuple[str, ...]) -> bool:
    return any(values(arguments, name) for name in ("target", "exclude", "target-file", "exclude-file"))


def _every_address(plan: Plan) -> list[str]:
    """For a saved plan that left things out, and does not say by which targets: what it did look at."""
    return sorted({entry.address for entry in plan.resource_changes if entry.mode == "managed"})


def _timed(outcome: Outcome, started: float, requests: int) -> Outcome:
    return replace(outcome, arm_requests=requests, seconds=round(time.monotonic() - started, 1))
