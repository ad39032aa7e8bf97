"""What can go wrong for a person, and the exit code each kind leaves with.

    TfsyncError             1   anything a user can act on
    ├── BadInput            1   a file, flag or variable that cannot be used
    ├── TerraformFailed     1   terraform or tofu said no; its own words were already shown
    ├── ArmError            1   Azure said no (tfsync.azure.errors has the finer kinds)
    └── Blocked             3   tfsync judged that nothing may be applied
    Interrupted           130   a person or a runner stopped it

One place (`tfsync.cli`) turns these into a message and an exit code. Everything else that escapes is
a bug and shows its traceback.
"""

from __future__ import annotations


class TfsyncError(Exception):
    """An error with a message for people: what is wrong, where, and what to do about it.

    `where` names a file, line, address or attribute; `hint` says what to do next.
    Neither may hold a sensitive value.
    """

    exit_code = 1
    # What the run had done by then (`tfsync.converge.outcome.Outcome`), where it had done something.
    outcome: object | None = None

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n{self.hint}" if self.hint else text


class BadInput(TfsyncError):
    """A file, flag or environment variable that tfsync cannot use."""


class TerraformFailed(TfsyncError):
    """terraform ended with an error of its own; `code` is what it exited with."""

    def __init__(self, message: str, *, code: int, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self.code = code


class ArmError(TfsyncError):
    """Azure Resource Manager refused or could not be reached."""


class Blocked(TfsyncError):
    """Nothing was applied, on purpose: a verdict or a failed proof forbids it."""

    exit_code = 3


class Interrupted(TfsyncError):
    """Stopped by a signal."""

    exit_code = 130
