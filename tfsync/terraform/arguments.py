"""What of a user's terraform arguments goes to which of tfsync's own terraform commands.

A user gives one list: `tfsync apply -- -var-file=prod.tfvars -target=module.aks -parallelism=4`. The loop
runs three kinds of commands with it, and terraform refuses a flag that a command does not know. All
functions here are pure and keep the order, because a later `-var` wins over an earlier one.

Flags are written as Go's flag package reads them: `-name`, `--name`, `-name=value`, and for those that
are no booleans `-name value`. The names are those of Terraform 1.11 and OpenTofu 1.10.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# Flags whose value may be the next word. All others are booleans and never take one.
_WITH_VALUE: Final = frozenset(
    {
        *("var", "var-file", "target", "target-file", "exclude", "exclude-file", "replace"),
        *("out", "generate-config-out", "state", "state-out", "backup", "lock-timeout", "parallelism"),
        *("invoke", "json-into", "deprecation"),
    }
)

# Meant for the one command that the user sees, not for a plan that tfsync makes for itself: where the
# plan goes, how the exit code and the output read, what is asked; and the flags of apply alone.
_NOT_FOR_REPLAN: Final = frozenset(
    {
        *("out", "generate-config-out", "detailed-exitcode", "json", "json-into", "input"),
        *("auto-approve", "backup", "state-out"),
    }
)

_LOCKING: Final = frozenset({"lock", "lock-timeout"})
_FILES: Final = frozenset({"state", "state-out", "backup"})
_VARIABLES: Final = frozenset({"var", "var-file"})
_APPEARANCE: Final = frozenset(
    {"no-color", "compact-warnings", "consolidate-warnings", "consolidate-errors", "deprecation"}
)
_FOR_REFRESH: Final = _LOCKING | _FILES | _VARIABLES | _APPEARANCE | {"parallelism"}
_FOR_APPLY: Final = _LOCKING | _FILES | _APPEARANCE | {"parallelism", "json", "json-into", "show-sensitive"}


@dataclass(frozen=True)
class Flag:
    """One flag as it was written."""

    name: str
    """Without dashes; empty for a word that is no flag."""
    value: str | None
    """None where nothing was given: a bare boolean."""
    words: tuple[str, ...]
    """The words it was written with, one or two."""


def flags(arguments: Sequence[str]) -> tuple[Flag, ...]:
    """Take the arguments apart. Joining the `words` gives the arguments again."""
    return tuple(_flags(arguments))


def values(arguments: Sequence[str], name: str) -> tuple[str, ...]:
    """Every value given to one flag, in order: `values(arguments, "target")`."""
    return tuple(flag.value for flag in flags(arguments) if flag.name == name and flag.value is not None)


def without(arguments: Sequence[str], *names: str) -> tuple[str, ...]:
    """The arguments without these flags."""
    return _join(flag for flag in flags(arguments) if flag.name not in names)


def replan_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """For a plan that tfsync makes for itself, from the user's arguments to plan or apply.

    What decides the content of the plan stays (variables, targets, replace, destroy, refresh), and so
    does what tfsync does not know. `-out`, `-json`, `-detailed-exitcode` and their like go.
    """
    return without(arguments, *_NOT_FOR_REPLAN)


def refresh_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """For `apply -refresh-only`: variables, locking, parallelism. The targets are tfsync's own."""
    return _only(arguments, _FOR_REFRESH)


def apply_arguments(arguments: Sequence[str], *, ephemeral: Collection[str] = ()) -> tuple[str, ...]:
    """For the apply of a saved plan, which holds all that decides its content.

    Except the values of `ephemeral` variables: Terraform 1.10 and newer wants to hear those again. For
    them `-var NAME=…` and every `-var-file` stay; without them, variables are refused by older versions.
    """
    kept = _FOR_APPLY | {"var-file"} if ephemeral else _FOR_APPLY
    return _join(
        flag
        for flag in flags(arguments)
        if flag.name in kept or (flag.name == "var" and (flag.value or "").partition("=")[0] in ephemeral)
    )


def _only(arguments: Sequence[str], names: Collection[str]) -> tuple[str, ...]:
    return _join(flag for flag in flags(arguments) if flag.name in names)


def _join(kept: Iterator[Flag]) -> tuple[str, ...]:
    return tuple(word for flag in kept for word in flag.words)


def _flags(arguments: Sequence[str]) -> Iterator[Flag]:
    words = iter(arguments)
    for word in words:
        if not word.startswith("-") or word in ("-", "--"):
            # Go stops reading flags here: the rest are plain words, dashes or not.
            yield from (Flag("", rest, (rest,)) for rest in (word, *words))
            return
        name, equals, value = word.removeprefix("-").removeprefix("-").partition("=")
        if equals:
            yield Flag(name, value, (word,))
        elif name in _WITH_VALUE and (following := next(words, None)) is not None:
            yield Flag(name, following, (word, following))
        else:
            yield Flag(name, None, (word,))
