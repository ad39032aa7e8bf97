"""The judgement of a plan: a verdict for every resource that changes, and the writes that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tfsync.attributes import differences, is_marked
from tfsync.rules import RuleBook
from tfsync.terraform.plan import Plan, ResourceChange
from tfsync.triage.cascades import Cascades
from tfsync.triage.causes import Cause, Live, judge_cause
from tfsync.triage.fate import NO_PERMISSIONS, Fates
from tfsync.triage.verdicts import (
    CASCADE,
    PHANTOM,
    REQUESTED,
    SEVERITY,
    TERRAFORM,
    UNAVOIDABLE,
    ArmWrite,
    AttributeVerdict,
    Permissions,
    ResourceVerdict,
    Triage,
    is_own,
)
from tfsync.triage.writes import merge_writes

_ASKED_FOR = {
    "replace_by_request": "You asked for it with -replace.",
    "replace_by_triggers": "Its replace_triggered_by asks for it.",
}
_REMOVED = {
    "delete_because_no_resource_config": "It is no longer in the configuration.",
    "delete_because_no_module": "Its module is no longer in the configuration.",
    "delete_because_no_move_target": "Where it was moved to is not in the configuration.",
    "delete_because_wrong_repetition": "The configuration counts it in another way (count, for_each).",
    "delete_because_count_index": "Its count no longer reaches so far.",
    "delete_because_each_key": "Its for_each no longer has this key.",
}
_DELETED = "The plan removes it."
_LEFT_OVER = "An earlier replacement left it behind; what took its place is another object."
_NOT_OURS = "Not an AKS resource: terraform replaces it."
_CHANGES_TOO = "Change that in an apply of its own, and look at this plan again."
_SHOWN_CHANGES = 50


def triage(
    plan: Plan,
    rules: RuleBook,
    *,
    live: Mapping[str, Mapping[str, Any]] | None = None,
    permissions: Permissions = NO_PERMISSIONS,
) -> Triage:
    """Judge every change of the plan. `live` holds ARM bodies by resource address, where they were read.

    Without `live`, a precondition that only Azure can answer does not hold.
    """
    live = live or {}
    cascades = Cascades(plan)
    judged: dict[str, ResourceVerdict] = {}
    for entry in plan.resource_changes:
        if entry.mode == "managed" and (entry.change.destroys or entry.change.actions == ("update",)):
            key = entry.address if entry.deposed is None else f"{entry.address} (deposed {entry.deposed})"
            judged[key] = _judge(entry, rules, cascades, live.get(entry.address))
    fates = Fates(judged, permissions)
    written = (verdict for verdict in judged.values() if fates.is_written(verdict))
    return Triage(
        tuple(fates.settle(verdict) for verdict in judged.values()),
        tuple(write for verdict in written for write in _writes(verdict, rules)),
        sum(entry.change.destroys for entry in plan.resource_changes),
    )


def _judge(entry: ResourceChange, rules: RuleBook, cascades: Cascades, live: Live) -> ResourceVerdict:
    change = entry.change
    before = change.before if isinstance(change.before, Mapping) else {}
    arm_id = before.get("id") if entry.type.startswith("azurerm_") else None
    verdict = ResourceVerdict(
        entry.address,
        entry.type,
        change.actions,
        TERRAFORM,
        arm_id=arm_id if isinstance(arm_id, str) else None,
    )
    if change.actions == ("update",):
        return replace(verdict, attributes=_updates(entry))
    if not change.is_replacement:
        reason = _LEFT_OVER if entry.deposed else _REMOVED.get(entry.action_reason or "", _DELETED)
        return replace(verdict, verdict=REQUESTED, reason=reason)
    if entry.action_reason in _ASKED_FOR:
        return replace(verdict, verdict=REQUESTED, reason=_ASKED_FOR[entry.action_reason])
    if entry.action_reason == "replace_because_tainted":
        return _tainted(verdict, live)
    attributes = tuple(_causes(entry, rules, cascades, live))
    return _own(verdict, attributes) if is_own(entry.type) else _foreign(verdict, attributes)


def _causes(entry: ResourceChange, rules: RuleBook, cascades: Cascades, live: Live) -> list[AttributeVerdict]:
    causes = {
        cause.path: cause for cause in (Cause.of(entry.change, path) for path in entry.change.replace_paths)
    }
    return [
        cascades.judge(entry, cause) if cause.unknown else judge_cause(entry, cause, rules, live)
        for cause in causes.values()
    ]


def _own(verdict: ResourceVerdict, attributes: tuple[AttributeVerdict, ...]) -> ResourceVerdict:
    """A resource of AKS is what its worst attribute is."""
    # What really changes for an AKS resource because another one does is not for terraform alone to decide.
    attributes = tuple(
        replace(item, verdict=UNAVOIDABLE, advice=_CHANGES_TOO) if item.verdict == TERRAFORM else item
        for item in attributes
    )
    worst = max((item.verdict for item in attributes), key=SEVERITY.index, default=UNAVOIDABLE)
    return replace(
        verdict,
        verdict=worst,
        attributes=attributes,
        root=attributes[0].root if worst == CASCADE else None,
        reason=None if attributes else "The plan replaces it and does not say why.",
    )


def _foreign(verdict: ResourceVerdict, attributes: tuple[AttributeVerdict, ...]) -> ResourceVerdict:
    """A resource that is not AKS's own: it is a cascade, or terraform's business alone."""
    if attributes and all(item.verdict == CASCADE for item in attributes):
        return replace(verdict, verdict=CASCADE, attributes=attributes, root=attributes[0].root)
    stays = tuple(
        item if item.roots else replace(item, verdict=TERRAFORM, reason=_NOT_OURS, advice=None)
        for item in attributes
    )
    return replace(verdict, attributes=stays, reason=_NOT_OURS)


def _tainted(verdict: ResourceVerdict, live: Live) -> ResourceVerdict:
    if not is_own(verdict.type):
        return replace(verdict, reason="It is tainted: terraform replaces it.")
    state = ((live or {}).get("properties") or {}).get("provisioningState")
    if state not in (None, "Succeeded"):
        reason = f"It is tainted, and Azure says that it is {state}."
        advice = "Bring it back to health (az aks update without options reconciles it), then untaint it."
        return replace(verdict, verdict=UNAVOIDABLE, reason=reason, advice=advice)
    return replace(
        verdict,
        verdict=PHANTOM,
        reason="It is tainted: a creation once failed half-way, and terraform replaces it for that alone.",
        advice=f"If it is healthy: terraform untaint '{verdict.address}'",
    )


def _updates(entry: ResourceChange) -> tuple[AttributeVerdict, ...]:
    """What terraform changes in place by itself; shown, not judged."""
    change = entry.change
    paths = [
        path for path in differences(change.before, change.after) if not is_marked(change.after_unknown, path)
    ]
    return tuple(
        Cause.of(change, path).judged(TERRAFORM, "The provider updates it in place.")
        for path in paths[:_SHOWN_CHANGES]
    )


def _writes(verdict: ResourceVerdict, rules: RuleBook) -> list[ArmWrite]:
    """The requests for one resource, in the order of the rules: some changes are the ground for others."""
    ordered = sorted(verdict.attributes, key=lambda item: rules.place(item.rule))
    return merge_writes(write for item in ordered for write in item.writes)
