"""Workflow commands: read back as the runner reads them, they say what the document says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recorded import Recording, recordings
from tests.report.judging import Json, documented, judged
from tfsync.report import Failure, Run, render
from tfsync.rules import builtin_rules
from tfsync.terraform.positions import Position
from tfsync.triage import AttributeVerdict, ResourceVerdict, Triage, triage

CLUSTER = "azurerm_kubernetes_cluster.aks"
_COMMAND = re.compile(r"::(?P<name>error|warning|notice) (?P<properties>[^:]*)::(?P<data>.*)")


def unescaped(text: str) -> str:
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def commands(document: Json) -> list[dict[str, Any]]:
    """The commands in the output, read as the runner does: one a line, properties between commas."""
    read = []
    for line in render(document, "github").splitlines():
        match = _COMMAND.fullmatch(line)
        assert match, line
        pairs = (pair.split("=", 1) for pair in match["properties"].split(","))
        read.append(
            {
                "name": match["name"],
                "message": unescaped(match["data"]),
                **{key: unescaped(value) for key, value in pairs},
            }
        )
    return read


def replaced(verdict: str, address: str = CLUSTER, **more: Any) -> ResourceVerdict:
    return ResourceVerdict(address, "azurerm_kubernetes_cluster", ("delete", "create"), verdict, **more)


def test_what_is_intercepted_is_a_warning_on_its_line() -> None:
    positions = {
        (CLUSTER, ("network_profile", 0, "load_balancer_sku")): Position(Path("a, b") / "main.tf", 26)
    }
    summary, warning = commands(judged("5.2.0/cascade-lb-sku", positions=positions))

    assert summary["name"] == "notice"
    assert summary["message"].endswith("5 to destroy → 0 to destroy; 1 changed in place, 4 kept with it.")
    assert (warning["name"], warning["file"], warning["line"]) == ("warning", "a, b/main.tf", "26")
    assert warning["title"] == f"KEPT: {CLUSTER}"
    assert "network_profile[0].load_balancer_sku: basic → standard." in warning["message"]
    assert "(cluster/load-balancer-sku)" in warning["message"]


def test_what_is_in_the_way_is_an_error_even_where_its_line_is_unknown() -> None:
    (error,) = (found for found in commands(judged("5.2.0/dns-prefix")) if found["name"] == "error")

    assert error["title"] == f"BLOCKED: {CLUSTER}"
    assert "file" not in error


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_there_is_an_error_exactly_where_something_is_blocked(recording: Recording) -> None:
    judgement = triage(recording.plan(), builtin_rules())
    errors = [found for found in commands(documented(judgement)) if found["name"] == "error"]

    assert bool(errors) == bool(judgement.blocked)


def test_an_edit_keeps_its_line_breaks() -> None:
    cause = AttributeVerdict(("block",), "edit_config", "why", edit='block {\n  a = "100%0A"\n}')
    made = documented(Triage((replaced("edit_config", attributes=(cause,), blocked=True),), (), 1))

    assert 'Write instead:\nblock {\n  a = "100%0A"\n}' in commands(made)[1]["message"]


@settings(deadline=None)
@given(st.text(), st.text(min_size=1))
def test_no_value_can_end_its_command_or_start_another(reason: str, key: str) -> None:
    cause = AttributeVerdict(("tags", f"::error::{key}"), "unavoidable", f"\n::stop-commands::x\r\n{reason}")
    resource = replaced("unavoidable", f'a.b["{key},title=x::"]', attributes=(cause,), blocked=True)
    made = documented(Triage((resource,), (), 1))

    assert [found["name"] for found in commands(made)] == ["notice", "error"]


@pytest.mark.parametrize(("number", "shown", "hidden"), [(10, 10, 0), (11, 9, 2), (500, 9, 491)])
def test_what_github_would_drop_is_counted(number: int, shown: int, hidden: int) -> None:
    causes = tuple(AttributeVerdict((f"a{index}",), "unavoidable", "why") for index in range(number))
    made = documented(Triage((replaced("unavoidable", attributes=causes, blocked=True),), (), 1))
    errors = [found for found in commands(made) if found["name"] == "error"]

    assert sum("why" in found["message"] for found in errors) == shown
    assert len(errors) <= 10
    assert [found["message"].split()[0] for found in errors if "more are" in found["message"]] == (
        [str(hidden)] if hidden else []
    )


def test_cascades_are_annotated_only_where_they_are_lost() -> None:
    def by_request(data: Json) -> None:
        for entry in data["resource_changes"]:
            if entry["address"] == CLUSTER:
                entry["action_reason"] = "replace_by_request"

    kept = commands(judged("5.2.0/cascade-lb-sku"))
    lost = commands(judged("5.2.0/cascade-lb-sku", by_request))

    assert not any("azurerm_role_assignment.acr_pull" in found["title"] for found in kept)
    assert any(found["title"] == "REPLACED: azurerm_role_assignment.acr_pull" for found in lost)


def test_what_went_wrong_in_a_run_is_an_error() -> None:
    run = Run(False, failed=(Failure(CLUSTER, "409 Conflict\nTry again."),), differences=("a.b: is new",))
    errors = [
        found for found in commands(judged("5.2.0/cascade-lb-sku", run=run)) if found["name"] == "error"
    ]

    assert [(found["title"], found["message"]) for found in errors] == [
        (f"NOT CHANGED: {CLUSTER}", "409 Conflict\nTry again."),
        ("Not approved, so not applied", "a.b: is new"),
    ]
