"""One root module and the terraform that works on it: plan, show, refresh, apply."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged  # type: ignore[import-untyped]

from tfsync.errors import BadInput, TerraformFailed, TfsyncError
from tfsync.terraform.arguments import apply_arguments, flags, refresh_arguments
from tfsync.terraform.binary import Binary
from tfsync.terraform.command import CommandLine
from tfsync.terraform.failures import Command, PlanFailed, failure, prevented
from tfsync.terraform.plan import Plan, decode_plan
from tfsync.terraform.plan_file import private_plan
from tfsync.terraform.run import Ended, Sink, capture, discard, run
from tfsync.terraform.staleness import identity_of_state, refuse_edited, refuse_stale

_LOG = logging.getLogger("tfsync.terraform")


class Workspace:
    """One root module with one binary. Every terraform process of a tfsync run starts here.

    The environment is passed through untouched, so TF_CLI_ARGS*, TF_DATA_DIR, TF_WORKSPACE, TF_VAR_*,
    TF_LOG and the rest mean what they mean to terraform. Relative plan files are relative to `chdir`, as
    with `terraform -chdir=DIR`.

    All commands raise TerraformFailed (its own words have gone to `stderr` by then), Interrupted after a
    signal, BadInput for a binary or file that cannot be used, and TfsyncError when the reader of the
    output went away; in every case terraform has ended by itself before.
    """

    def __init__(
        self,
        binary: Binary,
        chdir: Path | None,
        *,
        env: Mapping[str, str] | None = None,
        stdout: Sink,
        stderr: Sink,
    ) -> None:
        self.binary = binary
        self.chdir = chdir
        self.env: Mapping[str, str] = dict(os.environ if env is None else env)
        self.invocations = 0
        """How many terraform processes were started."""
        self._stdout = stdout
        self._stderr = stderr
        if chdir is not None and not chdir.is_dir():
            raise BadInput("no such directory", where=str(chdir))

    @property
    def root(self) -> Path:
        """The directory of the .tf files, absolute."""
        return (self.chdir or Path()).absolute()

    @property
    def data_dir(self) -> Path:
        """Where terraform keeps modules, providers and the backend's address: TF_DATA_DIR or .terraform."""
        return self.root / (self.env.get("TF_DATA_DIR") or ".terraform")

    def resolve(self, path: Path) -> Path:
        """A path as terraform understands it: relative to `root`. Returns it absolute."""
        return self.root / path

    def plan(
        self,
        out: Path,
        *,
        arguments: Sequence[str] = (),
        variables: Mapping[str, Any] | None = None,
        targets: Sequence[str] = (),
        replace: Sequence[str] = (),
        quiet: bool = False,
    ) -> None:
        """Plan into `out`, which is made readable by this user only.

        `variables` win over those in `arguments`. `quiet` hides what terraform prints on stdout; errors
        and warnings on stderr are shown all the same. For a plan of tfsync's own, pass
        `replan_arguments(…)` of the user's.

        Raises PlanFailed, a TerraformFailed, when terraform wrote a plan down although it failed.
        """
        out = self.resolve(out)
        options = {
            "input": False,
            "out": str(out),
            "target": list(targets),
            "replace": list(replace),
            "var": dict(variables) if variables else None,
        }
        with self._command_line() as line, private_plan(out) as written:
            argv = line.argv("plan", options, arguments=arguments)
            ended = self._run(argv, stdout=discard if quiet else None)
            try:
                self._check(argv, ended, self._plan_codes(arguments))
            except TerraformFailed as error:
                plan = self._errored(out) if written() else None
                if plan is None:
                    raise
                raise PlanFailed(error, plan, prevented(ended)) from None

    def show(self, plan_file: Path) -> Plan:
        """Read a plan file, through `show -json`. The JSON is never given a name on disk."""
        return self._show(plan_file, self._stderr)

    def refresh_only(
        self,
        addresses: Sequence[str],
        *,
        arguments: Sequence[str] = (),
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        """Bring the state of these addresses up to what exists; all of it where none is named.

        Of `arguments` only what suits a refresh is used.
        """
        options = {
            "refresh_only": IsFlagged,
            "auto_approve": IsFlagged,
            "input": False,
            "target": list(addresses),
            "var": dict(variables) if variables else None,
        }
        with self._command_line() as line:
            argv = line.argv("apply", options, arguments=refresh_arguments(arguments))
            self._check(argv, self._run(argv))

    def apply(
        self, plan_file: Path, *, arguments: Sequence[str] = (), ephemeral: Collection[str] = ()
    ) -> None:
        """Apply a saved plan. Of `arguments` only what suits that is used.

        `ephemeral` names the variables that terraform wants to hear again: `Plan.ephemeral_variables`.
        """
        path = self._existing(plan_file)
        kept = apply_arguments(arguments, ephemeral=ephemeral)
        with self._command_line() as line:
            argv = line.argv("apply", {"input": False}, arguments=kept, positional=[str(path)])
            self._check(argv, self._run(argv), plan_file=plan_file)

    def refuse_stale(self, plan_file: Path) -> None:
        """Raise BadInput when state or configuration have changed since this plan was made.

        One `state pull`. Variable files may change: a plan holds its variables itself.
        """
        path = self._existing(plan_file)
        with self._command_line() as line:
            argv = line.argv("state", {}, positional=["pull"])
            ended, data = self._capture(argv, self._stderr)
        self._check(argv, ended)
        refuse_stale(path, identity_of_state(data))
        refuse_edited(path, self.root, self.data_dir, tofu=self.binary.name == "tofu")

    def _command_line(self) -> CommandLine:
        return CommandLine(self.binary.path, self.chdir, self.data_dir)

    def _show(self, plan_file: Path, stderr: Sink) -> Plan:
        path = self._existing(plan_file)
        with self._command_line() as line:
            argv = line.argv("show", {"json": IsFlagged}, positional=[str(path)])
            ended, data = self._capture(argv, stderr)
        self._check(argv, ended, plan_file=plan_file)
        return decode_plan(data, where=str(plan_file))

    def _errored(self, plan_file: Path) -> Plan | None:
        """What a failed plan left, where it can be read. terraform has said already why it failed."""
        try:
            plan = self._show(plan_file, discard)
        except (TerraformFailed, BadInput):
            return None
        return plan if plan.errored else None

    def _run(self, argv: Sequence[str], stdout: Sink | None = None) -> Ended:
        self._starting(argv)
        return run(argv, env=self.env, stdout=stdout or self._stdout, stderr=self._stderr)

    def _capture(self, argv: Sequence[str], stderr: Sink) -> tuple[Ended, bytes]:
        self._starting(argv)
        return capture(argv, env=self.env, stderr=stderr)

    def _starting(self, argv: Sequence[str]) -> None:
        """Count and log. Only the names of flags: their values, and file names, may be secret."""
        self.invocations += 1
        subcommand, *words = (word for word in argv[1:] if not word.startswith("-chdir="))
        names = [f"-{flag.name}" for flag in flags(words) if flag.name]
        _LOG.info("%s %s", self.binary.name, " ".join([subcommand, *names]))

    def _check(
        self,
        argv: Sequence[str],
        ended: Ended,
        success: Collection[int] = (0,),
        plan_file: Path | None = None,
    ) -> None:
        subcommand = next(word for word in argv[1:] if not word.startswith("-"))
        if ended.code not in success:
            chdir = str(self.chdir) if self.chdir else None
            command = Command(self.binary.path.name, subcommand, chdir, str(plan_file) if plan_file else None)
            raise failure(command, ended)
        if ended.output_lost is not None:
            raise TfsyncError(
                f"whoever read tfsync's output is gone ({ended.output_lost.strerror});"
                f" {self.binary.name} {subcommand} ran to its end all the same, and succeeded",
                hint="tfsync stopped there. Run it again to go on.",
            )

    def _existing(self, plan_file: Path) -> Path:
        path = self.resolve(plan_file)
        if not path.is_file():
            raise BadInput("no such plan file", where=str(plan_file))
        return path

    def _plan_codes(self, arguments: Sequence[str]) -> Collection[int]:
        """2 means success, with changes, only to those who ask for it, in the arguments or by variable."""
        inherited = [self.env.get(name, "") for name in ("TF_CLI_ARGS", "TF_CLI_ARGS_plan")]
        asked = any(flag.name == "detailed-exitcode" for flag in flags(arguments)) or any(
            "-detailed-exitcode" in value for value in inherited
        )
        return (0, 2) if asked else (0,)
