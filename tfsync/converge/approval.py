"""`FILE.tfsync.json` beside a saved plan: what was judged, bound to the plan it was judged from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tfsync.errors import BadInput
from tfsync.rules import RuleBook

_FORMAT = "1.0"


def beside(plan_file: Path) -> Path:
    """Where the judgement of a saved plan lies."""
    return plan_file.with_name(f"{plan_file.name}.tfsync.json")


def keep_judgement(
    plan_file: Path, document: Mapping[str, Any], rules: RuleBook, arguments: Sequence[str]
) -> Path:
    """Write the judgement beside the plan, readable by this user only, and return its path.

    `arguments` are the terraform arguments of the plan. Variables are not kept: the plan holds them.
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


def arguments_of(plan_file: Path) -> tuple[str, ...]:
    """The terraform arguments a saved plan was made with, where its judgement lies beside it.

    Raises BadInput when that judgement belongs to another plan.
    """
    path = beside(plan_file)
    try:
        content = json.loads(path.read_bytes())
        if content["plan_sha256"] != _sha256(plan_file):
            raise BadInput(
                "belongs to another plan: the plan was made anew, or changed, since it was judged",
                where=str(path),
                hint="Run tfsync plan -o again, or remove this file.",
            )
        return tuple(content["arguments"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput("is no judgement that tfsync wrote", where=str(path)) from None


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
