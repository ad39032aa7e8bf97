"""SARIF: what the standard requires, and what code scanning needs to put a finding on its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.recorded import Recording, recordings
from tests.report.judging import Json, documented, judged
from tfsync.report import Failure, Run, render
from tfsync.rules import builtin_rules
from tfsync.terraform.positions import Position, locate
from tfsync.triage import triage

CLUSTER = "azurerm_kubernetes_cluster.aks"
PATH = ("network_profile", 0, "load_balancer_sku")


def log_of(document: Json) -> Any:
    return json.loads(render(document, "sarif"))


def check_standard(log: Any) -> None:
    """The required properties and the cross references of SARIF 2.1.0 (sections 3.13, 3.14, 3.27 to 3.30)."""
    assert log["version"] == "2.1.0"
    assert urlsplit(log["$schema"]).scheme == "https"
    assert isinstance(log["runs"], list)
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert run["tool"]["driver"]["name"] == "tfsync"
        assert len({rule["id"] for rule in rules}) == len(rules)
        assert all(rule["shortDescription"]["text"] for rule in rules)
        assert all(isinstance(one["executionSuccessful"], bool) for one in run["invocations"])
        for result in run["results"]:
            check_result(result, rules)


def check_result(result: Any, rules: Any) -> None:
    assert result["message"]["text"].strip()
    assert result["level"] in ("none", "note", "warning", "error")
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    for location in result["locations"]:
        assert location["logicalLocations"][0]["fullyQualifiedName"]
        physical = location.get("physicalLocation")
        if physical is not None:
            assert physical["region"]["startLine"] >= 1
            assert set(physical["artifactLocation"]["uri"]) <= URI_CHARACTERS


URI_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
)


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_logs_of_recordings_keep_to_the_standard(recording: Recording) -> None:
    judgement = triage(recording.plan(), builtin_rules())
    positions = {
        (resource.address, item.path): locate(recording.path, resource.address, item.path)
        for resource in judgement.resources
        for item in resource.attributes
    }
    log = log_of(
        documented(judgement, positions={place: found for place, found in positions.items() if found})
    )

    check_standard(log)
    errors = [result for result in log["runs"][0]["results"] if result["level"] == "error"]
    assert bool(errors) == bool(judgement.blocked)


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("5.2.0/dns-prefix", "error"),
        ("5.2.0/ssh-key-rotate", "error"),
        ("5.2.0/drain-timeout-removed", "error"),
        ("5.2.0/lb-sku-basic-to-standard", "warning"),
    ],
)
def test_levels(name: str, level: str) -> None:
    assert {result["level"] for result in log_of(judged(name))["runs"][0]["results"]} == {level}


def test_cascades_are_notes_and_what_terraform_updates_is_nothing() -> None:
    results = log_of(judged("5.2.0/cascade-lb-sku"))["runs"][0]["results"]

    assert [(result["ruleId"], result["level"]) for result in results] == [
        ("cluster/load-balancer-sku", "warning"),
        *[("tfsync/cascade", "note")] * 4,
    ]
    assert log_of(judged("5.2.0/k8s-version"))["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        (Path("main.tf"), "main.tf"),
        (Path("modules") / "a b" / "größe.tf", "modules/a%20b/gr%C3%B6%C3%9Fe.tf"),
        (Path("/") / "src" / "main.tf", "file:///src/main.tf"),
        (Path("c:main.tf"), "c%3Amain.tf"),
    ],
)
def test_a_result_is_where_its_attribute_is_written(file: Path, uri: str) -> None:
    log = log_of(judged("5.2.0/cascade-lb-sku", positions={(CLUSTER, PATH): Position(file, 26)}))
    (location,) = log["runs"][0]["results"][0]["locations"]

    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": uri},
        "region": {"startLine": 26},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == (
        f"{CLUSTER}.network_profile[0].load_balancer_sku"
    )


def test_a_finding_keeps_its_fingerprint_when_its_line_moves() -> None:
    def fingerprints(line: int) -> list[Any]:
        positions = {(CLUSTER, PATH): Position(Path("main.tf"), line)}
        log = log_of(judged("5.2.0/cascade-lb-sku", positions=positions))
        return [result["partialFingerprints"] for result in log["runs"][0]["results"]]

    assert fingerprints(1) == fingerprints(400)
    assert len({str(found) for found in fingerprints(1)}) == 5


def test_a_run_that_failed_is_not_called_successful() -> None:
    run = Run(False, failed=(Failure(CLUSTER, "409 Conflict"),), differences=("a.b: is new",))
    (invocation,) = log_of(judged("5.2.0/cascade-lb-sku", run=run))["runs"][0]["invocations"]

    assert invocation["executionSuccessful"] is False
    assert [note["message"]["text"] for note in invocation["toolExecutionNotifications"]] == [
        f"{CLUSTER}: 409 Conflict",
        "a.b: is new",
    ]
