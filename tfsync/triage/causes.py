"""One cause of a replacement against the rules: which transition is it, and what would ARM be told?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tfsync.attributes import (
    MISSING,
    Path,
    any_marked,
    is_empty,
    is_marked,
    lookup,
    lookup_schema,
    schema_path,
    to_text,
)
from tfsync.rules import Rule, RuleBook, Transition, Write
from tfsync.rules.values import ENCODERS, PREDICATES, matches, same_id
from tfsync.terraform.plan import Change, ResourceChange
from tfsync.triage.conditions import planned, unmet
from tfsync.triage.verdicts import (
    IN_PLACE,
    OPT_IN,
    PHANTOM,
    UNAVOIDABLE,
    ArmChange,
    ArmWrite,
    AttributeVerdict,
)

NO_RULE = "tfsync knows no rule for this attribute, so it cannot say that Azure would keep the resource."
NO_RULE_ADVICE = "Put the old value back, or add a rule of your own (docs/rules.md) when you know better."


@dataclass(frozen=True)
class Cause:
    """A path in `replace_paths` with its values, as far as they are known."""

    path: Path
    before: Any
    after: Any
    unknown: bool
    sensitive: bool

    @classmethod
    def of(cls, change: Change, path: Path) -> Cause:
        """The cause at `path`. Elements of a list of plain values speak for the whole list."""
        while path and isinstance(path[-1], int) and not isinstance(lookup(change.before, path), dict):
            path = path[:-1]
        before, after = lookup(change.before, path), lookup(change.after, path)
        secret = any(
            is_marked(marks, path) or any_marked(lookup(marks, path))
            for marks in (change.before_sensitive, change.after_sensitive)
        )
        unknown = is_marked(change.after_unknown, path)
        return cls(path, _plain(before), None if unknown else _plain(after), unknown, secret)

    def judged(self, verdict: str, reason: str, **more: Any) -> AttributeVerdict:
        """A verdict on this cause; sensitive values stay behind."""
        before, after = (None, None) if self.sensitive else (self.before, self.after)
        return AttributeVerdict(
            self.path,
            verdict,
            reason,
            before=before,
            after=after,
            unknown=self.unknown,
            sensitive=self.sensitive,
            **more,
        )


def _plain(value: Any) -> Any:
    return None if value is MISSING else value


def judge_cause(
    entry: ResourceChange, cause: Cause, rules: RuleBook, live: Mapping[str, Any] | None
) -> AttributeVerdict:
    """The verdict on a cause whose new value is known."""
    attribute = schema_path(cause.path)
    found = rules.find(entry.type, attribute)
    if found is None:
        if same_id(cause.before, cause.after):
            return cause.judged(
                PHANTOM,
                "Only the spelling of the Azure id differs; Azure does not tell the two apart.",
                advice=f"Write {to_text(cause.path)} as state has it.",
            )
        return cause.judged(UNAVOIDABLE, NO_RULE, advice=NO_RULE_ADVICE)
    rule, covered = found
    before, after = _values_of(entry.change, covered, attribute, cause)
    transition = next(item for item in rule.transitions if _applies(item, before, after))
    failed = next((item for item in transition.requires if unmet(item, entry.change, live)), None)
    if failed is not None:
        reason = f"{transition.reason.rstrip('.')}. Not here: {failed.otherwise}."
        return cause.judged(
            UNAVOIDABLE,
            reason,
            rule=rule.id,
            advice=transition.advice,
            undecided=live is None and any(item.live for item in transition.requires),
        )
    if transition.verdict != IN_PLACE:
        return cause.judged(
            transition.verdict,
            transition.reason,
            rule=rule.id,
            advice=transition.advice,
            edit=transition.edit,
        )
    return _in_place(entry, cause, rule, covered, transition, rules)


def _values_of(change: Change, covered: str, attribute: str, cause: Cause) -> tuple[Any, Any]:
    """The values a rule speaks of: those of the block it covers, when it covers more than the cause."""
    if covered == attribute:
        return cause.before, cause.after
    return _plain(lookup_schema(change.before, covered)), _plain(lookup_schema(change.after, covered))


def _applies(transition: Transition, before: Any, after: Any) -> bool:
    return (
        matches(transition.from_, before)
        and matches(transition.to, after)
        and all(PREDICATES[name](before, after) for name in transition.when)
    )


def _in_place(
    entry: ResourceChange, cause: Cause, rule: Rule, covered: str, transition: Transition, rules: RuleBook
) -> AttributeVerdict:
    arm_id = (entry.change.before or {}).get("id")
    writes = transition.writes or (
        Write(arm_path=rule.arm_path or "", attribute=covered, encode=rule.encode),
    )
    changes = []
    for write in writes:
        value = _value_to_write(write, entry.change)
        if value is not MISSING:
            secret = cause.sensitive or _is_secret(write.attribute, entry.change)
            changes.append(ArmChange(write.arm_path, (*transition.via, value), secret))
        elif not write.optional:
            reason = f"{write.attribute}, which Azure needs along with it, is only known after apply."
            return cause.judged(
                UNAVOIDABLE, reason, rule=rule.id, advice="Apply what it comes from first, then plan again."
            )
    if not isinstance(arm_id, str) or not changes:
        reason = "State holds no Azure id for this resource, so there is nothing to write to."
        return cause.judged(
            UNAVOIDABLE, reason, rule=rule.id, advice="Run terraform refresh, then plan again."
        )
    request = ArmWrite(
        entry.address,
        arm_id,
        rules.method(rule),
        rules.api_version(rule, transition),
        tuple(changes),
        transition.omit,
    )
    return cause.judged(
        OPT_IN if transition.maturity == "preview" else IN_PLACE,
        transition.reason,
        rule=rule.id,
        advice=transition.advice,
        effects=transition.effects,
        writes=(request,),
    )


def _is_secret(attribute: str | None, change: Change) -> bool:
    """Whether what is written along with a cause is marked sensitive, itself or anything in it."""
    for marks in (change.before_sensitive, change.after_sensitive):
        for step in attribute.split(".") if attribute else ():
            marks = marks[0] if isinstance(marks, list) and marks else marks
            marks = marks.get(step, False) if isinstance(marks, Mapping) else marks
        if attribute and any_marked(marks):
            return True
    return False


def _value_to_write(write: Write, change: Change) -> Any:
    if write.attribute is None:
        return None if write.value is msgspec.UNSET else write.value
    value = planned(change, write.attribute)
    if value is MISSING or (write.optional and is_empty(value)):
        return MISSING
    return ENCODERS[write.encode](value)
