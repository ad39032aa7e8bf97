"""What a failed terraform command means, in one line and with a way out.

terraform has printed its own words already. tfsync decides nothing by them: it only adds a better
message where it recognises the common cases, and a plain one where it does not.
"""

from __future__ import annotations

import json
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfsync.errors import TerraformFailed
from tfsync.terraform.run import Ended

if TYPE_CHECKING:
    from tfsync.terraform.plan import Plan

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_FRAME: Final = re.compile(r"^[│╷╵|] ?", re.MULTILINE)

_NOT_INITIALISED: Final = re.compile(
    r'run:?\s+"?(?:terraform|tofu) init|"(?:terraform|tofu) init"',
    re.IGNORECASE,
)
_LOCKED: Final = re.compile(r"Error acquiring the state lock|workspace already locked", re.IGNORECASE)
_STALE: Final = re.compile(r"Saved plan (?:is stale|does not match the given state)", re.IGNORECASE)
_NO_PLAN: Final = re.compile(
    r'Failed to read the given file as a state or plan file|Failed to load ".*?" as a plan file',
    re.IGNORECASE,
)
_PREVENTED: Final = re.compile(r"Resource (\S.*?) has lifecycle\.prevent_destroy set")


class PlanFailed(TerraformFailed):
    """`terraform plan` failed half-way, and wrote down what it had planned until then.

    `plan` is `errored`: it can be judged, and cannot be applied. `prevented` are the addresses that
    `prevent_destroy` stands in the way of, by terraform's own words.
    """

    def __init__(self, failed: TerraformFailed, plan: Plan, prevented: tuple[str, ...]) -> None:
        super().__init__(failed.message, code=failed.code, where=failed.where, hint=failed.hint)
        self.plan = plan
        self.prevented = prevented


@dataclass(frozen=True)
class Command:
    """What was run, as far as a message needs it."""

    program: str
    """The binary's own name, as a person would type it: `terraform`, `tofu1.9`, `tfsync-terraform`."""
    subcommand: str
    chdir: str | None
    """The value of -chdir."""
    plan_file: str | None = None

    def hint(self, subcommand: str) -> str:
        """A command line to advise, for the same directory."""
        return " ".join([self.program, *([f"-chdir={self.chdir}"] if self.chdir else []), subcommand])


def failure(command: Command, ended: Ended) -> TerraformFailed:
    """The error to raise for a command that has ended with a code that means failure."""
    known = _recognise(command, _plain(ended.stderr)) or _recognise(command, _json_errors(ended.stdout))
    message, hint = known or _unknown(command, ended.code)
    return TerraformFailed(message, code=ended.code, where=command.plan_file or command.chdir, hint=hint)


def prevented(ended: Ended) -> tuple[str, ...]:
    """The addresses for which terraform says that `prevent_destroy` forbids the plan, in its order."""
    text = f"{_plain(ended.stderr)}\n{_json_errors(ended.stdout)}"
    return tuple(dict.fromkeys(_PREVENTED.findall(" ".join(text.split()))))


def _recognise(command: Command, text: str) -> tuple[str, str] | None:
    flat = " ".join(text.split())
    if _LOCKED.search(flat):
        return _locked(command, text)
    if _STALE.search(flat):
        return (
            "the saved plan is stale: the state is not the one it was made from",
            "Nothing was applied. Plan again and run tfsync with the new plan.",
        )
    if _NO_PLAN.search(flat):
        return (
            f"is no plan file that this {command.program} can read",
            f"Make one with: {command.hint('plan -out=FILE')} (plan JSON can be checked, but not applied;"
            " a plan must be applied by the program that made it).",
        )
    if _NOT_INITIALISED.search(flat):
        return (
            "the working directory is not initialised for this configuration",
            f"Run: {command.hint('init')}",
        )
    return None


def _locked(command: Command, text: str) -> tuple[str, str]:
    info = dict(re.findall(r"^\s*(ID|Who|Operation|Created):[ \t]+(\S.*?)\s*$", text, re.MULTILINE))
    message = "the state is locked"
    if "Who" in info:
        message += f" by {info['Who']}"
    if "Operation" in info:
        message += f" ({info['Operation'].removeprefix('OperationType').lower()})"
    if "Created" in info:
        message += f" since {info['Created'].partition('.')[0]} UTC"
    if "ID" in info:
        message += f", lock id {info['ID']}"
    return (
        message,
        "Wait for that run to end; -lock-timeout=5m waits for you. Only when it is certain that it is dead: "
        + command.hint(f"force-unlock {info.get('ID', 'LOCK_ID')}"),
    )


def _unknown(command: Command, code: int) -> tuple[str, str]:
    name = f"{command.program} {command.subcommand}"
    if code < 0:
        return (
            f"{name} was killed by {_signal_name(-code)}",
            f"See whether its state lock is still held ({command.hint('plan')} tells) before the next run.",
        )
    if command.subcommand == "apply":
        return (
            f"{name} failed with exit code {code}",
            "Its own message is above. What it finished is in the state; the next run goes on from there.",
        )
    return f"{name} failed with exit code {code}", "Its own message is above."


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _plain(output: bytes) -> str:
    """The text without colours and without the frame terraform draws around an error."""
    return _FRAME.sub("", _COLOUR.sub("", output.decode(errors="replace")))


def _json_errors(output: bytes) -> str:
    """The errors in the lines that terraform prints with -json: there they come on stdout."""
    found = []
    for line in output.splitlines():
        if line.startswith(b'{"@level":"error"'):
            with suppress(ValueError, KeyError, AttributeError):
                diagnostic = json.loads(line)["diagnostic"]
                found.append(f"{diagnostic.get('summary', '')}\n{diagnostic.get('detail', '')}")
    return "\n".join(found)
