"""The shape of a rule file. Field names are the YAML's own; docs/rules.md explains each.

Every class refuses unknown keys, so that a misspelt `requries` is an error and no hole in a precondition.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

# The resource types that rules are for; terraform has its way with all others.
OWN_TYPES: Final = "azurerm_kubernetes_"

# `opt_in` is not written by rule authors: it is an `in_place` whose maturity is `preview`.
Verdict = Literal["in_place", "edit_config", "phantom", "unavoidable"]
Effect = Literal["reimage", "manual_reimage", "downtime", "one_way", "control_plane_restart"]
Maturity = Literal["ga", "preview"]


class Matcher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a value must be like: one of several, empty, or not empty. Without a key: anything."""

    one_of: tuple[Any, ...] | None = None
    empty: bool | None = None


Pattern = Matcher | str | bool | int | tuple[str | int, ...] | None | msgspec.UnsetType


class Write(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ARM property to set: from an attribute's planned value, or to a fixed value."""

    arm_path: str
    attribute: str | None = None
    value: Any = msgspec.UNSET
    encode: str = "as_is"
    # Only set what the configuration says; an attribute that is null or unknown writes nothing.
    optional: bool = False


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test of the live ARM body, the planned value or the state, the first of them that is known.

    `otherwise` is the reason shown when it does not hold, `advice` what to do then. A value that nobody
    knows does not hold, unless `unknown: passes` says that Azure itself refuses harmlessly.
    """

    otherwise: str
    advice: str | None = None
    live: str | None = None
    planned: str | None = None
    state: str | None = None
    equals: Any = msgspec.UNSET
    one_of: tuple[Any, ...] | None = None
    none_of: tuple[Any, ...] | None = None
    empty: bool | None = None
    at_least: str | None = None
    unknown: Literal["blocks", "passes"] = "blocks"


class Transition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """What to make of one kind of change. The first transition of a rule that matches decides."""

    verdict: Verdict
    reason: str
    from_: Pattern = msgspec.UNSET
    to: Pattern = msgspec.UNSET
    when: tuple[str, ...] = ()
    # Part of the match: where one does not hold, the next transition is looked at.
    given: tuple[Condition, ...] = ()
    # Checked after the match: where one does not hold, the verdict is unavoidable and says why.
    requires: tuple[Condition, ...] = ()
    writes: tuple[Write, ...] = ()
    omit: tuple[str, ...] = ()
    # Values ARM must hold in between, each written and awaited before the next.
    via: tuple[Any, ...] = ()
    # Nothing else may be changed by the same request.
    alone: bool = False
    api_version: str | None = None
    maturity: Maturity = "ga"
    effects: tuple[Effect, ...] = ()
    advice: str | None = None
    edit: str | None = None
    evidence: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One attribute, or several that ARM changes together, and every transition that replaces it."""

    id: str
    attributes: tuple[str, ...]
    # azurerm versions in which a change replaces, e.g. ">=1.32.0" or ">=2.63.0,<3.36.0". Evidence and advice
    # only: what a plan replaces is read from the plan, so that forks and private mirrors count too.
    replaces: tuple[str, ...]
    transitions: tuple[Transition, ...]
    evidence: tuple[str, ...]
    arm_path: str | None = None
    encode: str = "as_is"
    # The rule is about blocks that come or go, and says nothing about the values inside them.
    block_only: bool = False


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One YAML file: the rules of one resource type, and how its ARM resource is written, if it is."""

    resource: str
    rules: tuple[Rule, ...]
    method: Literal["PUT", "PATCH"] | None = None
    api_version: str | None = None
