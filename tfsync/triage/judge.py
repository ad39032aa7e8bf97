"""The judgement of a plan: a verdict for every resource that changes, and the writes that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tfsync.attributes import differences, is_marked
from tfsync.rules import RuleBook
from tfsync.terraform.plan import Plan, ResourceChange
from tfsync.triage.cascades import Cascades
from tfsync.triage.causes import Cause, judge_cause
from tfsync.triage.verdicts import (
    CASCADE,
    IN_PLACE,
    OPT_IN,
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
)
from tfsync.triage.writes import merge_writes

# The types whose loss this tool exists to prevent; of others it says what terraform does and stands aside.
_OWN_TYPES = "azurerm_kubernetes_"
_ASKED_FOR = {
    "replace_by_request": "You asked for it with -replace.",
    "replace_by_triggers": "Its replace_triggered_by asks for it.",
}
_NOT_OURS = "Not an AKS resource: terraform replaces it."
_NO_PERMISSIONS = Permissions()
_SHOWN_CHANGES = 50


def triage(
    plan: Plan,
    rules: RuleBook,
    *,
    live: Mapping[str, Mapping[str, Any]] | None = None,
    permissions: Permissions = _NO_PERMISSIONS,
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
    settled = {key: _settle(verdict, judged, permissions) for key, verdict in judged.items()}
    return Triage(
        tuple(settled.values()),
        tuple(_writes_of(settled.values(), permissions)),
        sum(entry.change.destroys for entry in plan.resource_changes),
    )


def _judge(
    entry: ResourceChange, rules: RuleBook, cascades: Cascades, live: Mapping[str, Any] | None
) -> ResourceVerdict:
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
        return replace(verdict, verdict=REQUESTED, reason="It is no longer in the configuration.")
    if entry.action_reason in _ASKED_FOR:
        return replace(verdict, verdict=REQUESTED, reason=_ASKED_FOR[entry.action_reason])
    if entry.action_reason == "replace_because_tainted":
        return _tainted(verdict, live)
    attributes = tuple(_causes(entry, rules, cascades, live))
    if not entry.type.startswith(_OWN_TYPES):
        return _foreign(verdict, attributes)
    worst = max((item.verdict for item in attributes), key=SEVERITY.index, default=UNAVOIDABLE)
    root = next((item.root for item in attributes if item.verdict == CASCADE), None)
    reason = None if attributes else "The plan replaces it and does not say why."
    return replace(
        verdict, verdict=worst, attributes=attributes, root=root if worst == CASCADE else None, reason=reason
    )


def _causes(
    entry: ResourceChange, rules: RuleBook, cascades: Cascades, live: Mapping[str, Any] | None
) -> list[AttributeVerdict]:
    causes = {
        cause.path: cause for cause in (Cause.of(entry.change, path) for path in entry.change.replace_paths)
    }
    return [
        cascades.judge(entry, cause) if cause.unknown else judge_cause(entry, cause, rules, live)
        for cause in causes.values()
    ]


def _foreign(verdict: ResourceVerdict, attributes: tuple[AttributeVerdict, ...]) -> ResourceVerdict:
    """A resource that is not AKS's own: it is a cascade, or terraform's business alone."""
    if attributes and all(item.verdict == CASCADE for item in attributes):
        return replace(verdict, verdict=CASCADE, attributes=attributes, root=attributes[0].root)
    stays = tuple(
        item if item.verdict == CASCADE else replace(item, verdict=TERRAFORM, reason=_NOT_OURS, advice=None)
        for item in attributes
    )
    return replace(verdict, attributes=stays, reason=_NOT_OURS)


def _tainted(verdict: ResourceVerdict, live: Mapping[str, Any] | None) -> ResourceVerdict:
    if not verdict.type.startswith(_OWN_TYPES):
        return replace(verdict, reason="It is tainted: terraform replaces it.")
    state = ((live or {}).get("properties") or {}).get("provisioningState")
    if state not in (None, "Succeeded"):
        reason = f"It is tainted, and Azure says that it is {state}."
        advice = "Bring it back to health (az aks update without options reconciles it), then untaint it."
        return replace(verdict, verdict=UNAVOIDABLE, reason=reason, advice=advice)
    return replace(
        verdict,
        verdict=PHANTOM,
        reason="It is tainted: a creation once failed half-way. Nothing about it changes.",
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


def _settle(
    verdict: ResourceVerdict, judged: Mapping[str, ResourceVerdict], permissions: Permissions
) -> ResourceVerdict:
    """Whether the resource is destroyed in the end, and whether that stands in the way of everything."""
    if "delete" not in verdict.actions:
        return verdict
    deciding = _root_of(verdict, judged)
    allowed = bool({verdict.address, deciding.address} & permissions.replace)
    kept = deciding.verdict == IN_PLACE or (deciding.verdict == OPT_IN and permissions.preview)
    if verdict.verdict in (REQUESTED, TERRAFORM):
        return replace(verdict, destroyed=True)
    if verdict.verdict == CASCADE:
        return replace(verdict, destroyed=not kept or allowed)
    return replace(verdict, destroyed=not kept or allowed, blocked=not kept and not allowed)


def _root_of(verdict: ResourceVerdict, judged: Mapping[str, ResourceVerdict]) -> ResourceVerdict:
    seen = {verdict.address}
    while verdict.verdict == CASCADE and verdict.root and verdict.root in judged and verdict.root not in seen:
        seen.add(verdict.root)
        verdict = judged[verdict.root]
    return verdict


def _writes_of(verdicts: Any, permissions: Permissions) -> list[ArmWrite]:
    writes: list[ArmWrite] = []
    for resource in verdicts:
        allowed = resource.verdict == IN_PLACE or (resource.verdict == OPT_IN and permissions.preview)
        if allowed and resource.address not in permissions.replace:
            writes += merge_writes([write for item in resource.attributes for write in item.writes])
    return writes
