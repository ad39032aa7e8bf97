"""The words of the report: what becomes of a resource, what an effect means, and the line that sums up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tfsync.report.values import ARROW
from tfsync.triage.verdicts import (
    CASCADE,
    EDIT_CONFIG,
    IN_PLACE,
    OPT_IN,
    PHANTOM,
    REQUESTED,
    TERRAFORM,
    UNAVOIDABLE,
)

BLOCKED: Final = "BLOCKED"
KEPT: Final = "KEPT"
REPLACED: Final = "REPLACED"
DESTROYED: Final = "DESTROYED"
UPDATED: Final = "UPDATED"

# What the effects of tfsync.rules.model mean to whoever is on call.
EFFECTS: Final[Mapping[str, str]] = {
    "downtime": "workloads are interrupted",
    "reimage": "AKS reimages nodes: pods are evicted and move",
    "manual_reimage": "nodes take it only after a node image upgrade that you start",
    "control_plane_restart": "the control plane restarts: its API is away for a short while",
    "one_way": "there is no way back",
}

# For a precondition that nobody looked up.
NOT_ASKED: Final = "Azure was not asked, and its answer could change this: tfsync check --live asks."

_WHY_BLOCKED: Final[Mapping[str, str]] = {
    UNAVOIDABLE: "cannot be changed in place, and replacing it would destroy it.",
    OPT_IN: "can be changed in place, but only through a preview api-version: --allow-preview.",
    EDIT_CONFIG: "would be destroyed; another way to write the configuration avoids it.",
    PHANTOM: "would be destroyed although nothing is known to change.",
}


# The summary's words for what `_kind` counts, in the order of the sentence.
_COUNTED: Final[dict[str, str]] = {
    IN_PLACE: "changed in place",
    KEPT: "kept with it",
    REQUESTED: "destroyed as you asked",
    REPLACED: "replaced as you allowed",
    TERRAFORM: "replaced by terraform",
    CASCADE: "replaced along with these",
}


@dataclass(frozen=True)
class Fate:
    """What becomes of a resource, in one word and in one sentence."""

    word: str
    sentence: str


def fate(resource: Mapping[str, Any]) -> Fate:
    """What becomes of a resource of the document when tfsync carries the plan out."""
    verdict = resource["verdict"]
    if resource["blocked"]:
        return Fate(BLOCKED, _WHY_BLOCKED.get(verdict) or "would be lost with what it refers to.")
    if not resource["destroyed"]:
        return _fate_of_the_living(verdict, resource)
    if "create" not in resource["actions"]:
        return Fate(DESTROYED, resource["reason"] or "the plan destroys it.")
    if verdict in (REQUESTED, TERRAFORM):
        return Fate(REPLACED, resource["reason"] or "terraform replaces it.")
    if _goes_along(resource):
        return Fate(REPLACED, f"it goes with {' and '.join(resource['goes_with'])}.")
    return Fate(REPLACED, "you allowed it with --allow-replace.")


def _fate_of_the_living(verdict: str, resource: Mapping[str, Any]) -> Fate:
    if verdict == CASCADE:
        return Fate(KEPT, f"it would be replaced only because {resource['root']} is, and that one stays.")
    if verdict == IN_PLACE:
        return Fate(KEPT, "Azure changes it in place; it is not replaced.")
    if verdict == OPT_IN:
        return Fate(KEPT, "Azure changes it in place, through a preview api-version.")
    return Fate(UPDATED, "terraform updates it in place.")


def effects_in_words(effects: Iterable[str]) -> str | None:
    """`Workloads are interrupted; there is no way back.`, or None without effects."""
    words = "; ".join(EFFECTS.get(effect, effect) for effect in effects)
    return f"{capitalized(words)}." if words else None


def capitalized(text: str) -> str:
    """The text with a capital first letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def counted(number: int, noun: str) -> str:
    """`1 resource`, `2 resources`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summary_line(document: Mapping[str, Any]) -> str:
    """`tfsync: 5 to destroy → 0 to destroy; 1 changed in place, 4 kept with it.`"""
    summary = document["summary"]
    planned, after = summary["destroys_planned"], summary["destroys_after"]
    parts = summary_parts(document)
    stopped = any(resource["blocked"] for resource in document["resources"])
    head = f"{planned} to destroy" if planned else "nothing to destroy"
    if planned and not stopped:
        head += f" {ARROW} {after} to destroy"
    return f"tfsync: {head}; {parts}." if parts else f"tfsync: {head}."


def summary_parts(document: Mapping[str, Any]) -> str:
    """`1 changed in place, 4 kept with it`. Beside a blocked resource nothing else is promised."""
    counts = Counter(_kind(resource) for resource in document["resources"])
    if counts[BLOCKED]:
        return f"blocked by {counted(counts[BLOCKED], 'resource')}, and nothing is applied"
    counted_as = _COUNTED | {KEPT: "kept with it" if counts[IN_PLACE] == 1 else "kept with them"}
    parts = [f"{counts[kind]} {words}" for kind, words in counted_as.items() if counts[kind]]
    if not parts and counts[UPDATED]:
        parts = [f"{counts[UPDATED]} updated by terraform"]
    return ", ".join(parts)


def _kind(resource: Mapping[str, Any]) -> str:
    """What the summary counts a resource as."""
    verdict: str = resource["verdict"]
    if resource["blocked"]:
        return BLOCKED
    if not resource["destroyed"]:
        return {CASCADE: KEPT, IN_PLACE: IN_PLACE, OPT_IN: IN_PLACE}.get(verdict, UPDATED)
    if _goes_along(resource):
        return CASCADE
    return verdict if verdict in (REQUESTED, TERRAFORM) else REPLACED


def _goes_along(resource: Mapping[str, Any]) -> bool:
    """Whether it would live, were it not for what it refers to."""
    return resource["verdict"] == CASCADE or (
        resource["verdict"] in (IN_PLACE, OPT_IN) and bool(resource["goes_with"])
    )
