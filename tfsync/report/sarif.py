"""SARIF 2.1.0, for code scanning and editors. Format: the OASIS standard of that name and version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from tfsync.report.findings import ERROR, Finding, findings

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Node = dict[str, Any]


def sarif(document: Mapping[str, Any]) -> str:
    """One run with a result per finding."""
    found = findings(document)
    rules: dict[str, Node] = {}
    for item in found:
        rules.setdefault(item.rule, _rule(item))
    order = {name: index for index, name in enumerate(rules)}
    driver = {
        "name": "tfsync",
        "version": document["tfsync_version"],
        "rules": list(rules.values()),
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(document["outcome"])],
        "results": [_result(item, order[item.rule]) for item in found],
        # Lines are all that positions name, and columns would be Python's.
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(item: Finding) -> Node:
    """The first finding of a rule lends it its words: a rule's own text is not in the document."""
    subject = f"{item.path} of {item.type}" if item.path else "the plan"
    return {
        "id": item.rule,
        "shortDescription": {"text": f"A resource would be replaced or destroyed because of {subject}"},
        "defaultConfiguration": {"level": item.level},
    }


def _result(item: Finding, rule_index: int) -> Node:
    return {
        "ruleId": item.rule,
        "ruleIndex": rule_index,
        "level": item.level,
        "message": {"text": f"{item.title}. {item.message}"},
        "locations": [_location(item)],
        "partialFingerprints": {"tfsyncFinding/v1": _fingerprint(item)},
    }


def _location(item: Finding) -> Node:
    name = f"{item.address}.{item.path}" if item.path else item.address
    location: Node = {"logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}]}
    if item.file is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(item.file)},
            "region": {"startLine": item.line},
        }
    return location


def _uri(file: str) -> str:
    """A relative path stays relative, so that code scanning finds it in the repository."""
    path = quote(file.encode("utf-8", "surrogateescape"))
    return f"file://{path}" if path.startswith("/") else path


def _fingerprint(item: Finding) -> str:
    """The same for the same finding, wherever its line has moved to."""
    text = "\0".join((item.address, item.path or "", item.rule))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _invocation(outcome: Mapping[str, Any] | None) -> Node:
    if outcome is None:
        return {"executionSuccessful": True}
    notes = [f"{failure['address']}: {failure['message']}" for failure in outcome["failed"]]
    notes += outcome["differences"]
    return {
        "executionSuccessful": not notes,
        "toolExecutionNotifications": [{"level": ERROR, "message": {"text": note}} for note in notes],
    }
