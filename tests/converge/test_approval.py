"""`FILE.tfsync.json`: a judgement bound to the plan it was made from."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from tfsync import __version__
from tfsync.converge.approval import arguments_of, beside, keep_judgement, rules_digest
from tfsync.errors import BadInput, Blocked
from tfsync.rules import builtin_rules

ARGUMENTS = (
    "-target=azurerm_kubernetes_cluster.aks",
    "-var",
    "password=canary",
    "-var-file=x.tfvars",
    "-parallelism=3",
)


RULES = builtin_rules()
AZURERM = "registry.terraform.io/hashicorp/azurerm"
PROVIDERS = {AZURERM: "5.2.0"}
REPORT = {"tfsync_version": __version__, "summary": {}, "providers": PROVIDERS}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "change.tfplan"
    file.write_bytes(b"a plan")
    keep_judgement(file, REPORT, RULES, ARGUMENTS)
    return file


def test_what_decides_the_plan_is_kept_and_variables_are_not(plan: Path) -> None:
    assert arguments_of(plan, RULES, PROVIDERS) == (
        "-target=azurerm_kubernetes_cluster.aks",
        "-parallelism=3",
    )
    assert "canary" not in beside(plan).read_text(encoding="utf-8")
    assert stat.S_IMODE(beside(plan).stat().st_mode) == 0o600


def test_a_plan_nobody_judged_has_no_arguments(tmp_path: Path) -> None:
    assert arguments_of(tmp_path / "other.tfplan", RULES, {}) == ()


def test_the_judgement_of_another_plan_is_refused(plan: Path) -> None:
    plan.write_bytes(b"another plan")
    with pytest.raises(Blocked, match="another plan"):
        arguments_of(plan, RULES, PROVIDERS)


def test_other_rules_are_refused(plan: Path) -> None:
    fewer = type(RULES)(RULES.files[:-1])
    with pytest.raises(Blocked, match=r"other rules .*--rules") as caught:
        arguments_of(plan, fewer, PROVIDERS)
    assert caught.value.where == str(beside(plan))


def test_the_rules_of_another_tfsync_are_refused_by_its_version(tmp_path: Path) -> None:
    file = tmp_path / "plan"
    file.write_bytes(b"a plan")
    keep_judgement(file, {**REPORT, "tfsync_version": "0.0.1"}, type(RULES)(()), ARGUMENTS)
    with pytest.raises(Blocked, match=rf"by tfsync 0\.0\.1; this is {re.escape(__version__)}"):
        arguments_of(file, RULES, PROVIDERS)


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ({AZURERM: "5.3.0"}, f"{AZURERM} 5.2.0 then, 5.3.0 now"),
        ({}, f"{AZURERM} 5.2.0 then, not there now"),
        ({**PROVIDERS, "other": "1.0.0"}, "other not there then, 1.0.0 now"),
    ],
)
def test_other_provider_versions_are_refused_and_named(plan: Path, now: dict[str, str], says: str) -> None:
    with pytest.raises(Blocked) as caught:
        arguments_of(plan, RULES, now)
    assert caught.value.message.endswith(f"chosen now: {says}; nothing was applied")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"plan_sha256": 1}'])
def test_a_broken_judgement_is_refused(plan: Path, content: str) -> None:
    beside(plan).write_text(content)
    with pytest.raises(BadInput, match=r"tfsync\.json"):
        arguments_of(plan, RULES, PROVIDERS)


def test_the_digest_tells_rules_apart() -> None:
    rules = builtin_rules()
    assert rules_digest(rules) == rules_digest(builtin_rules())
    assert rules_digest(type(rules)(rules.files[:-1])) != rules_digest(rules)
    assert json.dumps(rules_digest(rules))
