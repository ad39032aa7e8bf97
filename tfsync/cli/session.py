"""What the commands have in common: which root module, which rules, and how a judgement is shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsync.cli import output
from tfsync.cli.options import Format
from tfsync.errors import BadInput

if TYPE_CHECKING:
    from tfsync.report import Run
    from tfsync.rules import RuleBook
    from tfsync.terraform.failures import PlanFailed
    from tfsync.terraform.plan import Plan
    from tfsync.terraform.positions import Position
    from tfsync.terraform.workspace import Workspace
    from tfsync.triage import Permissions, Triage


@dataclass(frozen=True)
class Session:
    """The settings of one command line."""

    chdir: Path | None
    terraform_bin: str | None
    format: Format
    no_color: bool
    rules_dir: Path | None = None

    @property
    def root(self) -> Path:
        """The directory of the .tf files."""
        return self.chdir or Path()

    def workspace(self) -> Workspace:
        """The root module with its terraform. Its words go to stdout, unless the report needs that alone."""
        from tfsync.terraform.binary import find
        from tfsync.terraform.workspace import Workspace

        binary = find(self.terraform_bin, os.environ)
        stdout = output.raw_out if self.format is Format.text else output.raw_err
        # Keeps terraform from advising `terraform apply PLAN`: here that would be the destructive way on.
        env = {"TF_IN_AUTOMATION": "1", **os.environ}
        return Workspace(binary, self.chdir, env=env, stdout=stdout, stderr=output.raw_err)

    def arguments(self, given: Sequence[str]) -> tuple[str, ...]:
        """The arguments for terraform; colourless where the person wants no colour, which it cannot know."""
        colorless = self.no_color or bool(os.environ.get("NO_COLOR"))
        return (*given, *(["-no-color"] if colorless and "-no-color" not in given else []))

    def rules(self) -> RuleBook:
        """The rules in force."""
        return rules_in_force(self.rules_dir)

    def show(
        self,
        plan: Plan,
        judgement: Triage,
        *,
        live: Mapping[str, Mapping[str, Any]] | None = None,
        run: Run | None = None,
        to: Callable[[str], None] = output.out,
    ) -> None:
        """Print the report of a judgement, or of a run that has ended."""
        self.show_document(self.document(plan, judgement, live=live, run=run), to=to)

    def show_document(self, report: Mapping[str, Any], *, to: Callable[[str], None] = output.out) -> None:
        """Print a report that is made already."""
        from tfsync.report import render

        color = output.use_color(no_color=self.no_color)
        asked = self.format.value
        to(render(report, asked, color=color, width=output.width(), encoding=output.encoding()))

    def show_failed(self, failed: PlanFailed, rules: RuleBook, allowed: Permissions) -> None:
        """Judge and show what a failed plan holds, and put the way round into the error's hint."""
        from tfsync.triage import triage

        judgement = triage(failed.plan, rules, permissions=allowed)
        if not judgement.resources:
            return
        output.step("terraform's plan failed. This is what it had planned until then:")
        self.show(failed.plan, judgement)
        verdicts = {resource.address: resource.verdict for resource in judgement.resources}
        kept = [address for address in failed.prevented if verdicts.get(address) == "in_place"]
        lost = [address for address in failed.prevented if address not in kept]
        if lost:
            failed.hint = (
                f"prevent_destroy forbids this plan, and tfsync does not keep {', '.join(lost)} either."
            )
        elif kept:
            failed.hint = (
                f"prevent_destroy is in the way of terraform's plan alone: tfsync keeps {', '.join(kept)}.\n"
                "Set it to false, run tfsync apply, and set it to true again."
            )

    def document(
        self,
        plan: Plan,
        judgement: Triage,
        *,
        live: Mapping[str, Mapping[str, Any]] | None = None,
        run: Run | None = None,
    ) -> dict[str, Any]:
        """The report as data."""
        from tfsync import __version__
        from tfsync.report import document
        from tfsync.terraform.lock import provider_versions

        return document(
            judgement,
            terraform_version=plan.terraform_version,
            providers=provider_versions(self.root),
            tfsync_version=__version__,
            positions=self.positions(judgement),
            live=live or {},
            run=run,
        )

    def positions(self, judgement: Triage) -> dict[tuple[str, Any], Any]:
        """File and line of every attribute that is judged, as far as the configuration is here."""
        from tfsync.terraform.positions import locate

        wanted = [
            (resource.address, path)
            for resource in judgement.resources
            if "delete" in resource.actions
            for path in ((), *(item.path for item in resource.attributes))
        ]
        found = {place: locate(self.root, *place) for place in wanted}
        return {place: self._from_the_top(position) for place, position in found.items() if position}

    def _from_the_top(self, position: Position) -> Position:
        """GitHub knows files by their path in the repository, wherever the root module lies in it."""
        top = os.environ.get("GITHUB_WORKSPACE")
        file = position.file.resolve()
        if not top or not file.is_relative_to(Path(top).resolve()):
            return position
        return replace(position, file=file.relative_to(Path(top).resolve()))


def rules_in_force(directory: Path | None) -> RuleBook:
    """The built-in rules, and those of a directory before them."""
    from tfsync.rules import builtin_rules, load_rules

    return load_rules(directory) if directory else builtin_rules()


def permissions(allow_preview: bool, allow_replace: Sequence[str] | None) -> Permissions:
    """What the command line allows beyond the ordinary."""
    from tfsync.triage import Permissions

    return Permissions(allow_preview, frozenset(allow_replace or ()))


def refuse_misspelt(plan: Plan, allowed: Permissions) -> None:
    """Raise BadInput when `--allow-replace` names something that the plan does not know.

    Something known that is not replaced is no mistake: the same command line, run again, finds it replaced.
    """
    from difflib import get_close_matches

    for address in sorted(allowed.replace - plan.by_address.keys()):
        replaced = [entry.address for entry in plan.by_address.values() if entry.change.is_replacement]
        close = get_close_matches(address, replaced) or get_close_matches(address, plan.by_address)
        raise BadInput(
            f"the plan has no {address}; nothing was done",
            where="--allow-replace",
            hint=f"Did you mean {' or '.join(close)}?"
            if close
            else f"It replaces {', '.join(sorted(replaced)) or 'nothing'}.",
        )


def exit_code(judgement: Triage, *, detailed: bool) -> int:
    """The exit code of `plan` and `check`: 3 blocked, 2 something to intercept (when asked), else 0."""
    if judgement.blocked:
        return 3
    return 2 if detailed and judgement.writes else 0
