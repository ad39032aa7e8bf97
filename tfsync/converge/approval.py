"""`FILE.tfsync.json` beside a saved plan: binds what was judged to what is applied.

It names the plan (sha256), the provider versions and the rules that the judgement was made with. Where one
of them is another one at apply, what would be done is not what was shown, and nothing is done.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tfsync import __version__
from tfsync.errors import BadInput, Blocked
from tfsync.rules import RuleBook

_FORMAT = "1.0"


class _Report(msgspec.Struct, frozen=True):
    """What is needed of the report."""

    tfsync_version: str = ""
    providers: Mapping[str, str] = msgspec.field(default_factory=dict)


class _Judgement(msgspec.Struct, frozen=True):
    """The file, as far as it is read again."""

    plan_sha256: str
    rules_digest: str
    arguments: tuple[str, ...]
    report: _Report


def beside(plan_file: Path) -> Path:
    """Where the judgement of a saved plan lies."""
    return plan_file.with_name(f"{plan_file.name}.tfsync.json")


def keep_judgement(
    plan_file: Path, document: Mapping[str, Any], rules: RuleBook, arguments: Sequence[str]
) -> Path:
    """Write the judgement beside the plan, readable by this user only, and return its path.

    `document` is the report, `arguments` are the terraform arguments of the plan. Variables are not kept: the
    plan holds them.
    """
    path = beside(plan_file)
    content = {
        "format_version": _FORMAT,
        "plan_sha256": _sha256(plan_file),
        "rules_digest": rules_digest(rules),
        "arguments": list(without_variables(arguments)),
        "report": document,
    }
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.write("\n")
        temporary.replace(path)
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(path)) from None
    return path


def arguments_of(plan_file: Path, rules: RuleBook, providers: Mapping[str, str]) -> tuple[str, ...]:
    """The terraform arguments a saved plan was made with; none where no judgement lies beside it.

    Raises Blocked, naming the difference, when plan, rules or provider versions (by source address) are not
    those of the judgement, and BadInput when the file cannot be read.
    """
    path = beside(plan_file)
    try:
        judgement = msgspec.json.decode(path.read_bytes(), type=_Judgement)
        digest = _sha256(plan_file)
    except FileNotFoundError as error:
        if error.filename == str(path):
            return ()
        raise BadInput("no such plan file", where=str(plan_file)) from None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=str(error.filename)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadInput("is no judgement that tfsync wrote", where=str(path)) from None
    if judgement.plan_sha256 != digest:
        difference = "belongs to another plan: the plan was made anew, or changed, since it was judged"
    elif judgement.rules_digest != rules_digest(rules):
        difference = f"was judged by other rules than those in force now ({_whose(judgement.report)})"
    elif judgement.report.providers != providers:
        changed = ", ".join(_version_changes(judgement.report.providers, providers))
        difference = f"was judged with other provider versions than those chosen now: {changed}"
    else:
        return judgement.arguments
    raise Blocked(
        f"{difference}; nothing was applied",
        where=str(path),
        hint="Run tfsync plan -o again, and look at what it says. Without this file the plan is judged anew.",
    )


def _whose(report: _Report) -> str:
    if report.tfsync_version != __version__:
        return f"by tfsync {report.tfsync_version}; this is {__version__}"
    return "--rules names another directory, or its files have changed"


def _version_changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for source in sorted(then.keys() | now.keys()):
        if then.get(source) != now.get(source):
            yield f"{source} {then.get(source, 'not there')} then, {now.get(source, 'not there')} now"


def rules_digest(rules: RuleBook) -> str:
    """A fingerprint of all rules in force: the same rules in the same order give the same one."""
    return hashlib.sha256(msgspec.json.encode(rules.files)).hexdigest()


def without_variables(arguments: Sequence[str]) -> tuple[str, ...]:
    """The arguments without `-var` and `-var-file`, whose values may be secret and are in the plan anyway."""
    from tfsync.terraform.arguments import flags

    kept = [flag for flag in flags(arguments) if flag.name not in ("var", "var-file", "out")]
    return tuple(word for flag in kept for word in flag.words)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
