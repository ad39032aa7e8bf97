"""One cause of a replacement against the rules: which transition is it, and what follows?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
from tfsync.rules import Condition, Rule, RuleBook, Transition
from tfsync.rules.values import PREDICATES, matches, same_id
from tfsync.terraform.plan import Change, ResourceChange
from tfsync.triage.conditions import unmet
from tfsync.triage.verdicts import IN_PLACE, OPT_IN, PHANTOM, UNAVOIDABLE, AttributeVerdict
from tfsync.triage.writes import Obstacle, write_for

NO_RULE = "tfsync knows no rule for this attribute, so it cannot say that Azure would keep the resource."
NO_RULE_ADVICE = "Put the old value back, or add a rule of your own (docs/rules.md) when you know better."
_MEET_FIRST = "Put the old value back, or meet this condition first, in an apply of its own."

Live = Mapping[str, Any] | None


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
        unknown = is_marked(change.after_unknown, path) or (
            is_empty(after) and any_marked(lookup(change.after_unknown, path))
        )
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


def judge_cause(entry: ResourceChange, cause: Cause, rules: RuleBook, live: Live) -> AttributeVerdict:
    """The verdict on a cause whose new value is known."""
    attribute = schema_path(cause.path)
    found = rules.find(entry.type, attribute)
    rule_id = found[0].id if found else None
    if same_id(cause.before, cause.after):
        reason = "Only the spelling of the Azure id differs; Azure does not tell the two apart."
        advice = f"Write {to_text(cause.path)} as state has it."
        return cause.judged(PHANTOM, reason, rule=rule_id, advice=advice)
    if is_empty(cause.before) and is_empty(cause.after):
        reason = "Nothing changes: it is empty before and after."
        advice = f"Write {to_text(cause.path)} as state has it, or leave it out."
        return cause.judged(PHANTOM, reason, rule=rule_id, advice=advice)
    if found is None:
        return cause.judged(UNAVOIDABLE, NO_RULE, advice=NO_RULE_ADVICE)
    return _by_rule(entry, cause, found, rules, live)


def _by_rule(
    entry: ResourceChange, cause: Cause, found: tuple[Rule, str], rules: RuleBook, live: Live
) -> AttributeVerdict:
    rule, covered = found
    change = entry.change
    like_it = [item for item in rule.transitions if _is_like(item, *_values_of(change, covered, cause))]
    transition = next(item for item in like_it if not _first_unmet(item.given, change, live))
    failed = _first_unmet(transition.requires, change, live)
    if transition.verdict != UNAVOIDABLE and not failed:
        return _as_ruled(entry, cause, rule, covered, transition, rules)
    looked_at = like_it[: like_it.index(transition) + 1]
    undecided = live is None and any(
        condition.live for item in looked_at for condition in (*item.given, *item.requires)
    )
    reason, advice = transition.reason, transition.advice
    if failed:
        reason = f"{reason.rstrip('.')}. Not here: {failed.otherwise}."
        advice = failed.advice or _MEET_FIRST
    return cause.judged(UNAVOIDABLE, reason, rule=rule.id, advice=advice, undecided=undecided)


def _values_of(change: Change, covered: str, cause: Cause) -> tuple[Any, Any]:
    """The values a rule speaks of: those of the block it covers, when it covers more than the cause."""
    if covered == schema_path(cause.path):
        return cause.before, cause.after
    return _plain(lookup_schema(change.before, covered)), _plain(lookup_schema(change.after, covered))


def _is_like(transition: Transition, before: Any, after: Any) -> bool:
    return (
        matches(transition.from_, before)
        and matches(transition.to, after)
        and all(PREDICATES[name](before, after) for name in transition.when)
    )


def _first_unmet(conditions: Iterable[Condition], change: Change, live: Live) -> Condition | None:
    return next((item for item in conditions if unmet(item, change, live)), None)


def _as_ruled(
    entry: ResourceChange, cause: Cause, rule: Rule, covered: str, transition: Transition, rules: RuleBook
) -> AttributeVerdict:
    if transition.verdict != IN_PLACE:
        return cause.judged(
            transition.verdict,
            transition.reason,
            rule=rule.id,
            advice=transition.advice,
            edit=transition.edit,
        )
    write = write_for(entry, rule, covered, transition, rules, secret=cause.sensitive)
    if isinstance(write, Obstacle):
        return cause.judged(UNAVOIDABLE, write.reason, rule=rule.id, advice=write.advice)
    return cause.judged(
        OPT_IN if transition.maturity == "preview" else IN_PLACE,
        transition.reason,
        rule=rule.id,
        advice=transition.advice,
        effects=transition.effects,
        writes=(write,),
    )
