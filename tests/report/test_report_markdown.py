"""Markdown for comments and step summaries: one screen, valid tables, and nothing that calls or hides."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recorded import Recording, recordings
from tests.report.judging import Json, documented, judged
from tfsync.report import Failure, Run, render
from tfsync.report.markdown import code, prose
from tfsync.rules import builtin_rules
from tfsync.triage import AttributeVerdict, ResourceVerdict, Triage, triage

CLUSTER = "azurerm_kubernetes_cluster.aks"


def markdown(document: Json) -> str:
    return render(document, "markdown")


def unfolded(text: str) -> str:
    """What is on the screen before anything is opened."""
    return re.sub(r"<details><summary>(.*?)</summary>.*?</details>", r"\1", text, flags=re.DOTALL)


def cells(row: str) -> list[str]:
    return re.split(r"(?<!\\)\|", row.strip().strip("|"))


def replaced(address: str = CLUSTER, *causes: AttributeVerdict, **more: Any) -> ResourceVerdict:
    return ResourceVerdict(
        address, "azurerm_kubernetes_cluster", ("delete", "create"), "unavoidable", causes, **more
    )


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_a_report_is_one_screen_with_whole_tables_and_closed_details(recording: Recording) -> None:
    text = markdown(documented(triage(recording.plan(), builtin_rules())))

    assert len(unfolded(text).splitlines()) <= 30
    assert text.count("<details>") == text.count("</details>")
    assert all(len(cells(row)) == 3 for row in text.splitlines() if row.startswith("|"))


def test_the_heading_says_it_all_and_the_details_why() -> None:
    document = judged("5.2.0/cascade-lb-sku", live=True)
    reason = prose(document["resources"][0]["attributes"][0]["reason"])
    text = markdown(document)

    assert text.startswith("### tfsync: 5 to destroy → 0 to destroy; 1 changed in place, 4 kept with it.\n")
    assert "`network_profile[0].load_balancer_sku`: `basic → standard`" in unfolded(text)
    assert reason not in unfolded(text)
    assert reason in text
    assert "**Beware:** Workloads are interrupted; there is no way back." in text
    assert "- PUT 2025-10-01 `properties.networkProfile.loadBalancerSku`: `basic → standard`\n" in text
    assert "- `azurerm_role_assignment.acr_pull`\n" in text


def test_an_edit_is_a_block_to_copy() -> None:
    assert "```hcl\ndrain_timeout_in_minutes = 30\n```" in markdown(judged("5.2.0/drain-timeout-removed"))


def test_a_huge_report_still_fits_a_comment() -> None:
    cause = AttributeVerdict(("a",), "unavoidable", "why " * 100)
    many = tuple(replaced(f"{CLUSTER}[{number}]", cause, blocked=True) for number in range(3000))
    text = markdown(documented(Triage(many, (), 3000)))

    assert len(text) < 65_536
    assert "more resources, in the report as JSON." in text
    assert len(unfolded(text).splitlines()) < 600
    assert text.count("<details>") == text.count("</details>")


def test_a_run_says_how_it_ended() -> None:
    run = Run(False, failed=(Failure(CLUSTER, "409 <b>Conflict</b>"),), arm_requests=3, seconds=1.0)
    text = markdown(judged("5.2.0/cascade-lb-sku", run=run))

    assert "1 resource could not be changed, so terraform applied nothing." in text
    assert "3 requests to ARM, 0 runs of terraform, 1.0 s." in text
    assert f"- `{CLUSTER}`: 409 &lt;b&gt;Conflict&lt;/b&gt;\n" in text


def test_foreign_words_are_words() -> None:
    assert prose("see `a|b` <!-- x --> @team [x](y) *now*") == (
        "see `a\\|b` &lt;!-- x --&gt; @\u200bteam \\[x\\](y) \\*now\\*"
    )


@settings(deadline=None)
@given(st.text())
def test_a_code_span_has_its_text_and_ends_where_it_should(text: str) -> None:
    span = code(text)
    fence = re.match("`+", span)

    assert fence is not None
    assert span.endswith(fence[0])
    inner = span[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inner)
    assert not re.search(r"(?<!\\)\|", span)
    assert "\n" not in span


@settings(deadline=None)
@given(st.text(), st.text())
def test_no_value_breaks_the_table(key: str, value: str) -> None:
    cause = AttributeVerdict(("tags", f"k{key}"), "unavoidable", value, before=value, after=key)
    text = markdown(documented(Triage((replaced(f'a.b["{key}"]', cause, blocked=True),), (), 1)))
    rows = [row for row in text.splitlines() if row.startswith("|")]

    assert len(rows) == 3
    assert all(len(cells(row)) == 3 for row in rows)
    assert text.count("<details>") == 1
