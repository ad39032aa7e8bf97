"""The document as a list of findings, for the formats of other tools: annotations, SARIF, policy checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tfsync.report.values import change_text
from tfsync.report.words import NOT_ASKED, UPDATED, Fate, capitalized, effects_in_words, fate
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

ERROR: Final = "error"
WARNING: Final = "warning"
NOTE: Final = "note"

_IN_THE_WAY: Final = (OPT_IN, EDIT_CONFIG, PHANTOM, UNAVOIDABLE)
_WORTH_A_WARNING: Final = (IN_PLACE, OPT_IN, EDIT_CONFIG, PHANTOM)
_VALUES_ROOM: Final = 120


@dataclass(frozen=True)
class Finding:
    """One thing to know about one attribute, or about a resource that has no cause of its own.

    `rule` is the id of the rule that judged it, else the verdict and the attribute: stable from run to run,
    and never the same for two attributes that no rule knows. `line` counts from 1.
    """

    rule: str
    level: str
    type: str
    address: str
    path: str | None
    title: str
    message: str
    file: str | None
    line: int | None


def findings(document: Mapping[str, Any]) -> list[Finding]:
    """Every finding, in the order of the plan. What terraform updates by itself is none."""
    return [finding for resource in document["resources"] for finding in _of_resource(resource)]


def policy_lines(document: Mapping[str, Any]) -> list[str]:
    """`FAIL - <address> - <rule>`, one for each thing in the way.

    Atlantis fails a custom policy check whose output starts with FAIL, and lets people approve by that line.
    """
    lines = (f"FAIL - {item.address} - {item.rule}" for item in findings(document) if item.level == ERROR)
    return list(dict.fromkeys(lines))


def _of_resource(resource: Mapping[str, Any]) -> Iterator[Finding]:
    outcome = fate(resource)
    if outcome.word == UPDATED:
        return
    causes = [item for item in resource["attributes"] if item["verdict"] not in (CASCADE, TERRAFORM)]
    if resource["verdict"] in (CASCADE, REQUESTED, TERRAFORM) or not causes:
        yield _of_whole(resource, outcome)
        return
    found = [_of_cause(resource, item, outcome) for item in causes]
    if resource["blocked"] and not any(finding.level == ERROR for finding in found):
        # All its own causes could be met; it is what it refers to that is lost.
        yield _of_whole(resource, outcome)
    yield from found


def _of_whole(resource: Mapping[str, Any], outcome: Fate) -> Finding:
    return Finding(
        rule=f"tfsync/{resource['verdict']}",
        level=ERROR if resource["blocked"] else _level(resource["verdict"]),
        path=None,
        message=" ".join(
            _sentences([capitalized(outcome.sentence), resource["reason"], _advice(resource["advice"])])
        ),
        **_common(resource, resource["position"], outcome),
    )


def _of_cause(resource: Mapping[str, Any], item: Mapping[str, Any], outcome: Fate) -> Finding:
    in_the_way = resource["blocked"] and item["verdict"] in _IN_THE_WAY
    parts = [
        f"{item['path']}: {change_text(item, _VALUES_ROOM)}.",
        item["reason"],
        NOT_ASKED if item["undecided"] else None,
        effects_in_words(item["effects"]),
        _advice(item["advice"]),
        f"Write instead:\n{item['edit']}" if item["edit"] else None,
    ]
    return Finding(
        rule=item["rule"] or f"{item['verdict']}/{item['path']}",
        level=ERROR if in_the_way else _level(item["verdict"]),
        path=item["path"],
        message=" ".join(_sentences(parts)),
        **_common(resource, item["position"], outcome),
    )


def _common(resource: Mapping[str, Any], position: Mapping[str, Any] | None, outcome: Fate) -> dict[str, Any]:
    return {
        "type": resource["type"],
        "address": resource["address"],
        "title": f"{outcome.word}: {resource['address']}",
        "file": position["file"] if position else None,
        "line": position["line"] if position else None,
    }


def _level(verdict: str) -> str:
    return WARNING if verdict in _WORTH_A_WARNING else NOTE


def _sentences(parts: list[str | None]) -> list[str]:
    return list(dict.fromkeys(part for part in parts if part))


def _advice(advice: str | None) -> str | None:
    return f"Advice: {advice}" if advice else None
